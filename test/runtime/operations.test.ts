import assert from 'node:assert/strict';
import { inputPort, outputPort } from '../../server/runtime/ids.ts';
import type { GraphCommand, RuntimeOperations } from '../../server/runtime/operations.ts';
import { PROCESSOR_STATES, RUNTIME_STATUSES, TRANSPORTS, wordOf } from '../../server/runtime/vocabulary.ts';
import { eventually } from '../support/eventually.ts';
import { relayedOperations, resetRelay } from '../support/relay.ts';
import { TestRuntime } from '../support/test-runtime.ts';

const status = async (operations: RuntimeOperations) =>
  wordOf(RUNTIME_STATUSES, (await operations.getState()).status);
const link = (from: string, to: string) => [outputPort(from, 'audio'), inputPort(to, 'audio')] as const;

for (const implementation of ['StreamRuntime', 'RuntimeProxy'] as const) {
  describe(`RuntimeOperations of ${implementation}`, () => {
    let test: TestRuntime;
    let operations: RuntimeOperations;

    beforeEach(async () => {
      test = await TestRuntime.create();
      resetRelay();
      if (implementation === 'RuntimeProxy') await test.runtime.addService({ type: 'Relay', id: 'relay' });
      operations = implementation === 'RuntimeProxy' ? relayedOperations() : test.runtime;
    });

    afterEach(async () => {
      await test[Symbol.asyncDispose]();
    });

    it('adds, reads, updates and removes a processor before the start', async () => {
      const added = await operations.addProcessor({ type: 'SineGenerator', config: { frequency_hz: 220 } });
      assert.match(added.processorId, /^sine-generator-[a-z0-9]{6}$/);
      assert.equal(added.revision, 1n);
      assert.equal(added.effective, false);
      assert.equal(wordOf(PROCESSOR_STATES, added.processor.state), 'pending');
      assert.equal(added.processor.effectiveConfig?.frequency_hz, 220);
      assert.equal(added.processor.effectiveConfig?.amplitude, 0.5);
      assert.deepEqual(added.processor.config, { frequency_hz: 220 });

      const updated = await operations.updateProcessor(added.processorId, {
        config: { frequency_hz: null, amplitude: 0.1 },
      });
      assert.deepEqual(updated.processor.config, { amplitude: 0.1 });
      assert.equal(updated.processor.effectiveConfig?.frequency_hz, 440);
      assert.equal(updated.revision, 2n);

      const same = await operations.updateProcessor(added.processorId, { config: { amplitude: 0.1 } });
      assert.deepEqual([same.revision, same.unchanged], [2n, true]);

      await operations.removeProcessor(added.processorId);
      await assert.rejects(operations.getProcessor(added.processorId), { code: 'PROCESSOR_NOT_FOUND' });
    });

    it('runs, rewires, pauses, stops and starts again', async () => {
      await operations.addProcessor({ type: 'SineGenerator', id: 'tone' });
      await operations.addProcessor({ type: 'LevelMeter', id: 'meter' });
      assert.equal(await status(operations), 'initial');
      for (let round = 1; round <= 3; round++) {
        assert.equal(wordOf(RUNTIME_STATUSES, (await operations.start()).status), 'running');
        const { linkId } = await operations.connect(...link('tone', 'meter'), {}, { wait: 'effective' });
        await eventually(
          async () => Number((await operations.getLink(linkId)).counters?.delivered) > 2,
          `frames arrive in round ${round}`,
        );
        await operations.pause();
        assert.equal(await status(operations), 'paused');
        assert.equal(await test.stateOf('tone'), 'paused');
        await operations.resume();
        const gone = await operations.disconnect(linkId, { wait: 'effective' });
        assert.equal(gone.effective, true);
        assert.deepEqual(
          gone.impacts.map((impact) => impact.linkId),
          [linkId],
        );
        await operations.stop();
        assert.equal(await status(operations), 'stopped');
        assert.equal(await test.stateOf('tone'), 'stopped');
      }
    });

    it('keeps edits that are made before the start, while paused and while stopped', async () => {
      await operations.addProcessor({ type: 'SineGenerator', id: 'tone' });
      await operations.start();
      await operations.pause();
      await operations.addProcessor({ type: 'LevelMeter', id: 'meter' }, { wait: 'effective' });
      await operations.connect(...link('tone', 'meter'), { id: 'sound' }, { wait: 'effective' });
      assert.equal(await test.stateOf('meter'), 'paused');
      await operations.resume();
      await eventually(
        async () => Number((await operations.getLink('sound')).counters?.delivered) > 0,
        'frames arrive',
      );
      await operations.stop();
      await operations.removeProcessor('meter');
      await operations.addProcessor({ type: 'LevelMeter', id: 'meter-2' });
      await operations.connect(...link('tone', 'meter-2'), { id: 'sound-2' });
      await operations.start();
      await eventually(
        async () => Number((await operations.getLink('sound-2')).counters?.delivered) > 0,
        'frames arrive',
      );
      assert.deepEqual(
        (await operations.listProcessors())
          .map(({ processorId }) => processorId)
          .filter((id) => id !== 'relay'),
        ['meter-2', 'tone'],
      );
    });

    it('answers with the error of the graph, naming field and value, and changes nothing', async () => {
      await operations.addProcessor({ type: 'SineGenerator', id: 'tone' });
      const before = await operations.getGraph();
      const refusals: [() => Promise<unknown>, { code: string; path: string; message: RegExp }][] = [
        [
          () => operations.addProcessor({ type: 'SinGenerator' }),
          {
            code: 'PROCESSOR_TYPE_UNKNOWN',
            path: 'processor_type',
            message: /"SinGenerator".*SineGenerator/,
          },
        ],
        [
          () => operations.addProcessor({ type: 'SineGenerator', id: 'tone' }),
          { code: 'ID_TAKEN', path: 'processor_id', message: /tone/ },
        ],
        [
          () => operations.addProcessor({ type: 'SineGenerator', id: 'a b' }),
          { code: 'ID_INVALID', path: 'processor_id', message: /"a b"/ },
        ],
        [
          () => operations.updateProcessor('tone', { config: { amplitude: 'loud' } }),
          { code: 'CONFIG_INVALID', path: 'config.amplitude', message: /"loud"/ },
        ],
        [
          () => operations.updateProcessor('tone', { config: { colour: 1 } }),
          { code: 'FIELD_UNKNOWN', path: 'config.colour', message: /colour/ },
        ],
        [
          () => operations.removeProcessor('nobody'),
          { code: 'PROCESSOR_NOT_FOUND', path: 'processor_id', message: /nobody/ },
        ],
        [
          () => operations.disconnect('nothing'),
          { code: 'LINK_NOT_FOUND', path: 'link_id', message: /nothing/ },
        ],
        [
          () => operations.pauseProcessor('tone', { expectedRevision: 7n }),
          { code: 'REVISION_MISMATCH', path: 'expected_revision', message: /7/ },
        ],
        [
          () => operations.connect(...link('tone', 'nobody')),
          { code: 'PROCESSOR_NOT_FOUND', path: 'to_processor', message: /nobody/ },
        ],
        [() => operations.pause(), { code: 'NOT_RUNNING', path: '', message: /initial/ }],
        [
          () => operations.restartProcessor('tone', { wait: 'effective' }),
          { code: 'NOT_RUNNING', path: '', message: /initial/ },
        ],
      ];
      for (const [refusal, want] of refusals) await assert.rejects(refusal(), want);
      assert.deepEqual((await operations.getGraph()).processors, before.processors);
      assert.equal((await operations.getState()).revision, 1n);
    });

    it('refuses a pause and a resume at once where nothing will run, also for who does not wait', async () => {
      const accepted = { wait: 'accepted' } as const;
      const refused = async () => {
        await assert.rejects(operations.pause(accepted), { code: 'NOT_RUNNING' });
        await assert.rejects(operations.resume(accepted), { code: 'NOT_RUNNING' });
      };
      await refused();
      const started = operations.start(accepted);
      const paused = operations.pause(accepted);
      await Promise.all([started, paused]);
      await operations.pause();
      const stopped = operations.stop(accepted);
      const late = refused();
      await Promise.all([stopped, late]);
      await operations.stop();
      await refused();
    });

    it('refuses a restart at once while nothing runs, and a rollback where there is no revision', async () => {
      await operations.addProcessor({ type: 'NullSink', id: 'sink' });
      await assert.rejects(operations.restartProcessor('sink'), { code: 'NOT_RUNNING' });
      const rollback = { onFailure: 'rollback' } as const;
      const refused = { code: 'FIELD_INVALID', path: 'on_failure' };
      await assert.rejects(operations.start(rollback), refused);
      await assert.rejects(operations.replan({}, rollback), refused);
      await assert.rejects(operations.restartProcessor('sink', rollback), refused);
      await operations.start();
      const outdated = { expectedRevision: 9n };
      await assert.rejects(operations.restartProcessor('sink', outdated), { code: 'REVISION_MISMATCH' });
    });

    it('does a repeated request once', async () => {
      const options = { requestId: 'r-1' };
      const first = await operations.addProcessor({ type: 'NullSink' }, options);
      const second = await operations.addProcessor({ type: 'NullSink' }, options);
      assert.deepEqual([second.processorId, second.revision], [first.processorId, first.revision]);
      await assert.rejects(operations.addProcessor({ type: 'Gain' }, options), {
        code: 'REQUEST_ID_REUSED',
        path: 'request_id',
        message: /r-1/,
      });
      assert.equal((await operations.getGraph()).processors.length, 1);
    });

    it('does not execute a command whose deadline has passed', async () => {
      const late = operations.addProcessor({ type: 'NullSink', id: 'late' }, { deadlineMs: 1 });
      await assert.rejects(late, { code: 'DEADLINE_EXCEEDED' });
      assert.equal((await operations.getGraph()).processors.length, 0);
    });

    it('tells where everything runs and why, and moves nothing where nothing is to be gained', async () => {
      await operations.addProcessor({ type: 'SineGenerator', id: 'tone' });
      await assert.rejects(operations.replan(), { code: 'NOT_RUNNING' });
      await operations.start();
      const places = (await operations.getPlan()).lanes.flatMap(({ processors }) => processors);
      assert.ok(places.some(({ processorId, reason }) => processorId === 'tone' && reason !== ''));
      const options = { wait: 'effective', requestId: 'once' } as const;
      const replan = await operations.replan({}, options);
      assert.deepEqual([replan.moves, replan.unchanged, replan.revision], [[], true, 1n]);
      assert.deepEqual(await operations.replan({}, options), replan);
      await assert.rejects(operations.replan({ dryRun: true }, options), { code: 'REQUEST_ID_REUSED' });
    });

    it('applies many edits and targets as one, and tries them before', async () => {
      const commands: GraphCommand[] = [
        { kind: 'add_processor', type: 'SineGenerator', id: 'tone', labels: { a: 'b' } },
        { kind: 'add_processor', type: 'LevelMeter', id: 'meter', placement: { lane: 'other' } },
        { kind: 'connect', from: link('tone', 'meter')[0], to: link('tone', 'meter')[1], id: 'wire' },
        { kind: 'pause_processor', id: 'tone' },
      ];
      const dry = await operations.applyGraph({ commands, dryRun: true });
      assert.deepEqual([dry.revision, dry.changes.length], [0n, 3]);
      const made = await operations.applyGraph({ commands });
      assert.deepEqual([made.revision, made.changes], [1n, dry.changes]);
      const processors = [{ type: 'SineGenerator', id: 'tone', labels: { a: 'b' }, paused: true }];
      const pruned = await operations.applyGraph({ target: { processors, links: [] } });
      assert.deepEqual([pruned.revision, pruned.changes.length], [2n, 3]);
      const refused = operations.applyGraph({ commands: [{ kind: 'disconnect', id: 'wire' }] });
      await assert.rejects(refused, { code: 'LINK_NOT_FOUND', path: 'commands[0].link_id' });
    });

    it('shows how a link crosses lanes', async () => {
      await operations.addProcessor({ type: 'SineGenerator', id: 'tone' });
      await operations.addProcessor({ type: 'LevelMeter', id: 'near' });
      await operations.addProcessor({ type: 'LevelMeter', id: 'far', placement: { lane: 'dedicated' } });
      await operations.connect(...link('tone', 'near'), { id: 'short' });
      await operations.connect(...link('tone', 'far'), { id: 'long' });
      await operations.start();
      assert.equal(wordOf(TRANSPORTS, (await operations.getLink('short')).transport), 'direct');
      assert.equal(wordOf(TRANSPORTS, (await operations.getLink('long')).transport), 'ring');
    });
  });
}
