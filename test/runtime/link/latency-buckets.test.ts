import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  LATENCY_BUCKETS,
  latencyBucketOf,
  latencyOfBucket,
  latencyPercentiles,
} from '../../../server/runtime/link/latency-buckets.ts';
import {
  createLinkLatency,
  LinkLatencyWriter,
  readLinkLatency,
} from '../../../server/runtime/link/link-latency.ts';

const MOST_ERROR = 1 / 32;

/** From 100 ns to 100 s, each octave as likely as any other. */
const durationUs = fc
  .double({ min: Math.log2(0.1), max: Math.log2(1e8), noNaN: true })
  .map((log2) => 2 ** log2);

describe('the buckets of durations', () => {
  it('stand for each duration from 100 ns to 100 s with an error of at most 3.2 %', () => {
    fc.assert(
      fc.property(durationUs, (us) => {
        const shown = latencyOfBucket(latencyBucketOf(us));
        assert.ok(Math.abs(shown - us) <= us * MOST_ERROR, `${us} µs must be shown as itself, was ${shown}`);
      }),
      { numRuns: 5000 },
    );
  });

  it('rise with the durations and leave none out', () => {
    for (let bucket = 0; bucket < LATENCY_BUCKETS; bucket++)
      assert.equal(latencyBucketOf(latencyOfBucket(bucket)), bucket);
  });

  for (const { name, us, want } of [
    { name: 'nothing', us: 0, want: 0 },
    { name: 'less than nothing', us: -5, want: 0 },
    { name: 'no number', us: Number.NaN, want: 0 },
    { name: 'the last before words of microseconds', us: 2 ** 23 - 0.01, want: 447 },
    { name: 'the first of them', us: 2 ** 23, want: 448 },
    { name: 'an hour', us: 3.6e9, want: LATENCY_BUCKETS - 1 },
    { name: 'for ever', us: Number.POSITIVE_INFINITY, want: LATENCY_BUCKETS - 1 },
  ])
    it(`take ${name}`, () => assert.equal(latencyBucketOf(us), want));

  it('tell the percentiles of what was counted, as exactly as single durations', () => {
    const shares = [0.5, 0.9, 0.99, 1];
    fc.assert(
      fc.property(fc.array(durationUs, { minLength: 1, maxLength: 300 }), (all) => {
        const buckets = new Float64Array(LATENCY_BUCKETS);
        for (const us of all) (buckets[latencyBucketOf(us)] as number)++;
        const sorted = all.toSorted((a, b) => a - b);
        for (const [i, was] of latencyPercentiles(buckets, shares).entries()) {
          const want = sorted[Math.ceil(all.length * (shares[i] as number)) - 1] as number;
          assert.ok(Math.abs(was - want) <= want * MOST_ERROR, `p${shares[i]} must be ${want}, was ${was}`);
        }
      }),
    );
  });
});

describe('the latencies of a link', () => {
  it('are summed up while they are written', () => {
    const memory = createLinkLatency();
    const writer = new LinkLatencyWriter(memory);
    assert.deepEqual(readLinkLatency(memory), { count: 0, sumUs: 0, p50Us: 0, p90Us: 0, p99Us: 0, maxUs: 0 });
    for (let us = 1; us <= 100; us++) writer.record(us);
    writer.record(-3);
    const { count, sumUs, maxUs, p50Us, p99Us } = readLinkLatency(memory);
    assert.deepEqual([count, sumUs, maxUs], [101, 5050, 100]);
    assert.ok(Math.abs(p50Us - 50) <= 50 * MOST_ERROR + 1, `p50 was ${p50Us}`);
    assert.ok(p99Us <= 100 && p99Us >= 95, `p99 was ${p99Us}`);
  });
});
