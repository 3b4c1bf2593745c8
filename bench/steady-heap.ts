import assert from 'node:assert/strict';
import { setFlagsFromString } from 'node:v8';
import type { Benchmark } from './support/benchmark.ts';
import { assertDelivered } from './support/link-account.ts';
import { MemoryWatch } from './support/memory-watch.ts';
import { type BenchLink, runToEnd } from './support/run-to-end.ts';

const LANE = 'one';
const MIB = 1024 * 1024;
const WARM_UP_SHARE = 0.2;

/** What is left on the heap of a lane when very many frames have passed, with metrics on. */
export const steadyHeap: Benchmark = {
  name: 'steady-heap',
  measures: 'growth of the heap of a lane over 10 million frames through sine, gain, RMS and sink',
  async run({ quick }) {
    // NB: for the lanes that are started after it.
    setFlagsFromString('--expose-gc');
    const count = quick ? 50_000 : 12_500_000;
    const skipped = count * WARM_UP_SHARE;
    using watch = new MemoryWatch();
    const grownBytes = await runToEnd(
      {
        processors: [
          {
            id: 'sine',
            type: 'DataSineGenerator',
            lane: LANE,
            config: { frequency_hz: 1000, sample_rate_hz: 48_000, samples: 1, pace: 'fast', frames: count },
          },
          { id: 'gain', type: 'DataGain', lane: LANE },
          { id: 'rms', type: 'Rms', lane: LANE },
          { id: 'sink', type: 'bench.HeapSink', lane: LANE, config: { count, skipped } },
        ],
        links: [
          link(['sine', 'data'], ['gain', 'data_in']),
          link(['gain', 'data_out'], ['rms', 'data_in']),
          link(['rms', 'data_out'], ['sink', 'data']),
        ],
        reporters: ['sink'],
      },
      ({ reports, links }) => {
        for (const each of links) assertDelivered(each, count);
        const { count: counted, grown_bytes } = reports.get('sink') ?? {};
        assert.equal(counted, count);
        return Number(grown_bytes);
      },
    );
    return [
      { name: 'frames', value: count - skipped, unit: '' },
      { name: 'growth of the heap', value: grownBytes / MIB, unit: 'MiB', target: { atMost: 0.25 } },
      { name: 'growth of the process', value: watch.growthBytes(WARM_UP_SHARE) / MIB, unit: 'MiB' },
    ];
  },
};

const link = (from: BenchLink['from'], to: BenchLink['to']): BenchLink => ({
  from,
  to,
  capacityFrames: 256,
  delivery: 'lossless',
  transport: 'direct',
});
