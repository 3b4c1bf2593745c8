import assert from 'node:assert/strict';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import { pipelineConfigSchema } from '../../server/pipelines/config/pipeline-config-schema.ts';
import { BUILT_IN_REGISTRIES } from '../../server/registries.ts';
import type { JsonObject } from '../../server/runtime/json.ts';
import { ProcessorRegistry } from '../../server/runtime/registry/index.ts';

const gain = { id: 'gain', type: 'Gain', config: { gain: 2 } };

describe('the schema of pipeline configs', () => {
  let schema: JsonObject;
  let validate: ValidateFunction;

  before(async () => {
    const registry = await ProcessorRegistry.load(BUILT_IN_REGISTRIES);
    schema = pipelineConfigSchema(registry.descriptors());
    validate = new Ajv2020({
      strict: true,
      strictTypes: false,
      strictRequired: false,
      allErrors: true,
    }).compile(schema);
  });

  const accepted: readonly { name: string; config: JsonObject }[] = [
    { name: 'a node alone', config: { nodes: [gain] } },
    { name: 'a field as null', config: { nodes: [{ ...gain, config: { gain: null } }] } },
    {
      name: 'every field',
      config: {
        pipeline_id: 'vibration',
        display_name: 'Vibration',
        labels: { team: 'a' },
        nodes: [
          {
            ...gain,
            display_name: 'x',
            placement: { lane: 'auto' },
            supervision: { error_policy: 'skip_frame' },
          },
          { id: 'sink', type: 'NullSink' },
        ],
        connections: [
          {
            from: 'gain',
            to: 'sink',
            from_port: 'data_out',
            to_port: 'data',
            delivery: 'latest',
            capacity_frames: 8,
          },
        ],
        pipeline_config: {
          channel_capacity: 64,
          max_concurrent: 8,
          max_waiting: 0,
          execution_timeout: '1.5s',
          max_dead_letters: 10,
          mode: 'pooled',
          supervision: { restart: { strategy: 'exponential', base_ms: 10 } },
        },
      },
    },
  ];
  for (const { name, config } of accepted)
    it(`takes ${name}`, () => assert.ok(validate(config), JSON.stringify(validate.errors)));

  const refused: readonly { name: string; config: JsonObject; at: string }[] = [
    { name: 'an unknown type', config: { nodes: [{ id: 'a', type: 'Gian' }] }, at: '/nodes/0/type' },
    { name: 'a type for sound', config: { nodes: [{ id: 'a', type: 'WavFileSink' }] }, at: '/nodes/0/type' },
    {
      name: 'a wrong config',
      config: { nodes: [{ ...gain, config: { gain: 'loud' } }] },
      at: '/nodes/0/config/gain',
    },
    {
      name: 'a config without what is required',
      config: { nodes: [{ id: 'a', type: 'Biquad' }] },
      at: '/nodes/0',
    },
    {
      name: 'a setting out of range',
      config: { nodes: [gain], pipeline_config: { max_concurrent: 0 } },
      at: '/pipeline_config/max_concurrent',
    },
  ];
  for (const { name, config, at } of refused)
    it(`refuses ${name}`, () => {
      assert.equal(validate(config), false);
      assert.ok(validate.errors?.some(({ instancePath }) => instancePath === at));
    });
});
