import assert from 'node:assert/strict';
import { openSync } from 'node:fs';
import { devNull } from 'node:os';
import type { Checkpoint } from '../../server/runtime/checkpoint.ts';
import { CheckpointStore } from '../../server/runtime/commit/checkpoint-store.ts';
import { inputPort, outputPort, type ProcessorId, parseProcessorId } from '../../server/runtime/ids.ts';
import type { JsonObject } from '../../server/runtime/json.ts';
import { createLog } from '../../server/runtime/logging.ts';
import { numberOf, PROCESSOR_STATES, RESTART_STRATEGIES, wordOf } from '../../server/runtime/vocabulary.ts';
import { eventually } from '../support/eventually.ts';
import { assertAddsUp } from '../support/link-sums.ts';
import { soxSamples } from '../support/sox.ts';
import { useTemporaryFolder } from '../support/temporary-folder.ts';
import { TestRuntime } from '../support/test-runtime.ts';

const EFFECTIVE = { wait: 'effective' } as const;
const OFTEN = { checkpointIntervalMs: 20 } as const;
const LOSSLESS = { delivery: 'lossless' } as const;
const TALLY = parseProcessorId('tally');

/** A source, a tally and a sink in a lane each, which hand frames on without a loss. */
async function addChain({ runtime }: TestRuntime, count: number, config: JsonObject = {}): Promise<void> {
  await runtime.addProcessor({ type: 'Emit', id: 'source', config: { count }, placement: { lane: 'one' } });
  await runtime.addProcessor({ type: 'Tally', id: 'tally', config, placement: { lane: 'two' } });
  await runtime.addProcessor({ type: 'Collect', id: 'sink', placement: { lane: 'three' } });
  await runtime.connect(outputPort('source', 'data'), inputPort('tally', 'data_in'), {
    id: 'in',
    ...LOSSLESS,
  });
  await runtime.connect(outputPort('tally', 'data_out'), inputPort('sink', 'data'), {
    id: 'out',
    ...LOSSLESS,
  });
}

const published = (test: TestRuntime, name: string): number[] =>
  test.payloads('custom').flatMap((event) => (event.name === name ? [Number(event.data?.count)] : []));

const delivered = async ({ runtime }: TestRuntime, id: string) =>
  Number((await runtime.getLink(id)).counters?.delivered);

async function flows(test: TestRuntime, id: string): Promise<void> {
  const before = await delivered(test, id);
  await eventually(async () => (await delivered(test, id)) > before + 20, `${id} flows`);
}

const replace = (test: TestRuntime, processorType: string) =>
  test.runtime.execute(
    { case: 'replaceProcessor', value: { processorId: 'tally', processorType, config: {} } },
    EFFECTIVE,
  );

const RESTARTS: readonly { name: string; restart: (test: TestRuntime) => Promise<unknown> }[] = [
  {
    name: 'a restart that was asked for',
    restart: ({ runtime }) => runtime.restartProcessor('tally', EFFECTIVE),
  },
  {
    name: 'a config that it does not take live',
    restart: ({ runtime }) => runtime.updateProcessor('tally', { config: { busy_us: 1 } }, EFFECTIVE),
  },
  {
    name: 'a move to another lane',
    restart: ({ runtime }) =>
      runtime.execute(
        { case: 'updateProcessor', value: { processorId: 'tally', placement: { lane: 'four' } } },
        EFFECTIVE,
      ),
  },
  { name: 'a replacement by another type', restart: (test) => replace(test, 'TallyAgain') },
  {
    name: 'a stop and start of the runtime',
    restart: async ({ runtime }) => {
      await runtime.stop();
      await runtime.start();
    },
  },
];

describe('the state of a processor in the runtime', () => {
  for (const { name, restart } of RESTARTS) {
    it(`goes on over ${name}, with exactly what was counted`, async () => {
      await using test = await TestRuntime.create();
      await addChain(test, 1_000_000_000);
      await test.runtime.start();
      await flows(test, 'out');
      await restart(test);
      await eventually(() => published(test, 'restored').length === 1, 'it is restored');
      const [counted] = published(test, 'counted');
      assert.ok((counted as number) > 20);
      assert.deepEqual(published(test, 'restored'), [counted]);
      await flows(test, 'out');
      await test.runtime.stop();
      for (const id of ['in', 'out']) assertAddsUp(await test.runtime.getLink(id));
    });
  }

  it('goes to a replacement while what is before and behind it runs on, and counts what waited between', async () => {
    await using test = await TestRuntime.create();
    const { runtime } = test;
    const frames = 10_000;
    await addChain(test, frames);
    await runtime.start();
    await flows(test, 'out');
    await replace(test, 'TallyAgain');
    await flows(test, 'out');
    await replace(test, 'Tally');
    await test.until('sink', 'stopped');
    await eventually(() => published(test, 'counted').length === 3, 'all are torn down');
    const [into, out] = [await runtime.getLink('in'), await runtime.getLink('out')];
    assert.equal(into.counters?.produced, BigInt(frames));
    assert.equal(published(test, 'counted').at(-1), Number(into.counters?.delivered));
    assert.equal(out.counters?.produced, into.counters?.delivered);
    for (const link of [into, out]) assertAddsUp(link);
    const statesOf = (id: string) =>
      test
        .payloads('processorStateChanged')
        .filter(({ processorId }) => processorId === id)
        .map(({ toState }) => wordOf(PROCESSOR_STATES, toState));
    for (const id of ['source', 'sink']) {
      assert.deepEqual(statesOf(id), ['starting', 'running', 'stopping', 'stopped']);
      assert.equal((await runtime.getProcessor(id)).metrics?.restarts, 0n);
    }
  });

  it('is the last regular one after the loss of its lane', async () => {
    await using test = await TestRuntime.create(OFTEN);
    const { runtime } = test;
    await addChain(test, 1_000_000_000, { at: 3_000, happens: 'exit' });
    await runtime.start();
    await test.until('tally', 'failed');
    await runtime.restartProcessor('tally', EFFECTIVE);
    await eventually(() => published(test, 'restored').length === 1, 'it is restored');
    const [restored] = published(test, 'restored');
    assert.ok((restored as number) > 0 && (restored as number) < 3_000, `was ${restored}`);
  });

  it('is the last regular one after the watchdog ended its lane', async () => {
    await using test = await TestRuntime.create(OFTEN);
    const { runtime } = test;
    await addChain(test, 1_000_000_000, { at: 3_000, happens: 'hang' });
    const restart = { strategy: numberOf(RESTART_STRATEGIES, 'immediate') };
    const supervision = { watchdogMs: 100, restart };
    await runtime.execute({ case: 'updateProcessor', value: { processorId: 'tally', supervision } });
    await runtime.start();
    await eventually(() => published(test, 'restored').length >= 1, 'it is restored');
    const [restored] = published(test, 'restored');
    assert.ok((restored as number) > 0 && (restored as number) < 3_000, `was ${restored}`);
  });

  it('goes with a processor that a replan moves', async () => {
    await using test = await TestRuntime.create({ loadIntervalMs: 100 });
    const { runtime } = test;
    await runtime.addProcessor({ type: 'Emit', id: 'source' });
    const chain = ['a', 'b', 'c'];
    for (const id of chain) await runtime.addProcessor({ type: 'Tally', id, config: { busy_us: 30 } });
    await runtime.addProcessor({ type: 'NullSink', id: 'sink' });
    await runtime.connect(outputPort('source', 'data'), inputPort('a', 'data_in'), LOSSLESS);
    await runtime.connect(outputPort('a', 'data_out'), inputPort('b', 'data_in'), LOSSLESS);
    await runtime.connect(outputPort('b', 'data_out'), inputPort('c', 'data_in'), LOSSLESS);
    await runtime.connect(outputPort('c', 'data_out'), inputPort('sink', 'data'), LOSSLESS);
    await runtime.start();
    const movesOf = async () =>
      (await runtime.getPlan()).moves.filter(({ processorId }) => chain.includes(processorId));
    await eventually(async () => (await movesOf()).length > 0, 'moves of tallies are proposed');
    const { moves } = await runtime.replan({}, EFFECTIVE);
    const moved = moves.filter(({ processorId }) => chain.includes(processorId)).length;
    await eventually(() => published(test, 'restored').length === moved, 'they are restored');
    assert.deepEqual(published(test, 'restored').sort(), published(test, 'counted').sort());
    assert.ok(moved > 0 && published(test, 'restored').every((count) => count > 0));
  });

  it('ends with a processor that has ended, which begins anew', async () => {
    const checkpoints = new CheckpointStore();
    await using test = await TestRuntime.create({ ...OFTEN, checkpoints });
    await addChain(test, 1_000);
    await test.runtime.start();
    await eventually(() => checkpoints.get(TALLY) !== undefined, 'it has a state');
    await test.until('sink', 'stopped');
    await eventually(() => checkpoints.get(TALLY) === undefined, 'it has none any more');
    await test.runtime.stop();
    await test.runtime.start();
    await eventually(() => published(test, 'counted').length === 2, 'it has run again');
    assert.deepEqual(published(test, 'restored'), []);
  });

  it('ends with a processor that is removed: one of the same id begins anew', async () => {
    const checkpoints = new CheckpointStore();
    await using test = await TestRuntime.create({ ...OFTEN, checkpoints });
    const { runtime } = test;
    await addChain(test, 1_000_000_000);
    await runtime.start();
    await eventually(() => checkpoints.get(TALLY) !== undefined, 'it has a state');
    await runtime.removeProcessor('tally', EFFECTIVE);
    assert.equal(checkpoints.get(TALLY), undefined);
    await runtime.addProcessor({ type: 'Tally', id: 'tally' }, EFFECTIVE);
    await eventually(() => checkpoints.get(TALLY)?.stateJson === '{"count":0}', 'it begins at 0');
    assert.deepEqual(published(test, 'restored'), []);
  });

  it('goes on with what the store has from before, and is kept when it is asked for and when the runtime closes', async () => {
    const saved = new Map<ProcessorId, Checkpoint | undefined>();
    const keeper = {
      save: async (changes: ReadonlyMap<ProcessorId, Checkpoint | undefined>) => {
        for (const [id, checkpoint] of changes) saved.set(id, checkpoint);
      },
    };
    const stateOf = (count: number) => ({
      processorType: 'Tally',
      typeVersion: 3,
      stateJson: `{"count":${count}}`,
    });
    const checkpoints = new CheckpointStore(keeper, [[TALLY, stateOf(500)]]);
    let counted: number | undefined;
    {
      await using test = await TestRuntime.create({ checkpointIntervalMs: 86_400_000, checkpoints });
      const { runtime } = test;
      await addChain(test, 1_000_000_000);
      await runtime.start();
      await flows(test, 'out');
      assert.deepEqual(published(test, 'restored'), [500]);
      assert.equal(saved.size, 0);
      await runtime.takeCheckpoints();
      assert.ok(JSON.parse(saved.get(TALLY)?.stateJson ?? '{}').count > 500);
      await runtime.stop();
      [counted] = published(test, 'counted');
      await runtime.start();
      await flows(test, 'out');
    }
    assert.ok(JSON.parse(saved.get(TALLY)?.stateJson ?? '{}').count > (counted as number));
  });

  it('that cannot be used is told as an event', async () => {
    const log = createLog({ '': 'error' }, openSync(devNull, 'w'));
    await using test = await TestRuntime.create({ ...OFTEN, log });
    await addChain(test, 1_000_000_000, { gives: 'large' });
    await test.runtime.start();
    await eventually(() => test.payloads('logged').length > 0, 'the event');
    const [event] = test.payloads('logged');
    assert.equal(event?.processorId, 'tally');
    assert.match(event?.message ?? '', /^no state is kept, since checkpoint failed: .* at most 65536 bytes/);
    await flows(test, 'out');
  });

  it('makes the sum of the example go on', async () => {
    await using test = await TestRuntime.create();
    const { runtime } = test;
    await runtime.addProcessor({ type: 'Emit', id: 'source' });
    await runtime.addProcessor({ type: 'Odometer', id: 'sum', config: { channel: 'value' } });
    await runtime.addProcessor({ type: 'Collect', id: 'sink', config: { each: true } });
    await runtime.connect(outputPort('source', 'data'), inputPort('sum', 'data_in'), LOSSLESS);
    await runtime.connect(outputPort('sum', 'data_out'), inputPort('sink', 'data'), {
      id: 'out',
      ...LOSSLESS,
    });
    await runtime.start();
    await flows(test, 'out');
    await runtime.restartProcessor('sum', EFFECTIVE);
    await flows(test, 'out');
    await runtime.stop();
    const sums = test.payloads('custom').flatMap(({ name, data }) => (name === 'value' ? [data?.value] : []));
    assert.ok(sums.length > 40);
    assert.deepEqual(
      sums,
      sums.map((_, i) => (i * (i + 1)) / 2),
    );
  });

  for (const checkpointIntervalMs of [0, 9, 10.5, 86_400_001]) {
    it(`refuses an interval of ${checkpointIntervalMs} ms`, async () => {
      await assert.rejects(TestRuntime.create({ checkpointIntervalMs }), {
        code: 'FIELD_INVALID',
        path: 'checkpointIntervalMs',
        message: `checkpointIntervalMs must be an integer from 10 to 86400000, was ${checkpointIntervalMs}`,
      });
    });
  }
});

describe('a recording of a tone', () => {
  const folder = useTemporaryFolder();

  it('has no gap and no jump where generator and sink were restarted and the runtime was stopped', async () => {
    await using test = await TestRuntime.create();
    const { runtime } = test;
    const path = folder('tone.wav');
    const tone = { frequency_hz: 440, amplitude: 0.5 };
    await runtime.addProcessor({
      type: 'SineGenerator',
      id: 'tone',
      config: tone,
      placement: { lane: 'one' },
    });
    await runtime.addProcessor({
      type: 'WavFileSink',
      id: 'sink',
      config: { path, format: 'float32' },
      placement: { lane: 'two' },
    });
    await runtime.connect(outputPort('tone', 'audio'), inputPort('sink', 'audio'), { id: 'link' });
    await runtime.start();
    await flows(test, 'link');
    await runtime.restartProcessor('sink', EFFECTIVE);
    await flows(test, 'link');
    await runtime.updateProcessor('tone', { config: { block_frames: 333 } }, EFFECTIVE);
    await flows(test, 'link');
    await runtime.stop();
    await runtime.start();
    await flows(test, 'link');
    await runtime.stop();

    const samples = soxSamples(path);
    const worst = samples.reduce((most, value, i) => {
      const want = 0.5 * Math.sin((2 * Math.PI * 440 * i) / 48_000);
      return Math.max(most, Math.abs(value - want));
    }, 0);
    assert.ok(samples.length > 60 * 333 && worst < 1e-4, `${samples.length} samples, off by ${worst}`);
  });
});
