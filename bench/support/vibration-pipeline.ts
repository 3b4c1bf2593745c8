import assert from 'node:assert/strict';
import type { StreamRuntimeOptions } from '../../server/runtime/stream-runtime-options.ts';
import { assertDelivered } from './link-account.ts';
import { type BenchLink, runToEnd } from './run-to-end.ts';
import { type Outcome, VIBRATION } from './vibration-arithmetic.ts';

/**
 * Sine → gain → biquad → RMS → sink over so many data frames, the first two in one lane and the others in the same or
 * another one. Answers how fast that was, and the sum of what arrived.
 */
export async function vibrationPipeline(
  frames: number,
  samples: number,
  [front, back]: readonly [string, string],
  options?: StreamRuntimeOptions,
): Promise<Outcome> {
  const { frequencyHz, sampleRateHz, gain, cutoffHz } = VIBRATION;
  // The first frames meet code that is not compiled yet.
  const skipped = Math.floor(frames / 4);
  const between = front === back ? 'direct' : 'ring';
  return await runToEnd(
    {
      processors: [
        {
          id: 'sine',
          type: 'DataSineGenerator',
          lane: front,
          config: { frequency_hz: frequencyHz, sample_rate_hz: sampleRateHz, samples, pace: 'fast', frames },
        },
        { id: 'gain', type: 'DataGain', lane: front, config: { gain } },
        {
          id: 'biquad',
          type: 'Biquad',
          lane: back,
          config: { cutoff_hz: cutoffHz, sample_rate_hz: sampleRateHz },
        },
        { id: 'rms', type: 'Rms', lane: back },
        { id: 'sink', type: 'bench.SumSink', lane: back, config: { count: frames, skipped } },
      ],
      links: [
        link(['sine', 'data'], ['gain', 'data_in'], 'direct'),
        link(['gain', 'data_out'], ['biquad', 'data_in'], between),
        link(['biquad', 'data_out'], ['rms', 'data_in'], 'direct'),
        link(['rms', 'data_out'], ['sink', 'data'], 'direct'),
      ],
      reporters: ['sink'],
    },
    ({ reports, links }) => {
      for (const each of links) assertDelivered(each, frames);
      const { count, sum, took_us } = reports.get('sink') ?? {};
      assert.equal(count, frames);
      return { rate: ((frames - skipped) / Number(took_us)) * 1e6, sum: Number(sum) };
    },
    options,
  );
}

const link = (
  from: BenchLink['from'],
  to: BenchLink['to'],
  transport: BenchLink['transport'],
): BenchLink => ({ from, to, capacityFrames: 256, delivery: 'lossless', transport });
