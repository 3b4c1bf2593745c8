import assert from 'node:assert/strict';
import type { Transport } from '../server/runtime/vocabulary.ts';
import { mediansOfRounds } from './support/alternating-rounds.ts';
import type { Benchmark } from './support/benchmark.ts';
import { assertDelivered } from './support/link-account.ts';
import { runToEnd } from './support/run-to-end.ts';

const CAPACITY_FRAMES = 1024;

/** Small frames over a lossless link, from one processor to the next. */
export const linkRate: Benchmark = {
  name: 'link-rate',
  measures: 'frames of one value over a lossless link, within a lane and between two',
  async run({ quick }) {
    const frames = quick ? 5000 : 300_000;
    const { direct, ring } = await mediansOfRounds(quick ? 1 : 5, {
      direct: () => frameRate('direct', frames),
      ring: () => frameRate('ring', frames),
    });
    return [
      { name: 'direct link', value: direct, unit: 'frames/s' },
      { name: 'ring between two lanes', value: ring, unit: 'frames/s' },
    ];
  },
};

async function frameRate(transport: Transport, count: number): Promise<number> {
  return await runToEnd(
    {
      processors: [
        { id: 'source', type: 'bench.RateSource', lane: 'one', config: { count } },
        {
          id: 'sink',
          type: 'bench.RateSink',
          lane: transport === 'direct' ? 'one' : 'two',
          config: { count },
        },
      ],
      links: [{ from: ['source', 'data'], to: ['sink', 'data'], capacityFrames: CAPACITY_FRAMES, transport }],
      reporters: ['sink'],
    },
    ({ reports, links }) => {
      const { took_us, ...seen } = reports.get('sink') ?? {};
      assert.deepEqual(seen, { count, wrong: 0 });
      for (const link of links) assertDelivered(link, count);
      return (count / Number(took_us)) * 1e6;
    },
  );
}
