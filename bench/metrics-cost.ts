import assert from 'node:assert/strict';
import { mediansOfRounds } from './support/alternating-rounds.ts';
import type { Benchmark } from './support/benchmark.ts';
import { plainFunction } from './support/vibration-arithmetic.ts';
import { vibrationPipeline } from './support/vibration-pipeline.ts';

/** What timing calls, recording latencies and sampling counters costs; frames are counted on both sides. */
export const metricsCost: Benchmark = {
  name: 'metrics-cost',
  measures: 'the pipeline of data-pipeline with metrics against the same without (the option `measured`)',
  async run({ quick }) {
    const many = await measure(256, quick ? 4000 : 600_000, quick);
    const single = await measure(1, quick ? 20_000 : 2_000_000, quick);
    return [
      { name: '256 values, with', value: many.on, unit: 'frames/s' },
      { name: '256 values, without', value: many.off, unit: 'frames/s' },
      { name: '256 values, cost', value: costOf(many), unit: '%', target: { atMost: 5 } },
      { name: '1 value, with', value: single.on, unit: 'frames/s' },
      { name: '1 value, without', value: single.off, unit: 'frames/s' },
      { name: '1 value, cost', value: costOf(single), unit: '%', target: { atMost: 5 } },
    ];
  },
};

type Rates = Record<'on' | 'off', number>;

const costOf = ({ on, off }: Rates): number => (1 - on / off) * 100;

async function measure(samples: number, frames: number, quick: boolean): Promise<Rates> {
  const { sum } = plainFunction(frames, samples);
  const rateOf = async (measured: boolean): Promise<number> => {
    const { rate, sum: was } = await vibrationPipeline(frames, samples, ['one', 'one'], { measured });
    assert.ok(Math.abs(was - sum) <= Math.abs(sum) * 1e-9, `the sum must be ${sum}, was ${was}`);
    return rate;
  };
  return await mediansOfRounds<keyof Rates>(quick ? 1 : 9, {
    on: () => rateOf(true),
    off: () => rateOf(false),
  });
}
