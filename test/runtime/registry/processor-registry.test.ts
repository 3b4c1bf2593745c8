import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { StreamlibError } from '../../../server/runtime/errors.ts';
import type { ProcessorDescriptor } from '../../../server/runtime/processor.ts';
import { ProcessorRegistry } from '../../../server/runtime/registry/index.ts';
import { dataFilter, entryOf, graphTypes } from '../graph/support/graph-types.ts';

const builtIn = new URL('../../../server/processors/index.ts', import.meta.url).href;

const refusal = async (loading: Promise<unknown>): Promise<StreamlibError> => {
  const error: unknown = await loading.then(
    () => undefined,
    (reason) => reason,
  );
  assert.ok(error instanceof StreamlibError, `it ended with ${error}`);
  return error;
};

describe('ProcessorRegistry', () => {
  it('loads the types of a module by its address', async () => {
    const registry = await ProcessorRegistry.load([builtIn]);
    const names = registry.descriptors().map(({ name }) => name);
    assert.ok(names.includes('Gain') && names.includes('SineGenerator'), names.join());
    assert.deepEqual(names, [...names].sort());
    assert.equal(registry.descriptor('Gain')?.name, 'Gain');
    assert.equal(registry.descriptor('gain'), undefined);
  });

  it('gives the module of a type with its exports, or says that there is no such type', async () => {
    const registry = await ProcessorRegistry.load([builtIn]);
    const module = await registry.loadModule('Gain');
    assert.equal(module.default.descriptor, registry.descriptor('Gain'));
    assert.equal((await refusal(registry.loadModule('Nothing'))).code, 'PROCESSOR_TYPE_UNKNOWN');
  });

  it('knows the ports of a type as links see them', () => {
    assert.deepEqual(
      graphTypes
        .get('DataJoin')
        ?.inputs.map(({ name, frameType, delivery, many }) => [name, frameType, delivery, many]),
      [
        ['data_in', 'DataFrame', 'lossless', false],
        ['other_in', 'DataFrame', 'every', false],
      ],
    );
    assert.deepEqual(
      graphTypes.get('AnySink')?.inputs.map(({ frameType, many }) => [frameType, many]),
      [['any', true]],
    );
    assert.deepEqual(
      graphTypes
        .get('StereoSource')
        ?.outputs.map(({ frameType, many, delivery }) => [frameType, many, delivery]),
      [['AudioFrame<2>', true, undefined]],
    );
  });

  for (const { type, dedicated, async } of [
    { type: 'DataFilter', dedicated: false, async: false },
    { type: 'DataSource', dedicated: false, async: false },
    { type: 'BusySource', dedicated: true, async: false },
    { type: 'AsyncFilter', dedicated: false, async: true },
    { type: 'AsyncServer', dedicated: true, async: true },
  ]) {
    it(`knows that ${type} is ${dedicated ? '' : 'not '}dedicated and ${async ? '' : 'not '}async`, () => {
      const known = graphTypes.get(type);
      assert.deepEqual([known?.dedicated, known?.async], [dedicated, async]);
    });
  }

  it('fills in the defaults of a config and shows it without its secrets', () => {
    const spec = { processorType: 'DataFilter', config: { token: 'secret', gain: 2 } };
    assert.equal(graphTypes.effectiveConfig(spec).token, 'secret');
    assert.equal(graphTypes.effectiveConfig(spec).mode, 'fast');
    assert.deepEqual(graphTypes.visibleConfig(spec), { ...graphTypes.effectiveConfig(spec), token: '***' });
    assert.deepEqual(graphTypes.visibleGivenConfig(spec), { token: '***', gain: 2 });
  });

  it('shows nothing of the config of a type that it does not know, since it does not know its secrets', () => {
    const spec = { processorType: 'vendor.Gone', config: { token: 'secret' } };
    assert.deepEqual(graphTypes.effectiveConfig(spec), spec.config);
    assert.deepEqual([graphTypes.visibleConfig(spec), graphTypes.visibleGivenConfig(spec)], [{}, {}]);
  });

  const schemaWith = (properties: object): Partial<ProcessorDescriptor> => ({
    configSchema: { type: 'object', additionalProperties: false, properties } as never,
  });
  const inputsWith = (name: string, input: object): Partial<ProcessorDescriptor> => ({
    inputs: { [name]: { frame: 'any', description: 'x', ...input } } as never,
  });
  for (const { name, change, code = 'FIELD_INVALID', path, was } of [
    {
      name: 'a name that is not PascalCase',
      change: { name: 'data_filter' },
      path: 'data_filter.name',
      was: 'data_filter',
    },
    { name: 'a version of 0', change: { version: 0 }, path: 'DataFilter.version', was: '0' },
    { name: 'no description', change: { description: '' }, path: 'DataFilter.description', was: '""' },
    {
      name: 'a port in camelCase',
      change: inputsWith('dataIn', {}),
      code: 'ID_INVALID',
      path: 'DataFilter.inputs.dataIn',
      was: 'dataIn',
    },
    {
      name: 'a port without a description',
      change: inputsWith('data_in', { description: '' }),
      path: 'DataFilter.inputs.data_in.description',
      was: '""',
    },
    {
      name: 'a port of no frame type',
      change: inputsWith('data_in', { frame: 'DataFrame' }),
      path: 'DataFilter.inputs.data_in.frame',
      was: 'DataFrame',
    },
    {
      name: 'an unknown delivery',
      change: inputsWith('data_in', { delivery: 'some' }),
      path: 'DataFilter.inputs.data_in.delivery',
      was: 'some',
    },
    {
      name: 'a config that lets unknown fields through',
      change: { configSchema: { type: 'object' } as const },
      path: 'DataFilter.configSchema.additionalProperties',
      was: 'undefined',
    },
    {
      name: 'a config that is no object',
      change: { configSchema: { type: 'array' } as const },
      path: 'DataFilter.configSchema.type',
      was: 'array',
    },
    {
      name: 'a config key in camelCase',
      change: schemaWith({ maxGain: { type: 'number', description: 'x' } }),
      path: 'DataFilter.configSchema.properties.maxGain',
      was: 'maxGain',
    },
    {
      name: 'a config key without a description',
      change: schemaWith({ gain: { type: 'number' } }),
      path: 'DataFilter.configSchema.properties.gain.description',
      was: 'undefined',
    },
  ] as { name: string; change: Partial<ProcessorDescriptor>; code?: string; path: string; was: string }[]) {
    it(`refuses a type with ${name}, naming type and field`, async () => {
      const error = await refusal(ProcessorRegistry.of([entryOf({ ...dataFilter, ...change })]));
      assert.deepEqual([error.code, error.path], [code, path]);
      assert.ok(
        error.message.endsWith(`was ${JSON.stringify(was)}`) || error.message.endsWith(`was ${was}`),
        error.message,
      );
    });
  }

  for (const name of ['DataFilter', 'Wav2Source', 'acme.Blur', 'acme-labs.Blur']) {
    it(`takes ${name} as a name`, async () => {
      const registry = await ProcessorRegistry.of([entryOf({ ...dataFilter, name })]);
      assert.equal(registry.get(name)?.name, name);
    });
  }

  it('refuses an entry whose module holds another type', async () => {
    const { load } = entryOf(dataFilter);
    const error = await refusal(ProcessorRegistry.of([{ type: 'Gain', load }]));
    assert.deepEqual([error.code, error.path], ['FIELD_INVALID', 'Gain.name']);
    assert.ok(error.message.includes('"DataFilter"'), error.message);
  });

  it('refuses a type that two lists have', async () => {
    const error = await refusal(ProcessorRegistry.of([entryOf(dataFilter), entryOf(dataFilter)]));
    assert.ok(error.message.includes('DataFilter') && error.message.includes('twice'), error.message);
  });

  describe('with a module that is not right', () => {
    let folder: string;
    before(async () => {
      folder = await mkdtemp(join(tmpdir(), 'registry-'));
    });
    after(() => rm(folder, { recursive: true }));

    it('names the address of a module that does not exist', async () => {
      const url = pathToFileURL(join(folder, 'missing.mjs')).href;
      const error = await refusal(ProcessorRegistry.load([url]));
      assert.deepEqual([error.code, error.path], ['FIELD_INVALID', 'registries']);
      assert.ok(error.message.includes(url), error.message);
    });

    it('names the address of a module without a list', async () => {
      const file = join(folder, 'empty.mjs');
      await writeFile(file, 'export const types = [];\n');
      const error = await refusal(ProcessorRegistry.load([pathToFileURL(file).href]));
      assert.ok(
        error.message.includes('empty.mjs') && error.message.includes('processorTypes'),
        error.message,
      );
    });
  });
});
