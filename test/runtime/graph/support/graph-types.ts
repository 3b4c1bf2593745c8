import { AudioFrame } from '../../../../server/runtime/frame/audio-frame.ts';
import { DataFrame } from '../../../../server/runtime/frame/data-frame.ts';
import type { JsonObject } from '../../../../server/runtime/json.ts';
import type { ProcessorDescriptor, ProcessorTypeEntry } from '../../../../server/runtime/processor.ts';
import { ProcessorRegistry } from '../../../../server/runtime/registry/index.ts';

/* Processor types for tests of the graph, the plan and the registry: descriptors that do nothing. */

const NO_CONFIG = { type: 'object', additionalProperties: false } as const;
const common = { version: 1, description: 'for tests', tags: ['test'], configSchema: NO_CONFIG } as const;
const port = (frame: ProcessorDescriptor['outputs'][string]['frame']) => ({
  frame,
  description: 'for tests',
});
const every = { kind: 'loop', intervalUs: 1000 } as const;

/** Its config has a number in a range, a nested object, a list and a secret. */
export const dataFilter: ProcessorDescriptor = {
  ...common,
  name: 'DataFilter',
  version: 3,
  inputs: { data_in: port(DataFrame) },
  outputs: { data_out: port(DataFrame) },
  configSchema: {
    type: 'object',
    additionalProperties: false,
    properties: {
      gain: { type: 'number', minimum: -10, maximum: 10, default: 1, description: 'factor' },
      mode: { type: 'string', enum: ['fast', 'exact'], default: 'fast', description: 'how' },
      weights: { type: 'array', items: { type: 'integer' }, default: [], description: 'factors' },
      limits: {
        type: 'object',
        additionalProperties: false,
        default: {},
        description: 'bounds',
        properties: {
          low: { type: 'number', default: 0, description: 'lowest' },
          high: { type: 'number', default: 1, description: 'highest' },
        },
      },
      token: { type: 'string', default: '', writeOnly: true, description: 'secret' },
    },
  },
  // Version 2 called the gain `factor`; configs of version 1 are not understood any more.
  migrateConfig: ({ factor, ...rest }: JsonObject) =>
    factor === undefined ? rest : { ...rest, gain: factor },
};

const descriptors: ProcessorDescriptor[] = [
  dataFilter,
  { ...common, name: 'DataSource', inputs: {}, outputs: { data: port(DataFrame) }, scheduling: every },
  {
    ...common,
    name: 'DataMerge',
    inputs: { data_in: { ...port(DataFrame), many: true } },
    outputs: { data_out: port(DataFrame) },
  },
  {
    ...common,
    name: 'DataJoin',
    inputs: { data_in: { ...port(DataFrame), delivery: 'lossless' }, other_in: port(DataFrame) },
    outputs: { data_out: port(DataFrame) },
  },
  {
    ...common,
    name: 'StereoSource',
    inputs: {},
    outputs: { audio: port(AudioFrame.of(2)) },
    scheduling: every,
  },
  {
    ...common,
    name: 'AudioGain',
    inputs: { audio_in: port(AudioFrame.any) },
    outputs: { audio_out: port(AudioFrame.any) },
  },
  { ...common, name: 'MonoMeter', inputs: { audio_in: port(AudioFrame.of(1)) }, outputs: {} },
  { ...common, name: 'AnySink', inputs: { input: { ...port('any'), many: true } }, outputs: {} },
  {
    ...common,
    name: 'FileSource',
    inputs: {},
    outputs: { data: port(DataFrame) },
    scheduling: every,
    configSchema: {
      type: 'object',
      additionalProperties: false,
      required: ['path'],
      properties: { path: { type: 'string', description: 'file' } },
    },
  },
  { ...common, name: 'BusySource', inputs: {}, outputs: { data: port(DataFrame) } },
  {
    ...common,
    name: 'AsyncFilter',
    inputs: { data_in: port(DataFrame) },
    outputs: { data_out: port(DataFrame) },
    async: true,
  },
  {
    ...common,
    name: 'AsyncServer',
    inputs: {},
    outputs: {},
    async: true,
    dedicated: true,
    scheduling: { kind: 'manual' },
  },
];

/** A registry entry for a descriptor without code. */
export const entryOf = (descriptor: ProcessorDescriptor): ProcessorTypeEntry => ({
  type: descriptor.name,
  load: async () => ({
    default: class {
      static readonly descriptor = descriptor;
      process(): void {}
    },
  }),
});

/** The registry of these types. */
export const graphTypes = await ProcessorRegistry.of(descriptors.map(entryOf));
