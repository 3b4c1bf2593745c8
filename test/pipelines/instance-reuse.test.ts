import assert from 'node:assert/strict';
import fc from 'fast-check';
import { compilePipelineConfig } from '../../server/pipelines/config/read-pipeline-config.ts';
import type { DataFrameValue } from '../../server/pipelines/instance/data-frame-value.ts';
import type { PipelineInstance } from '../../server/pipelines/instance/pipeline-instance.ts';
import { createLocalInstance, createLocalPool } from '../../server/pipelines/pipeline.ts';
import type { JsonObject } from '../../server/runtime/json.ts';
import type { ProcessorRegistry } from '../../server/runtime/registry/index.ts';
import { pipelineTypes } from '../support/pipelines.ts';

/** Configs with which every type of data frames that keeps a state shows it. */
const NODES: readonly { readonly type: string; readonly config: JsonObject }[] = [
  { type: 'Biquad', config: { cutoff_hz: 100, sample_rate_hz: 1000 } },
  { type: 'Clamp', config: { min: -1, max: 1 } },
  { type: 'Constant', config: { values: { value: 3 }, samples: 2 } },
  { type: 'Downsample', config: { factor: 3 } },
  { type: 'Ema', config: { alpha: 0.3 } },
  { type: 'Fft', config: {} },
  { type: 'FirFilter', config: { cutoff_hz: 100, sample_rate_hz: 1000, taps: 5 } },
  { type: 'Gain', config: { gain: 2 } },
  { type: 'Histogram', config: { channel: 'value', min: -10, max: 10, bins: 4 } },
  { type: 'Histogram', config: { channel: 'value', min: -10, max: 10, bins: 4, over: 'all' } },
  { type: 'Mixer', config: { matrix: { left: { value: 0.5 } } } },
  { type: 'MovingAverage', config: { window: 3 } },
  { type: 'Multiply', config: {} },
  { type: 'NoiseGenerator', config: { samples: 3, seed: 1 } },
  { type: 'Offset', config: { offset: 1 } },
  { type: 'Peak', config: {} },
  { type: 'Resample', config: { up: 2, down: 3 } },
  { type: 'Rms', config: {} },
  { type: 'SineGenerator', config: { samples: 3, sample_rate_hz: 1000, frequency_hz: 70 } },
  { type: 'Spectrum', config: { sample_rate_hz: 1000 } },
  { type: 'Sum', config: {} },
  { type: 'Threshold', config: { channel: 'value', limit: 1 } },
  { type: 'Window', config: { size: 4, hop: 3 } },
  { type: 'ZScoreAnomaly', config: { channel: 'value', window: 4, min_values: 2 } },
  { type: 'test.Counter', config: {} },
  { type: 'test.Doubler', config: {} },
  { type: 'test.Odometer', config: {} },
];

const frames: fc.Arbitrary<DataFrameValue> = fc.record({
  timestampUs: fc.integer({ min: 0, max: 10_000 }),
  sequenceId: fc.nat(1000),
  payload: fc.record({
    value: fc.array(fc.double({ min: -20, max: 20, noNaN: true }), { minLength: 1, maxLength: 6 }),
  }),
});

async function textOf(instance: PipelineInstance, inputs: readonly DataFrameValue[]): Promise<string> {
  const outputs: unknown[] = [];
  for (const frame of inputs) outputs.push(await instance.execute({ frame }));
  return JSON.stringify(outputs, (_key, value) =>
    value instanceof Float64Array
      ? Array.from(value, (each) => (Object.is(each, -0) ? '-0' : String(each)))
      : value,
  );
}

describe('phase 3: an instance that is used again', () => {
  let types: ProcessorRegistry;

  before(async () => {
    types = await pipelineTypes();
  });

  for (const { type, config } of NODES) {
    it(`answers exactly as a new one: ${type} ${JSON.stringify(config)}`, async () => {
      const pipeline = compilePipelineConfig({ nodes: [{ id: 'node', type, config }] }, types);
      const pool = createLocalPool();
      const create = () => createLocalInstance(pipeline, { types }, pool);
      const used = await create();
      await fc.assert(
        fc.asyncProperty(
          fc.array(frames, { minLength: 1, maxLength: 5 }),
          fc.array(frames, { minLength: 1, maxLength: 5 }),
          async (before, after) => {
            await textOf(used, before);
            await used.reset();
            const fresh = await create();
            assert.equal(await textOf(used, after), await textOf(fresh, after));
            await fresh.close();
            await used.reset();
          },
        ),
        { numRuns: 20 },
      );
      await used.close();
      assert.equal(pool.inUse, 0, 'every frame was given back');
    });
  }

  const renewals: readonly { type: string; want: number }[] = [
    { type: 'Gain', want: 0 },
    { type: 'Ema', want: 0 },
    { type: 'test.Odometer', want: 0 },
    { type: 'test.Counter', want: 1 },
  ];
  for (const { type, want } of renewals)
    it(`has ${want} nodes made anew for ${type}`, async () => {
      const pipeline = compilePipelineConfig({ nodes: [{ id: 'node', type }] }, types);
      const instance = await createLocalInstance(pipeline, { types }, createLocalPool());
      assert.equal(await instance.reset(), want);
      await instance.close();
    });
});
