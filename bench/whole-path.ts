import assert from 'node:assert/strict';
import { mediansOfRounds } from './support/alternating-rounds.ts';
import type { Benchmark } from './support/benchmark.ts';
import { assertDelivered } from './support/link-account.ts';
import { runToEnd } from './support/run-to-end.ts';

const CAPACITY_FRAMES = 1024;
/** 1 KiB. */
const VALUES = 128;

/** From `process` of a source to `process` of a sink in another lane, as a program gets it from the runtime. */
export const wholePath: Benchmark = {
  name: 'whole-path',
  measures: `data frames of ${VALUES} values over a lossless link, from process in one lane to process in another`,
  async run({ quick }) {
    const frames = quick ? 20_000 : 3_000_000;
    const { whole, touched } = await mediansOfRounds(quick ? 1 : 7, {
      whole: () => frameRate(frames, true),
      touched: () => frameRate(frames, false),
    });
    return [
      {
        name: 'every value written and read',
        value: whole,
        unit: 'frames/s',
        target: { atLeast: 3e6 },
      },
      { name: 'only touched', value: touched, unit: 'frames/s', target: { atLeast: 8e6 } },
    ];
  },
};

async function frameRate(frames: number, whole: boolean): Promise<number> {
  // The first frames meet code that is not compiled yet.
  const skipped = Math.floor(frames / 4);
  const count = frames + skipped;
  return await runToEnd(
    {
      processors: [
        { id: 'source', type: 'bench.RateSource', lane: 'one', config: { count, values: VALUES, whole } },
        { id: 'sink', type: 'bench.RateSink', lane: 'two', config: { count, skipped, whole } },
      ],
      links: [
        {
          from: ['source', 'data'],
          to: ['sink', 'data'],
          capacityFrames: CAPACITY_FRAMES,
          transport: 'ring',
        },
      ],
      reporters: ['sink'],
    },
    ({ reports, links }) => {
      const { took_us, ...seen } = reports.get('sink') ?? {};
      assert.deepEqual(seen, { count, wrong: 0 });
      for (const link of links) assertDelivered(link, count);
      return (frames / Number(took_us)) * 1e6;
    },
  );
}
