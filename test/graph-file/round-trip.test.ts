import assert from 'node:assert/strict';
import fc from 'fast-check';
import { parseGraphFile, writeGraphFile } from '../../server/graph-file/index.ts';
import { inputPort, outputPort } from '../../server/runtime/ids.ts';
import type { GraphCommand, RuntimeOperations, SupervisionRequest } from '../../server/runtime/operations.ts';
import {
  DELIVERIES,
  ERROR_POLICIES,
  LANE_PRIORITIES,
  RESTART_STRATEGIES,
} from '../../server/runtime/vocabulary.ts';
import { TestRuntime } from '../support/test-runtime.ts';

const FORMATS = ['yaml', 'json'] as const;
const NOTHING = { processors: [], links: [] };

const optional = <T extends object>(model: { [Key in keyof T]: fc.Arbitrary<T[Key]> }) =>
  fc.record(model, { requiredKeys: [] });
const labels = fc.dictionary(
  fc.oneof(fc.constantFrom('a', 'null', '1', 'no', '~', '# x'), fc.string({ minLength: 1, maxLength: 20 })),
  fc.string({ maxLength: 40, unit: 'binary' }),
  { maxKeys: 3 },
);
const milliseconds = fc.integer({ min: 0, max: 60_000 });
const supervision = optional({
  // That one needs a default frame, and outputs that take one.
  errorPolicy: fc.constantFrom(
    ...ERROR_POLICIES.slice(1).filter((policy) => policy !== 'use_default'),
  ) as fc.Arbitrary<'propagate'>,
  defaultFrame: fc.constantFrom<NonNullable<SupervisionRequest['defaultFrame']>>(
    {},
    { timestampUs: 12n, payload: { x: { values: [1, -0.5, 1e-9] } }, metadata: { unit: 'm' } },
  ),
  restart: optional({
    strategy: fc.constantFrom(...RESTART_STRATEGIES.slice(1)) as fc.Arbitrary<'never'>,
    baseMs: milliseconds,
    maxAttempts: fc.integer({ min: 0, max: 9 }),
    halfOpenAfterMs: milliseconds,
  }),
  watchdogMs: milliseconds,
});
const placement = optional({
  lane: fc.constantFrom('auto', 'one', 'main'),
  priority: fc.constantFrom(...LANE_PRIORITIES.slice(1)) as fc.Arbitrary<'high'>,
});
const common = {
  displayName: fc.string({ maxLength: 40, unit: 'binary' }),
  placement,
  supervision,
  paused: fc.boolean(),
  labels,
};
const tone = optional({
  ...common,
  config: optional({
    frequency_hz: fc.double({ min: 1, max: 20_000, noNaN: true }),
    amplitude: fc.double({ min: 0, max: 1, noNaN: true }),
  }),
}).map((rest): GraphCommand => ({ kind: 'add_processor', type: 'SineGenerator', id: 'tone', ...rest }));
const sink = optional(common).map(
  (rest): GraphCommand => ({ kind: 'add_processor', type: 'NullSink', id: 'sink', ...rest }),
);
const link = optional({
  id: fc.constantFrom('wire', '0', '1e3', 'null', 'true'),
  delivery: fc.constantFrom(...DELIVERIES.slice(1)) as fc.Arbitrary<'every'>,
  capacityFrames: fc.integer({ min: 1, max: 65_536 }),
  labels,
}).map(
  (rest): GraphCommand => ({
    kind: 'connect',
    from: outputPort('tone', 'audio'),
    to: inputPort('sink', 'data'),
    ...rest,
  }),
);
const graphs = fc.oneof(fc.tuple(tone, sink, link), fc.tuple(tone), fc.tuple(sink, tone));

async function importFile(runtime: RuntimeOperations, text: string) {
  const { processors, links } = parseGraphFile(text, 'g');
  return runtime.applyGraph({ target: { processors, links } });
}

describe('a graph that is exported', () => {
  it('is imported without a change, and elsewhere as the same graph, byte by byte', async () => {
    await using here = await TestRuntime.create();
    await using elsewhere = await TestRuntime.create();
    await fc.assert(
      fc.asyncProperty(graphs, async (commands) => {
        await here.runtime.applyGraph({ target: NOTHING });
        await elsewhere.runtime.applyGraph({ target: NOTHING });
        const made = await here.runtime.applyGraph({ commands });
        for (const format of FORMATS) {
          const text = writeGraphFile(await here.runtime.getGraph(), format);
          const { unchanged, revision, changes } = await importFile(here.runtime, text);
          assert.deepEqual(
            [unchanged, revision, changes.length],
            [true, made.revision, commands.length],
            text,
          );
          await importFile(elsewhere.runtime, text);
          assert.equal(writeGraphFile(await elsewhere.runtime.getGraph(), format), text);
        }
      }),
      { numRuns: 150 },
    );
  });

  it('holds what differs from the defaults, in order of ids and keys', async () => {
    await using test = await TestRuntime.create();
    await test.runtime.applyGraph({
      commands: [
        {
          kind: 'add_processor',
          type: 'SineGenerator',
          id: 'tone',
          config: { frequency_hz: 880, amplitude: 0.5 },
          placement: { lane: 'auto', priority: 'high' },
          supervision: { restart: { strategy: 'exponential', maxAttempts: 3 }, watchdogMs: 200 },
        },
        { kind: 'add_processor', type: 'NullSink', id: 'sink', paused: true },
        {
          kind: 'connect',
          from: outputPort('tone', 'audio'),
          to: inputPort('sink', 'data'),
          id: 'wire',
          delivery: 'latest',
        },
      ],
    });
    assert.equal(
      writeGraphFile(await test.runtime.getGraph(), 'yaml'),
      `processors:
  - id: sink
    type: NullSink
    type_version: 1
    paused: true
  - id: tone
    type: SineGenerator
    type_version: 1
    config:
      amplitude: 0.5
      frequency_hz: 880
    placement:
      priority: high
    supervision:
      restart:
        strategy: exponential
        max_attempts: 3
      watchdog_ms: 200
links:
  - id: wire
    from: tone.audio
    to: sink.data
    delivery: latest
`,
    );
  });

  it('is empty lists where there is nothing', async () => {
    await using test = await TestRuntime.create();
    assert.equal(writeGraphFile(await test.runtime.getGraph(), 'yaml'), 'processors: []\nlinks: []\n');
  });
});
