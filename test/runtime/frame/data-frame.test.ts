import assert from 'node:assert/strict';
import fc from 'fast-check';
import { DataFrame, dataLayout } from '../../../server/runtime/frame/data-frame.ts';
import { frameToJson, frameTypeNamed } from '../../../server/runtime/frame/frame-types.ts';
import { createTestPool } from '../../support/test-pool.ts';

describe('a data frame', () => {
  const pool = createTestPool();

  it('holds channels, time, sequence and metadata', () => {
    const layout = dataLayout({ cpu: 1, cores: 3 }, { metadata: { host: 'größe', unit: '%' } });
    using frame = pool.acquire(DataFrame, layout);
    frame.timestampUs = 1_700_000_000_123_456;
    frame.sequenceId = 2 ** 33;
    frame.channel('cpu')[0] = 0.5;
    frame.channel('cores').set([1, Number.MAX_SAFE_INTEGER, -0.1]);
    assert.deepEqual(frameToJson(frame), {
      timestamp_us: 1_700_000_000_123_456,
      sequence_id: 2 ** 33,
      payload: { cpu: [0.5], cores: [1, Number.MAX_SAFE_INTEGER, -0.1] },
      metadata: { host: 'größe', unit: '%' },
    });
  });

  it('makes frames like one that was read', () => {
    using frame = pool.acquire(DataFrame, dataLayout({ a: 2, b: 1 }, { metadataBytes: 64 }));
    using like = pool.acquire(DataFrame, frame.layout);
    assert.deepEqual(like.channelNames, ['a', 'b']);
    assert.equal(like.channel('a').length, 2);
    like.setMetadata('note', 'fits');
    assert.deepEqual(like.metadata, { note: 'fits' });
    assert.equal(frame.layout, frame.layout);
  });

  it('shows the channels of the frame at hand when a slot is used for another shape', () => {
    const own = createTestPool();
    const first = own.acquire(DataFrame, dataLayout({ a: 1, b: 1 }));
    assert.deepEqual(first.channelNames, ['a', 'b']);
    first.release();
    own.beginCall();
    const second = own.acquire(DataFrame, dataLayout({ c: 2 }));
    assert.equal(second, first);
    assert.deepEqual(second.channelNames, ['c']);
    assert.equal(second.channel('c').length, 2);
    assert.equal(second.hasChannel('a'), false);
  });

  it('keeps the last value of each metadata key', () => {
    const entries = fc.array(
      fc.tuple(fc.constantFrom('a', 'b', 'c'), fc.string({ unit: 'binary', maxLength: 20 })),
    );
    fc.assert(
      fc.property(entries, (list) => {
        using frame = pool.acquire(DataFrame, dataLayout({ x: 3 }, { metadataBytes: 3 * 128 }));
        frame.channel('x').fill(1);
        const want: Record<string, string> = {};
        for (const [key, value] of list) {
          frame.setMetadata(key, value);
          want[key] = value;
        }
        assert.deepEqual(frame.metadata, want);
        assert.deepEqual([...frame.channel('x')], [1, 1, 1]);
      }),
    );
  });

  it('refuses metadata beyond what it reserved and keeps what it had', () => {
    using frame = pool.acquire(DataFrame, dataLayout({ x: 1 }, { metadata: { unit: '%' } }));
    assert.throws(() => frame.setMetadata('note', 'too long for this'), {
      code: 'QUOTA',
      path: 'metadata.note',
    });
    assert.deepEqual(frame.metadata, { unit: '%' });
  });

  it('refuses a channel that it has not, and names those it has', () => {
    using frame = pool.acquire(DataFrame, { channels: { cpu: 1, load: 1 } });
    assert.throws(() => frame.channel('cpuu'), { message: 'channel must be one of cpu, load, was "cpuu"' });
  });

  for (const length of [-1, 0.5, Number.NaN]) {
    it(`refuses a channel of ${length} values`, () => {
      assert.throws(() => dataLayout({ cpu: length }), { code: 'FIELD_INVALID', path: 'channels.cpu' });
    });
  }
});

describe('frame types by name', () => {
  for (const name of ['DataFrame', 'AudioFrame<*>', 'AudioFrame<2>', 'vendor.Radar']) {
    it(`finds ${name}`, () => {
      assert.equal(frameTypeNamed(name).name, name);
    });
  }
});
