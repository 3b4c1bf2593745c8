import assert from 'node:assert/strict';
import { mediansOfRounds } from './support/alternating-rounds.ts';
import type { Benchmark, Measurement } from './support/benchmark.ts';
import { type Outcome, plainFunction, rxjsPipeline, streamPipeline } from './support/vibration-arithmetic.ts';
import { vibrationPipeline } from './support/vibration-pipeline.ts';

const NODES = 5;

/** Sine → gain → biquad → RMS → sink over data frames, against the same arithmetic in other clothes. */
export const dataPipeline: Benchmark = {
  name: 'data-pipeline',
  measures: `${NODES} nodes over data frames of 256 values and of 1, against a plain function, streams and RxJS`,
  async run({ quick }) {
    const many = await measure(256, quick ? 4000 : 600_000, quick);
    const single = await measure(1, quick ? 20_000 : 2_000_000, quick);
    const overheadUs = (1e6 / many.lane - 1e6 / many.plain) / NODES;
    return [
      { name: '256 values, one lane', value: many.lane, unit: 'frames/s', target: { atLeast: 300_000 } },
      {
        name: '256 values, lane : plain function',
        value: many.lane / many.plain,
        unit: '×',
        target: { atLeast: 0.8 },
      },
      {
        name: '256 values, two lanes : one',
        value: many.lanes / many.lane,
        unit: '×',
        target: { atLeast: 1.6 },
      },
      { name: '256 values, overhead per node', value: overheadUs, unit: 'µs', target: { atMost: 0.3 } },
      ...peers('256 values', many),
      { name: '1 value, one lane', value: single.lane, unit: 'frames/s' },
      ...peers('1 value', single),
    ];
  },
};

type Rates = Record<'lane' | 'lanes' | 'plain' | 'streams' | 'rxjs', number>;

const peers = (name: string, { lane, plain, streams, rxjs }: Rates): Measurement[] => [
  { name: `${name}, plain function`, value: plain, unit: 'frames/s' },
  { name: `${name}, lane : streams`, value: lane / streams, unit: '×' },
  { name: `${name}, lane : RxJS`, value: lane / rxjs, unit: '×' },
];

async function measure(samples: number, frames: number, quick: boolean): Promise<Rates> {
  const { sum } = plainFunction(frames, samples);
  const check = ({ rate, sum: was }: Outcome): number => {
    assert.ok(Math.abs(was - sum) <= Math.abs(sum) * 1e-9, `the sum must be ${sum}, was ${was}`);
    return rate;
  };
  // Streams are slow; what they make of fewer frames is held against the same number.
  const streamed = Math.ceil(frames / 10);
  const { sum: streamedSum } = plainFunction(streamed, samples);
  return await mediansOfRounds<keyof Rates>(quick ? 1 : 5, {
    lane: async () => check(await vibrationPipeline(frames, samples, ['one', 'one'])),
    lanes: async () => check(await vibrationPipeline(frames, samples, ['one', 'two'])),
    plain: () => check(plainFunction(frames, samples)),
    streams: async () => {
      const { rate, sum: was } = await streamPipeline(streamed, samples);
      assert.ok(
        Math.abs(was - streamedSum) <= streamedSum * 1e-9,
        `the sum must be ${streamedSum}, was ${was}`,
      );
      return rate;
    },
    rxjs: () => check(rxjsPipeline(frames, samples)),
  });
}
