import assert from 'node:assert/strict';
import { create, type MessageInitShape } from '@bufbuild/protobuf';
import fc from 'fast-check';
import { GraphEditSchema } from '../../gen/ts/streamlib/v1/graph_pb.ts';
import { apply, emptyGraph, type Graph } from '../../server/runtime/graph/index.ts';
import { inputPort, outputPort, USER } from '../../server/runtime/ids.ts';
import { editFromCommand } from '../../server/runtime/loop/edit-from-command.ts';
import { linkSpecMessage, processorSpecMessage } from '../../server/runtime/messages/spec-messages.ts';
import type { GraphCommand, Outcome, RuntimeOperations } from '../../server/runtime/operations.ts';
import { ProcessorRegistry } from '../../server/runtime/registry/index.ts';
import { editMessageOf } from '../../server/runtime/request-messages.ts';
import { CHANGE_KINDS, wordOf } from '../../server/runtime/vocabulary.ts';
import { type EditableGraph, RandomEdits } from '../support/random-edits.ts';
import type { RunningEdit } from '../support/running-edit.ts';
import { SeededRandom } from '../support/seeded-random.ts';
import { TEST_REGISTRIES, TestRuntime } from '../support/test-runtime.ts';
import { EDITED } from './data-plane/support/edited-graph.ts';

const EFFECTIVE = { wait: 'effective', onFailure: 'keep' } as const;
/** Restarting is no part of the desired state, and no member of a transaction. */
const GRAPH: EditableGraph = { ...EDITED, shares: { ...EDITED.shares, restart: 0, move: 3, configure: 3 } };

/** `created a`, `kept l`, …. */
const linesOf = ({ changes }: Outcome): string[] =>
  changes.map(({ kind, part }) => `${wordOf(CHANGE_KINDS, kind)} ${part.value}`);
const restartsOf = (outcome: Outcome) => linesOf(outcome).filter((line) => line.startsWith('restarted '));
const editsOf = (outcome: Outcome) =>
  linesOf(outcome)
    .filter((line) => !/^(restarted|failed) /.test(line))
    .sort();

const tone: GraphCommand = { kind: 'add_processor', type: 'SineGenerator', id: 'tone' };
const meter: GraphCommand = { kind: 'add_processor', type: 'LevelMeter', id: 'meter' };
const wire: GraphCommand = {
  kind: 'connect',
  from: outputPort('tone', 'audio'),
  to: inputPort('meter', 'audio'),
  id: 'wire',
};
const COMMANDS = [tone, meter, wire];
const revisionOf = async (runtime: RuntimeOperations) => (await runtime.getState()).revision;

describe('applyGraph', () => {
  it('makes many edits one revision, in which later ones name what earlier ones add', async () => {
    await using test = await TestRuntime.create();
    const { runtime } = test;
    await runtime.start();
    const outcome = await runtime.applyGraph({ commands: COMMANDS }, EFFECTIVE);
    assert.deepEqual([outcome.revision, outcome.effective, outcome.unchanged], [1n, true, false]);
    assert.deepEqual(linesOf(outcome), ['created tone', 'created meter', 'created wire']);
    assert.equal(await test.stateOf('meter'), 'running');
    assert.equal(test.payloads('graphDidChange').length, 1);
  });

  it('makes none of the edits where one cannot be, and says which', async () => {
    await using test = await TestRuntime.create();
    const { runtime } = test;
    const commands: GraphCommand[] = [...COMMANDS, { ...tone, id: 'loud', config: { frequency_hz: -1 } }];
    await assert.rejects(runtime.applyGraph({ commands }), {
      code: 'CONFIG_INVALID',
      path: 'commands[3].config.frequency_hz',
      message: /^commands\[3\]\.config\.frequency_hz must be > 0, was -1$/,
    });
    const back: GraphCommand = { ...wire, from: outputPort('nobody', 'audio') };
    await assert.rejects(runtime.applyGraph({ commands: [tone, back] }), {
      code: 'PROCESSOR_NOT_FOUND',
      path: 'commands[1].from_processor',
    });
    assert.equal(await revisionOf(runtime), 0n);
  });

  it('answers a no-op without a revision, and what it named as kept', async () => {
    await using test = await TestRuntime.create();
    const { runtime } = test;
    await runtime.applyGraph({ commands: COMMANDS });
    const commands: GraphCommand[] = [
      { kind: 'resume_processor', id: 'tone' },
      { kind: 'update_link', id: 'wire', delivery: 'every' },
      { kind: 'update_link', id: 'wire', delivery: 'every', capacityFrames: 64 },
      { ...tone, id: 'passing' },
      { kind: 'remove_processor', id: 'passing' },
    ];
    const first = await runtime.applyGraph({ commands });
    assert.deepEqual(linesOf(first), ['updated wire', 'kept tone']);
    const again = await runtime.applyGraph({ commands });
    assert.deepEqual(
      [again.revision, again.unchanged, linesOf(again)],
      [2n, true, ['kept tone', 'kept wire']],
    );
  });

  it('takes a target, whose links need no ids', async () => {
    await using test = await TestRuntime.create();
    const { runtime } = test;
    const processors = [
      { type: 'SineGenerator', id: 'tone' },
      { type: 'LevelMeter', id: 'meter' },
    ];
    const links = [{ from: outputPort('tone', 'audio'), to: inputPort('meter', 'audio') }];
    await runtime.addProcessor({ type: 'NullSink', id: 'other' });
    const kept = await runtime.applyGraph({ target: { processors, links, keepOthers: true } });
    assert.equal(kept.changes.length, 3);
    const pruned = await runtime.applyGraph({ target: { processors, links } });
    assert.deepEqual(
      linesOf(pruned).map((line) => line.replace(/link-.*/, 'link')),
      ['deleted other', 'kept tone', 'kept meter', 'kept link'],
    );
    assert.equal((await runtime.applyGraph({ target: { processors, links } })).unchanged, true);
  });

  it('refuses what is neither commands nor a target, or a target without a graph', async () => {
    await using test = await TestRuntime.create();
    const { runtime } = test;
    const graph = { processors: [], links: [] };
    for (const { value, path } of [
      { value: {}, path: 'commands' },
      { value: { edits: [editMessageOf(tone)], target: { graph } }, path: 'commands' },
      { value: { target: {} }, path: 'target.graph' },
      { value: { target: { owner: 'system', graph } }, path: 'owner' },
      { value: { target: { owner: 'elsewhere', graph } }, path: 'target.owner' },
      { value: { edits: [editMessageOf(tone), {}] }, path: 'commands[1]' },
      {
        value: { target: { graph: { processors: [{ processorType: 'Gain' }] } } },
        path: 'target.processors[0].processor_id',
      },
    ]) {
      await assert.rejects(runtime.execute({ case: 'applyGraph', value }), { path });
    }
    assert.equal(await revisionOf(runtime), 0n);
  });

  it('checks the revision that is expected, in a dry run as well', async () => {
    await using test = await TestRuntime.create();
    const { runtime } = test;
    await runtime.applyGraph({ commands: COMMANDS }, { expectedRevision: 0n });
    const commands: GraphCommand[] = [{ kind: 'remove_processor', id: 'tone' }];
    for (const dryRun of [true, false]) {
      const late = runtime.applyGraph({ commands, dryRun }, { expectedRevision: 0n });
      await assert.rejects(late, { code: 'REVISION_MISMATCH', path: 'expected_revision' });
    }
    assert.equal(await revisionOf(runtime), 1n);
  });

  it('is done once under one request id', async () => {
    await using test = await TestRuntime.create();
    const { runtime } = test;
    const commands: GraphCommand[] = [{ kind: 'add_processor', type: 'NullSink' }];
    const options = { requestId: 'once' };
    const outcome = await runtime.applyGraph({ commands }, options);
    assert.deepEqual(await runtime.applyGraph({ commands }, options), outcome);
    await assert.rejects(runtime.applyGraph({ commands: COMMANDS }, options), { code: 'REQUEST_ID_REUSED' });
    assert.equal((await runtime.listProcessors()).length, 1);
  });

  it('leaves the processors of the server alone', async () => {
    await using test = await TestRuntime.create();
    const { runtime } = test;
    await runtime.addService({ type: 'NullSink', id: 'service' });
    const removal: GraphCommand = { kind: 'remove_processor', id: 'service' };
    await assert.rejects(runtime.applyGraph({ commands: [tone, removal] }), {
      code: 'SERVICE_PROCESSOR',
      path: 'commands[1].processor_id',
    });
    const target = { processors: [{ type: 'NullSink', id: 'service' }], links: [] };
    await assert.rejects(runtime.applyGraph({ target }), {
      code: 'ID_TAKEN',
      path: 'target.processors[0].processor_id',
    });
  });

  it('finds that there are not enough lanes, in a dry run as well, and takes none', async () => {
    await using test = await TestRuntime.create({ maxLanes: 2 });
    const { runtime } = test;
    const lonely = (id: string): GraphCommand => ({
      kind: 'add_processor',
      type: 'NullSink',
      id,
      placement: { lane: 'dedicated' },
    });
    const refused = { code: 'LANES', path: 'commands[2].placement.lane' };
    const commands = ['one', 'two', 'three'].map(lonely);
    await assert.rejects(runtime.applyGraph({ commands, dryRun: true }), refused);
    await assert.rejects(runtime.applyGraph({ commands }), refused);
    await runtime.applyGraph({ commands: commands.slice(0, 2), dryRun: true });
    await runtime.applyGraph({ commands: commands.slice(1) });
  });

  it('answers in a dry run what would be restarted and which links that would touch', async () => {
    await using test = await TestRuntime.create();
    const { runtime } = test;
    await runtime.applyGraph({ commands: COMMANDS });
    const commands: GraphCommand[] = [
      { kind: 'update_processor', id: 'meter', placement: { lane: 'elsewhere' } },
    ];
    const idle = await runtime.applyGraph({ commands, dryRun: true });
    assert.deepEqual([linesOf(idle), idle.impacts], [['updated meter'], []]);
    await runtime.start();
    const before = test.events.length;
    const expected = await runtime.applyGraph({ commands, dryRun: true }, EFFECTIVE);
    assert.deepEqual(linesOf(expected), ['updated meter', 'restarted meter']);
    assert.deepEqual(
      expected.changes.map(({ reason }) => reason),
      ['placement', 'placement'],
    );
    assert.deepEqual([expected.revision, expected.unchanged], [1n, false]);
    assert.deepEqual(
      expected.impacts.map(({ linkId }) => linkId),
      ['wire'],
    );
    const told = test.events.slice(before).map(({ payload }) => payload.case);
    assert.ok(!told.includes('graphDidChange') && !told.includes('processorConfigUpdated'), told.join());
    const made = await runtime.applyGraph({ commands }, EFFECTIVE);
    assert.deepEqual([linesOf(made), made.impacts.length], [linesOf(expected), 1]);
  });
});

describe('any sequence of transactions on a running graph', function () {
  this.timeout(120_000);
  let types: ProcessorRegistry;

  before(async () => {
    types = await ProcessorRegistry.load(TEST_REGISTRIES);
  });

  it('does what its dry run said, and what the pure graph does', async () => {
    let restarts = 0;
    let targets = 0;
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 1_000_000 }), async (seed) => {
        // A lane that is slow on a busy machine is not to be ended: what that takes along nobody can foresee.
        await using test = await TestRuntime.create({ unresponsiveMs: 20_000 });
        const { runtime } = test;
        const random = new SeededRandom(seed);
        const edits = new RandomEdits(GRAPH, random);
        let graph = emptyGraph();
        await runtime.start();

        for (let turn = 0; turn < 25; turn++) {
          const commands = Array.from({ length: random.between(1, 6) }, () => commandOf(edits.next()));
          const target = await runtime.getGraph();
          const expected = await runtime.applyGraph({ commands, dryRun: true });
          assert.deepEqual(await runtime.getGraph(), target, 'a dry run changed the graph');
          const made = await runtime.applyGraph({ commands }, EFFECTIVE);
          graph = applyTo(graph, commands, types);
          await assertAgrees(runtime, graph);
          assertForeseen(expected, made);
          restarts += restartsOf(made).length;

          // Back to where it was, and here again, as targets.
          const here = await runtime.getGraph();
          const way = turn % 5 === 4 ? [target, here] : [];
          for (const wanted of way) {
            const value = { target: { graph: wanted } };
            const dry = await runtime.execute({ case: 'applyGraph', value: { ...value, dryRun: true } });
            assertForeseen(dry, await runtime.execute({ case: 'applyGraph', value }, EFFECTIVE));
            const { processors, links } = await runtime.getGraph();
            assert.deepEqual({ processors, links }, { processors: wanted.processors, links: wanted.links });
            const again = await runtime.execute({ case: 'applyGraph', value }, EFFECTIVE);
            assert.deepEqual([again.unchanged, new Set(kindsOf(again))], [true, keptOnly(wanted)]);
            targets++;
          }
        }
      }),
      { numRuns: 4 },
    );
    assert.ok(restarts > 20, `only ${restarts} restarts were foreseen`);
    assert.ok(targets >= 40, `only ${targets} targets were reached`);
  });
});

const kindsOf = (outcome: Outcome) => linesOf(outcome).map((line) => line.split(' ')[0]);
const keptOnly = ({ processors }: { processors: readonly unknown[] }) =>
  new Set(processors.length > 0 ? ['kept'] : []);

/** What was made was expected: the same edits, no other restarts, no other links. */
function assertForeseen(expected: Outcome, made: Outcome): void {
  assert.equal(expected.unchanged, made.unchanged);
  assert.deepEqual(editsOf(expected), editsOf(made));
  const foreseen = new Set(restartsOf(expected));
  assert.deepEqual(
    restartsOf(made).filter((line) => !foreseen.has(line)),
    [],
    'restarts that were not foreseen',
  );
  const links = new Set(expected.impacts.map(({ linkId }) => linkId));
  assert.deepEqual(
    made.impacts.map(({ linkId }) => linkId).filter((id) => !links.has(id)),
    [],
    'impacts that were not foreseen',
  );
}

async function assertAgrees(runtime: RuntimeOperations, graph: Graph): Promise<void> {
  const { processors, links } = await runtime.getGraph();
  const wanted = {
    processors: [...graph.processors.values()].map((spec) => processorSpecMessage(spec, spec.config)),
    links: [...graph.links.values()].map(linkSpecMessage),
  };
  assert.deepEqual({ processors, links }, wanted);
}

function applyTo(graph: Graph, commands: readonly GraphCommand[], types: ProcessorRegistry): Graph {
  const edits = commands.map((command) => {
    const init: MessageInitShape<typeof GraphEditSchema> = editMessageOf(command);
    const { edit } = create(GraphEditSchema, init);
    assert.ok(edit.case !== undefined);
    return editFromCommand(edit, USER);
  });
  return apply(graph, edits, { owner: USER, types }).graph;
}

/** The same edit as a member of a transaction. */
function commandOf(edit: RunningEdit): GraphCommand {
  switch (edit.kind) {
    case 'add': {
      const { processorId: id, type, config, placement } = edit;
      return { kind: 'add_processor', id, type, config, placement };
    }
    case 'remove':
      return { kind: 'remove_processor', id: edit.processorId };
    case 'replace':
      return { kind: 'replace_processor', id: edit.processorId, type: edit.type, config: edit.config };
    case 'configure':
      return { kind: 'update_processor', id: edit.processorId, config: edit.config };
    case 'move':
      return { kind: 'update_processor', id: edit.processorId, placement: edit.placement };
    case 'pause':
      return { kind: 'pause_processor', id: edit.processorId };
    case 'resume':
      return { kind: 'resume_processor', id: edit.processorId };
    case 'restart':
      throw new TypeError('a restart is no edit');
    case 'connect': {
      const { linkId: id, from, to, delivery, capacityFrames } = edit;
      return {
        kind: 'connect',
        id,
        from: outputPort(...from),
        to: inputPort(...to),
        delivery,
        capacityFrames,
      };
    }
    case 'disconnect':
      return { kind: 'disconnect', id: edit.linkId };
    case 'reshape':
      return { kind: 'update_link', id: edit.linkId, ...edit.change };
  }
}
