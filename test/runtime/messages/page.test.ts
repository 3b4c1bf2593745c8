import assert from 'node:assert/strict';
import fc from 'fast-check';
import { pageOf } from '../../../server/runtime/messages/page.ts';

const source = (ids: readonly string[], wanted = (_: string) => true) => ({
  from: (after: string | undefined) => ids.filter((id) => after === undefined || id > after),
  idOf: (id: string) => id,
  wanted,
});

describe('pages of a list', () => {
  it('hold every item once, in order, whatever their size', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.string({ minLength: 1 })),
        fc.integer({ min: 1, max: 5 }),
        (unsorted, pageSize) => {
          const ids = unsorted.sort();
          const seen: string[] = [];
          for (let pageToken = ''; ; ) {
            const page = pageOf({ pageSize, pageToken }, source(ids));
            assert.ok(page.items.length <= pageSize);
            seen.push(...page.items);
            pageToken = page.nextPageToken;
            if (pageToken === '') break;
          }
          assert.deepEqual(seen, ids);
        },
      ),
    );
  });

  it('stay stable when what was listed already goes', () => {
    const first = pageOf({ pageSize: 2, pageToken: '' }, source(['a', 'b', 'c', 'd']));
    const second = pageOf({ pageSize: 2, pageToken: first.nextPageToken }, source(['a', 'c', 'd']));
    assert.deepEqual(
      [first.items, second.items],
      [
        ['a', 'b'],
        ['c', 'd'],
      ],
    );
  });

  it('count only what is wanted', () => {
    const page = pageOf(
      { pageSize: 2, pageToken: '' },
      source(['a', 'b', 'c'], (id) => id !== 'b'),
    );
    assert.deepEqual(page, { items: ['a', 'c'], nextPageToken: '' });
  });

  it('are 1,000 long by default and 10,000 at most', () => {
    const ids = Array.from({ length: 10_001 }, (_, i) => String(i).padStart(6, '0'));
    assert.equal(pageOf({ pageSize: 0, pageToken: '' }, source(ids)).items.length, 1_000);
    assert.equal(pageOf({ pageSize: 99_999, pageToken: '' }, source(ids)).items.length, 10_000);
  });

  for (const [request, path] of [
    [{ pageSize: -1, pageToken: '' }, 'page_size'],
    [{ pageSize: 0, pageToken: 'nonsense' }, 'page_token'],
  ] as const) {
    it(`refuse a bad ${path}`, () => {
      assert.throws(() => pageOf(request, source([])), { code: 'FIELD_INVALID', path });
    });
  }
});
