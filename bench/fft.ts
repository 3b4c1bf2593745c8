import assert from 'node:assert/strict';
import FFT from 'fft.js';
import { RealFft } from '../server/processors/data/real-fft.ts';
import { mediansOfRounds } from './support/alternating-rounds.ts';
import type { Benchmark } from './support/benchmark.ts';

const SIZE = 1024;

/** The transform of the types Fft and Spectrum against the fastest one on npm. */
export const fft: Benchmark = {
  name: 'fft',
  measures: `the transform of ${SIZE} real values, against fft.js`,
  async run({ quick }) {
    const values = Float64Array.from({ length: SIZE }, (_, i) => Math.sin(i * i));
    const ours = new RealFft(SIZE);
    const re = new Float64Array(SIZE / 2 + 1);
    const im = new Float64Array(SIZE / 2 + 1);
    const theirs = new FFT(SIZE);
    const bins = theirs.createComplexArray();
    ours.transform(values, re, im);
    theirs.realTransform(bins, values);
    for (let k = 0; k <= SIZE / 2; k++) {
      assert.ok(Math.abs((re[k] as number) - (bins[2 * k] as number)) < 1e-9, `real part of bin ${k}`);
      assert.ok(
        Math.abs((im[k] as number) - (bins[2 * k + 1] as number)) < 1e-9,
        `imaginary part of bin ${k}`,
      );
    }
    const times = quick ? 100 : 50_000;
    const medians = await mediansOfRounds(quick ? 1 : 9, {
      ours: () => rateOf(times, () => ours.transform(values, re, im)),
      theirs: () => rateOf(times, () => theirs.realTransform(bins, values)),
    });
    return [
      { name: 'ours', value: medians.ours, unit: 'transforms/s' },
      { name: 'fft.js', value: medians.theirs, unit: 'transforms/s' },
      { name: 'ours : fft.js', value: medians.ours / medians.theirs, unit: '×', target: { atLeast: 0.9 } },
    ];
  },
};

function rateOf(times: number, transform: () => void): number {
  const startedMs = performance.now();
  for (let i = 0; i < times; i++) transform();
  return (times / (performance.now() - startedMs)) * 1000;
}
