import assert from 'node:assert/strict';
import fc from 'fast-check';
import { type DueItem, DueTimes } from '../../../server/runtime/lane/due-times.ts';

const ITEMS = 12;

const operations = fc.array(
  fc.record({
    item: fc.nat(ITEMS - 1),
    // Few times, so that many are equal.
    dueUs: fc.oneof(fc.nat(9), fc.constant(Number.POSITIVE_INFINITY)),
    what: fc.constantFrom('set', 'set', 'delete', 'take'),
  }),
  { maxLength: 200 },
);

describe('DueTimes', () => {
  it('gives out what is due, the earliest first, whatever was set and taken out before', () => {
    fc.assert(
      fc.property(operations, (steps) => {
        const items = Array.from({ length: ITEMS }, (): DueItem => ({ dueUs: 0, duePlace: -1 }));
        const due = new DueTimes();
        const expected = new Map<DueItem, number>();
        const earliestUs = () => Math.min(...expected.values());
        for (const { item, dueUs, what } of steps) {
          const each = items[item] as DueItem;
          if (what === 'take') {
            const firstUs = earliestUs();
            const taken = due.takeDue(dueUs);
            assert.equal(taken !== undefined, expected.size > 0 && firstUs <= dueUs);
            assert.equal(taken && expected.get(taken), taken && firstUs);
            if (taken !== undefined) expected.delete(taken);
          } else if (what === 'delete' || dueUs === Number.POSITIVE_INFINITY) {
            due.set(each, Number.POSITIVE_INFINITY);
            expected.delete(each);
          } else {
            due.set(each, dueUs);
            expected.set(each, dueUs);
          }
          assert.equal(due.firstUs, earliestUs());
          for (const one of items) assert.equal(one.duePlace >= 0, expected.has(one));
        }
      }),
      { numRuns: 200 },
    );
  });
});
