import { Readable, Transform, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { map, Observable } from 'rxjs';
import { designBiquad } from '../../server/processors/data/biquad-design.ts';

/** What the five nodes of the pipeline do: a tone, a factor, a low-pass, its RMS, and the sum of these. */
export const VIBRATION = {
  frequencyHz: 50,
  sampleRateHz: 48_000,
  gain: 0.5,
  cutoffHz: 1000,
} as const;

const { frequencyHz, sampleRateHz, gain, cutoffHz } = VIBRATION;
const STEP = (2 * Math.PI * frequencyHz) / sampleRateHz;
const { b0, b1, b2, a1, a2 } = designBiquad({
  kind: 'lowpass',
  frequency: cutoffHz / sampleRateHz,
  q: Math.SQRT1_2,
  gainDb: 0,
});
const STEP_SIN = Math.sin(STEP);
const STEP_COS = Math.cos(STEP);

/** A rate and what came out, to compare. */
export interface Outcome {
  readonly rate: number;
  readonly sum: number;
}

/** The tone, the factor, the filter and the RMS in one loop, with nothing kept but numbers. */
export function plainFunction(frames: number, samples: number): Outcome {
  const startedMs = performance.now();
  let first = 0;
  let second = 0;
  let sum = 0;
  let sample = 0;
  for (let frame = 0; frame < frames; frame++) {
    let squares = 0;
    for (let from = 0; from < samples; from += 64) {
      const angle = 2 * Math.PI * (((sample + from) * (frequencyHz / sampleRateHz)) % 1);
      let sin = Math.sin(angle);
      let cos = Math.cos(angle);
      const end = Math.min(samples, from + 64);
      for (let i = from; i < end; i++) {
        const value = sin * gain;
        const result = b0 * value + first;
        first = b1 * value + second - a1 * result;
        second = b2 * value - a2 * result;
        squares += result * result;
        const next = sin * STEP_COS + cos * STEP_SIN;
        cos = cos * STEP_COS - sin * STEP_SIN;
        sin = next;
      }
    }
    sample += samples;
    sum += Math.sqrt(squares / samples);
  }
  return { rate: (frames / (performance.now() - startedMs)) * 1000, sum };
}

/** The same as a function for each node, which makes an array for each result. */
class Stages {
  #sample = 0;
  #first = 0;
  #second = 0;
  readonly #samples: number;

  constructor(samples: number) {
    this.#samples = samples;
  }

  source = (): Float64Array => {
    const values = new Float64Array(this.#samples);
    for (let from = 0; from < values.length; from += 64) {
      const angle = 2 * Math.PI * (((this.#sample + from) * (frequencyHz / sampleRateHz)) % 1);
      let sin = Math.sin(angle);
      let cos = Math.cos(angle);
      const end = Math.min(values.length, from + 64);
      for (let i = from; i < end; i++) {
        values[i] = sin;
        const next = sin * STEP_COS + cos * STEP_SIN;
        cos = cos * STEP_COS - sin * STEP_SIN;
        sin = next;
      }
    }
    this.#sample += values.length;
    return values;
  };

  gain = (values: Float64Array): Float64Array => {
    const results = new Float64Array(values.length);
    for (let i = 0; i < values.length; i++) results[i] = (values[i] as number) * gain;
    return results;
  };

  filter = (values: Float64Array): Float64Array => {
    const results = new Float64Array(values.length);
    let first = this.#first;
    let second = this.#second;
    for (let i = 0; i < values.length; i++) {
      const value = values[i] as number;
      const result = b0 * value + first;
      first = b1 * value + second - a1 * result;
      second = b2 * value - a2 * result;
      results[i] = result;
    }
    this.#first = first;
    this.#second = second;
    return results;
  };

  rms = (values: Float64Array): Float64Array => {
    let squares = 0;
    for (let i = 0; i < values.length; i++) squares += (values[i] as number) ** 2;
    return Float64Array.of(Math.sqrt(squares / values.length));
  };
}

/** The five nodes as object-mode streams. */
export async function streamPipeline(frames: number, samples: number): Promise<Outcome> {
  const options = { objectMode: true, highWaterMark: 64 };
  const stages = new Stages(samples);
  let made = 0;
  let sum = 0;
  const transform = (stage: (values: Float64Array) => Float64Array) =>
    new Transform({ ...options, transform: (values, _, done) => done(null, stage(values)) });
  const startedMs = performance.now();
  await pipeline([
    new Readable({
      ...options,
      read() {
        while (made < frames) {
          made++;
          if (!this.push(stages.source())) return;
        }
        this.push(null);
      },
    }),
    transform(stages.gain),
    transform(stages.filter),
    transform(stages.rms),
    new Writable({
      ...options,
      write(values: Float64Array, _, done) {
        sum += values[0] as number;
        done();
      },
    }),
  ]);
  return { rate: (frames / (performance.now() - startedMs)) * 1000, sum };
}

/** The five nodes as operators of RxJS. */
export function rxjsPipeline(frames: number, samples: number): Outcome {
  const stages = new Stages(samples);
  let sum = 0;
  const startedMs = performance.now();
  new Observable<Float64Array>((subscriber) => {
    for (let frame = 0; frame < frames; frame++) subscriber.next(stages.source());
    subscriber.complete();
  })
    .pipe(map(stages.gain), map(stages.filter), map(stages.rms))
    .subscribe((values) => {
      sum += values[0] as number;
    });
  return { rate: (frames / (performance.now() - startedMs)) * 1000, sum };
}
