import assert from 'node:assert/strict';
import fc from 'fast-check';
import { orderNodes } from '../../server/pipelines/config/order-nodes.ts';
import {
  checkPipelineConfig,
  compilePipelineConfig,
} from '../../server/pipelines/config/read-pipeline-config.ts';
import { BUILT_IN_REGISTRIES } from '../../server/registries.ts';
import type { StreamlibError } from '../../server/runtime/errors.ts';
import type { JsonValue } from '../../server/runtime/json.ts';
import { ProcessorRegistry } from '../../server/runtime/registry/index.ts';

const sine = {
  id: 'sine',
  type: 'SineGenerator',
  config: { samples: 8, sample_rate_hz: 1000, frequency_hz: 50 },
};
const gain = { id: 'gain', type: 'Gain', config: { gain: 2 } };
const line = { from: 'sine', to: 'gain' };

describe('the config of a pipeline', () => {
  let types: ProcessorRegistry;

  before(async () => {
    types = await ProcessorRegistry.load(BUILT_IN_REGISTRIES);
  });

  const faultsOf = (config: JsonValue) =>
    checkPipelineConfig(config, types).faults.map(({ path, code }) => `${path} ${code}`);

  it('is compiled: types by their short names, defaults, ports, ends and order', () => {
    const pipeline = compilePipelineConfig(
      { nodes: [gain, sine], connections: [line], pipeline_config: { channel_capacity: 4 } },
      types,
    );
    assert.deepEqual(
      pipeline.nodes.map(({ id, type }) => [id, type]),
      [
        ['sine', 'DataSineGenerator'],
        ['gain', 'DataGain'],
      ],
    );
    assert.deepEqual(pipeline.nodes[1]?.config, { gain: 2 });
    assert.deepEqual(pipeline.nodes[1]?.effectiveConfig, { gain: 2, channels: [] });
    assert.deepEqual(pipeline.connections, [
      {
        from: 'sine',
        fromPort: 'data',
        to: 'gain',
        toPort: 'data_in',
        delivery: 'lossless',
        capacityFrames: 4,
      },
    ]);
    assert.deepEqual(pipeline.entries, [{ nodeId: 'sine', port: 'trigger' }]);
    assert.deepEqual(pipeline.exits, [{ nodeId: 'gain', port: 'data_out' }]);
    assert.deepEqual(
      [pipeline.maxConcurrent, pipeline.maxWaiting, pipeline.executionTimeoutMs],
      [8, 1024, 30_000],
    );
  });

  it('has the inputs of sinks among the ends, and sources without inputs not among the entries', () => {
    const pipeline = compilePipelineConfig(
      {
        nodes: [
          { id: 'host', type: 'SystemMetrics' },
          { id: 'sink', type: 'NullSink', config: {} },
        ],
        connections: [{ from: 'host', to: 'sink' }],
      },
      types,
    );
    assert.deepEqual(pipeline.entries, []);
    assert.deepEqual(pipeline.sources, ['host']);
    assert.deepEqual(pipeline.exits, [{ nodeId: 'sink', port: 'data' }]);
  });

  it('takes null as the default of a field', () => {
    const [node] = compilePipelineConfig({ nodes: [{ ...gain, config: { gain: null } }] }, types).nodes;
    assert.deepEqual([node?.config, node?.effectiveConfig], [{}, { gain: 1, channels: [] }]);
  });

  const refused: readonly { name: string; config: JsonValue; want: readonly string[] }[] = [
    { name: 'no object', config: 7, want: ['config FIELD_INVALID', 'nodes FIELD_INVALID'] },
    { name: 'no nodes', config: { nodes: [] }, want: ['nodes FIELD_INVALID'] },
    {
      name: 'unknown fields',
      config: { nodes: [{ ...gain, colour: 'red' }], speed: 1 },
      want: ['nodes[0].colour FIELD_UNKNOWN', 'speed FIELD_UNKNOWN'],
    },
    {
      name: 'an unknown type',
      config: { nodes: [{ id: 'a', type: 'Gian' }] },
      want: ['nodes[0].type PROCESSOR_TYPE_UNKNOWN'],
    },
    {
      name: 'a wrong config',
      config: { nodes: [{ ...gain, config: { gain: 'loud', pitch: 1 } }] },
      want: ['nodes[0].config.gain CONFIG_INVALID', 'nodes[0].config.pitch FIELD_UNKNOWN'],
    },
    { name: 'an id twice', config: { nodes: [gain, gain] }, want: ['nodes[1].id ID_TAKEN'] },
    {
      name: 'ids that cannot be',
      config: { nodes: ['a.b', 'in--a', '', 'x'.repeat(57)].map((id) => ({ ...gain, id })) },
      want: [0, 1, 2, 3].map((i) => `nodes[${i}].id ID_INVALID`),
    },
    {
      name: 'unknown nodes',
      config: { nodes: [gain], connections: [{ from: 'a', to: 'b' }] },
      want: ['connections[0].from PROCESSOR_NOT_FOUND', 'connections[0].to PROCESSOR_NOT_FOUND'],
    },
    {
      name: 'unknown ports',
      config: { nodes: [sine, gain], connections: [{ ...line, from_port: 'audio', to_port: 'in' }] },
      want: ['connections[0].from_port PORT_UNKNOWN', 'connections[0].to_port PORT_UNKNOWN'],
    },
    {
      name: 'a port that has to be named',
      config: {
        nodes: [sine, { id: 'mix', type: 'Align', config: { tolerance_us: 1 } }],
        connections: [{ from: 'sine', to: 'mix' }],
      },
      want: ['connections[0].to_port PORT_UNKNOWN'],
    },
    {
      name: 'ports that do not fit',
      config: {
        nodes: [sine, { id: 'meter', type: 'LevelMeter' }],
        connections: [{ from: 'sine', to: 'meter', to_port: 'audio' }],
      },
      want: ['connections[0].to_port PORT_TYPE_MISMATCH'],
    },
    {
      name: 'an input that is taken',
      config: { nodes: [sine, gain], connections: [line, line] },
      want: ['connections[1].to_port INPUT_TAKEN'],
    },
    {
      name: 'a cycle',
      config: {
        nodes: [gain, { ...gain, id: 'again' }],
        connections: [
          { from: 'gain', to: 'again' },
          { from: 'again', to: 'gain' },
        ],
      },
      want: ['connections[1] CYCLE'],
    },
    {
      name: 'settings out of range',
      config: {
        nodes: [gain],
        pipeline_config: {
          channel_capacity: 0,
          max_concurrent: 1025,
          max_waiting: -1,
          execution_timeout: '0s',
          mode: 'fast',
        },
      },
      want: [
        'pipeline_config.channel_capacity FIELD_INVALID',
        'pipeline_config.execution_timeout FIELD_INVALID',
        'pipeline_config.max_concurrent FIELD_INVALID',
        'pipeline_config.max_waiting FIELD_INVALID',
        'pipeline_config.mode FIELD_INVALID',
      ],
    },
    {
      name: 'everything at once',
      config: {
        nodes: [sine, { id: 'gain', type: 'Gian' }, { id: 5, type: 'Ema', config: { alpha: 3 } }],
        connections: [{ from: 'sine', to: 'nobody' }],
        pipeline_config: { max_concurrent: 0 },
      },
      want: [
        'connections[0].to PROCESSOR_NOT_FOUND',
        'nodes[1].type PROCESSOR_TYPE_UNKNOWN',
        'nodes[2].config.alpha CONFIG_INVALID',
        'nodes[2].id FIELD_INVALID',
        'pipeline_config.max_concurrent FIELD_INVALID',
      ],
    },
  ];
  for (const { name, config, want } of refused)
    it(`is refused for ${name}`, () => assert.deepEqual(faultsOf(config), want));

  it('names the value and what is near', () => {
    const { faults } = checkPipelineConfig({ nodes: [{ id: 'a', type: 'Gian' }] }, types);
    assert.match(
      faults[0]?.message ?? '',
      /^nodes\[0\]\.type must be a known type, was "Gian"; near it are .*Gain/,
    );
  });

  it('throws one error with every fault', () => {
    assert.throws(
      () => compilePipelineConfig({ nodes: [gain, gain], connections: [{ from: 'x', to: 'gain' }] }, types),
      ({ code, path, faults }: StreamlibError) =>
        code === 'PROCESSOR_NOT_FOUND' && path === 'connections[0].from' && faults.length === 2,
    );
  });
});

describe('the order of nodes', () => {
  const graphs = fc.integer({ min: 1, max: 12 }).chain((size) =>
    fc.record({
      ids: fc.constant(Array.from({ length: size }, (_, i) => `n${i}`)),
      edges: fc.array(
        fc.record({
          from: fc.integer({ min: 0, max: size - 1 }).map((i) => `n${i}`),
          to: fc.integer({ min: 0, max: size - 1 }).map((i) => `n${i}`),
        }),
        { maxLength: 20 },
      ),
    }),
  );

  it('has every node behind those that it reads from, or names a cycle that is there', () => {
    fc.assert(
      fc.property(graphs, ({ ids, edges }) => {
        const order = orderNodes(ids, edges);
        const has = (from: string, to: string) => edges.some((edge) => edge.from === from && edge.to === to);
        const isRight =
          'nodes' in order
            ? order.nodes.toSorted().join() === ids.toSorted().join() &&
              edges.every(({ from, to }) => order.nodes.indexOf(from) < order.nodes.indexOf(to))
            : order.cycle.every((id, i) => has(id, order.cycle[(i + 1) % order.cycle.length] ?? id));
        assert.ok(isRight, JSON.stringify(order));
      }),
    );
  });

  it('keeps the given order where it can', () => {
    assert.deepEqual(orderNodes(['c', 'a', 'b'], [{ from: 'b', to: 'a' }]), { nodes: ['c', 'b', 'a'] });
  });
});
