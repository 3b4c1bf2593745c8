import assert from 'node:assert/strict';
import type { PipelineCommand, PipelineResult } from '../../../gen/ts/streamlib/v1/pipeline_pb.ts';
import { inputPort, outputPort } from '../../../server/runtime/ids.ts';
import type { ProcessorRequest } from '../../../server/runtime/operations.ts';
import type { StreamRuntimeOptions } from '../../../server/runtime/stream-runtime-options.ts';
import { CIRCUIT_STATES, PROCESSOR_STATES, wordOf } from '../../../server/runtime/vocabulary.ts';
import { eventually } from '../../support/eventually.ts';
import { FAILING_REGISTRY } from '../../support/failing-processors.ts';
import { assertAddsUp } from '../../support/link-sums.ts';
import { TEST_REGISTRIES, TestRuntime } from '../../support/test-runtime.ts';

type Command = PipelineCommand['command'];
type ResultFor<C extends Command['case']> = Extract<PipelineResult['result'], { case: C }>['value'];

describe('the supervision of processors', () => {
  let test: TestRuntime;

  const begin = async (options: StreamRuntimeOptions = {}): Promise<void> => {
    test = await TestRuntime.create({ registries: [...TEST_REGISTRIES, FAILING_REGISTRY], ...options });
  };

  afterEach(async () => {
    await test[Symbol.asyncDispose]();
  });

  /** Adds source → failing → sink; the source writes `count` frames over a lossless link. */
  async function addChain(request: Partial<ProcessorRequest>, count = 1_000_000): Promise<void> {
    const { runtime } = test;
    await runtime.addProcessor({ type: 'Emit', id: 'source', config: { count } });
    await runtime.addProcessor({ type: 'Failing', id: 'failing', ...request });
    await runtime.addProcessor({ type: 'Collect', id: 'sink' });
    await runtime.connect(outputPort('source', 'data'), inputPort('failing', 'data_in'), { id: 'in' });
    await runtime.connect(outputPort('failing', 'data_out'), inputPort('sink', 'data'), { id: 'out' });
  }

  const statesOf = (id: string) =>
    test
      .payloads('processorStateChanged')
      .filter(({ processorId }) => processorId === id)
      .map(({ toState, reason }) => `${wordOf(PROCESSOR_STATES, toState)} ${reason}`.trim());
  const circuitOf = (id: string) =>
    test
      .payloads('circuitBreakerChanged')
      .filter(({ processorId }) => processorId === id)
      .map(({ toState }) => wordOf(CIRCUIT_STATES, toState));
  const metricsOf = async (id: string) => (await test.runtime.getProcessor(id)).metrics;

  async function pipeline<C extends NonNullable<Command['case']>>(
    command: Extract<Parameters<typeof test.runtime.execute<'pipeline'>>[0]['value'], object>['command'] & {
      case: C;
    },
  ): Promise<ResultFor<C>> {
    const { result } = await test.runtime.execute({ case: 'pipeline', value: { command } });
    assert.equal(result.case, command.case);
    return result.value as ResultFor<C>;
  }
  const letters = async (pageSize = 0, pageToken = '') =>
    pipeline({ case: 'listDeadLetters', value: { processorId: 'failing', pageSize, pageToken } });

  describe('of dead letters', () => {
    it('keeps each frame with its error, in pages, and counts what had to go', async () => {
      await begin();
      const supervision = { errorPolicy: 'dead_letter', maxDeadLetters: 3 } as const;
      await addChain({ config: { how: 'nth', n: 2 }, supervision }, 10);
      await test.runtime.start();
      await test.until('sink', 'stopped');
      await eventually(async () => (await letters()).evicted === 2n, 'all five came');
      const { deadLetters, evicted } = await letters();
      assert.equal(evicted, 2n);
      assert.deepEqual(
        deadLetters.map(({ inputPort, attempts, error, frame }) => [
          ...[inputPort, attempts, error?.code, error?.message],
          frame?.frame.case === 'data' && Number(frame.frame.value.sequenceId),
        ]),
        [5, 7, 9].map((n) => ['data_in', 1, 'PROCESS_FAILED', `cannot process ${n}`, n]),
      );
      const first = await letters(2);
      const second = await letters(2, first.nextPageToken);
      const ids = [...first.deadLetters, ...second.deadLetters].map(({ deadLetterId }) => deadLetterId);
      assert.deepEqual(
        ids,
        deadLetters.map(({ deadLetterId }) => deadLetterId),
      );
      assert.equal(test.payloads('deadLetterAdded').at(-1)?.evicted, 2n);
      await pipeline({
        case: 'deleteDeadLetter',
        value: { processorId: 'failing', deadLetterId: ids[0] as string },
      });
      assert.equal((await letters()).deadLetters.length, 2);
      const again = { processorId: 'failing', deadLetterId: ids[0] as string };
      await assert.rejects(pipeline({ case: 'deleteDeadLetter', value: again }), {
        code: 'DEAD_LETTER_NOT_FOUND',
      });
    });

    it('gives a frame to its processor once more: what fails again is a new one, what does not is passed on', async () => {
      await begin();
      const supervision = { errorPolicy: 'dead_letter' } as const;
      await addChain({ config: { how: 'once', n: 3 }, supervision });
      await test.runtime.start();
      await eventually(async () => (await letters()).deadLetters.length === 1, 'a frame failed');
      const reinject = async () => {
        const [letter] = (await letters()).deadLetters;
        const value = { processorId: 'failing', deadLetterId: letter?.deadLetterId ?? '' };
        await pipeline({ case: 'reinjectDeadLetter', value });
        return value;
      };
      const first = await reinject();
      await eventually(async () => (await letters()).deadLetters[0]?.attempts === 2, 'it failed again');
      await assert.rejects(pipeline({ case: 'reinjectDeadLetter', value: first }), {
        code: 'DEAD_LETTER_NOT_FOUND',
      });
      await test.runtime.updateProcessor('failing', { config: { how: 'never' } }, { wait: 'effective' });
      await reinject();
      await eventually(async () => (await metricsOf('failing'))?.deadLetters === 0n, 'no letter is left');
      await test.runtime.stop();
      const metrics = await metricsOf('failing');
      const link = await test.runtime.getLink('in');
      assertAddsUp(link);
      // The frame was read three times, and came over the link once.
      assert.equal(Number(metrics?.framesIn), Number(link.counters?.delivered) + 2);
      assert.deepEqual(
        [metrics?.framesFailed, metrics?.errors, metrics?.framesOut],
        [...[2n, 2n], (metrics?.framesIn ?? 0n) - 2n],
      );
      const value = { processorId: 'failing', deadLetterId: 'none' };
      await assert.rejects(pipeline({ case: 'reinjectDeadLetter', value }), {
        code: 'DEAD_LETTER_NOT_FOUND',
      });
    });

    it('keeps every frame that a call has read', async () => {
      await begin();
      const { runtime } = test;
      const supervision = { errorPolicy: 'dead_letter' } as const;
      await runtime.addProcessor({ type: 'FailingPair', id: 'failing', config: { n: 4 }, supervision });
      for (const side of ['left', 'right']) {
        await runtime.addProcessor({ type: 'Emit', id: side, config: { count: 8 } });
        await runtime.connect(outputPort(side, 'data'), inputPort('failing', side));
      }
      await runtime.start();
      await test.until('failing', 'stopped');
      const { metrics } = await runtime.getProcessor('failing');
      await eventually(
        async () => BigInt((await letters()).deadLetters.length) === metrics?.framesFailed,
        'each is there',
      );
      const ports = (await letters()).deadLetters.map(({ inputPort }) => inputPort);
      assert.deepEqual([...new Set(ports)].sort(), ['left', 'right']);
      assert.equal(metrics?.framesIn, 16n);
    });

    it('forgets those of a processor that is removed', async () => {
      await begin();
      await addChain({ config: { how: 'always' }, supervision: { errorPolicy: 'dead_letter' } }, 3);
      await test.runtime.start();
      await eventually(async () => (await letters()).deadLetters.length === 3, 'three failed');
      await test.runtime.removeProcessor('failing', { wait: 'effective' });
      await assert.rejects(letters(), { code: 'PROCESSOR_NOT_FOUND' });
      await test.runtime.addProcessor({ type: 'Failing', id: 'failing' });
      assert.equal((await letters()).deadLetters.length, 0);
    });
  });

  it('is changed while it runs, and restarts nothing', async () => {
    await begin();
    await addChain({ config: { how: 'nth', n: 2 }, supervision: { errorPolicy: 'skip_frame' } });
    await test.runtime.start();
    await eventually(async () => Number((await metricsOf('failing'))?.errors) > 3, 'frames are skipped');
    await test.runtime.updateProcessor(
      'failing',
      { supervision: { errorPolicy: 'dead_letter' } },
      { wait: 'effective' },
    );
    await eventually(async () => Number((await metricsOf('failing'))?.deadLetters) > 3, 'frames are kept');
    assert.deepEqual(statesOf('failing'), ['starting', 'running']);
    await test.runtime.updateProcessor('failing', { supervision: { errorPolicy: 'propagate' } });
    await test.until('failing', 'failed');
    assert.equal((await metricsOf('failing'))?.restarts, 0n);
  });

  it('skips the calls of a source that throw, and calls it again', async () => {
    await begin();
    const supervision = { errorPolicy: 'dead_letter' } as const;
    await test.runtime.addProcessor({ type: 'FailingSource', id: 'failing', config: { n: 4 }, supervision });
    await test.runtime.start();
    await test.until('failing', 'stopped');
    const metrics = await metricsOf('failing');
    assert.deepEqual([metrics?.framesOut, metrics?.errors, metrics?.framesFailed], [4n, 8n, 0n]);
    assert.equal((await letters()).deadLetters.length, 0);
  });

  it('opens a circuit breaker, holds what comes, probes with one frame, and closes it', async () => {
    await begin();
    const restart = { strategy: 'circuit_breaker', failureThreshold: 3, halfOpenAfterMs: 40 } as const;
    await addChain({
      config: { how: 'rest', n: 5 },
      supervision: { errorPolicy: 'skip_frame', restart },
    });
    await test.runtime.start();
    await eventually(() => circuitOf('failing').length >= 5, 'it opens, and probes in vain, twice');
    assert.deepEqual(circuitOf('failing').slice(0, 5), ['open', 'half_open', 'open', 'half_open', 'open']);
    const { state, error, restartStatus, metrics } = await test.runtime.getProcessor('failing');
    assert.equal(wordOf(PROCESSOR_STATES, state), 'open');
    assert.match(error?.message ?? '', /cannot process/);
    assert.ok(restartStatus?.nextAttemptTime !== undefined);
    const probes = circuitOf('failing').filter((word) => word === 'half_open').length;
    assert.ok(Number(metrics?.errors) - 3 <= probes, `${metrics?.errors} errors by ${probes} probes`);
    assert.equal((await test.runtime.getLink('in')).counters?.dropped?.failed, 0n);
    await test.runtime.updateProcessor('failing', { config: { how: 'never' } }, { wait: 'effective' });
    await test.until('failing', 'running');
    const before = Number((await metricsOf('failing'))?.framesOut);
    await eventually(async () => Number((await metricsOf('failing'))?.framesOut) > before, 'frames flow');
    await test.runtime.stop();
    for (const link of await test.runtime.listLinks()) assertAddsUp(link);
  });

  it('counts what does not fit while it waits as failed, on links that may lose frames', async () => {
    await begin();
    const restart = { strategy: 'circuit_breaker', failureThreshold: 1, halfOpenAfterMs: 600_000 } as const;
    await addChain({ config: { how: 'always' }, supervision: { restart } });
    await test.runtime.updateLink('in', { delivery: 'every', capacityFrames: 4 });
    await test.runtime.start();
    await test.until('failing', 'open');
    await eventually(
      async () => Number((await test.runtime.getLink('in')).counters?.dropped?.failed) > 10,
      'frames are dropped',
    );
    const { counters } = await test.runtime.getLink('in');
    assert.deepEqual([counters?.queued, counters?.dropped?.full], [4n, 0n]);
    await test.runtime.stop();
    assertAddsUp(await test.runtime.getLink('in'));
  });

  it('probes a processor that propagates with a new instance', async () => {
    await begin();
    const restart = { strategy: 'circuit_breaker', failureThreshold: 1, halfOpenAfterMs: 5 } as const;
    await addChain({ config: { how: 'once', n: 2 }, supervision: { restart } });
    await test.runtime.start();
    await eventually(() => circuitOf('failing').length === 3, 'it opens, probes and closes');
    assert.deepEqual(circuitOf('failing'), ['open', 'half_open', 'closed']);
    assert.deepEqual(statesOf('failing').slice(0, 6), [
      ...['starting', 'running', 'failed', 'open', 'starting probe', 'running'],
    ]);
    await eventually(
      async () => (await test.runtime.getProcessor('failing')).restartStatus?.attempts === 0,
      'its failures are forgotten',
    );
  });

  describe('of a processor in backoff', () => {
    const slowly = { strategy: 'exponential', baseMs: 600_000, maxMs: 600_000 } as const;

    it('shows its error and when it comes back, and comes back at once when it is told to', async () => {
      await begin();
      await addChain({ config: { how: 'once', n: 2 }, supervision: { restart: slowly } });
      await test.runtime.start();
      await test.until('failing', 'backoff');
      const { error, restartStatus } = await test.runtime.getProcessor('failing');
      assert.equal(error?.code, 'PROCESS_FAILED');
      assert.deepEqual([restartStatus?.attempts, restartStatus?.nextAttemptTime === undefined], [1, false]);
      await test.runtime.restartProcessor('failing', { wait: 'effective' });
      await test.until('failing', 'running');
      assert.equal((await test.runtime.getProcessor('failing')).restartStatus?.attempts, 0);
    });

    it('waits for the end of a pause', async () => {
      await begin();
      const restart = { strategy: 'exponential', baseMs: 1, maxMs: 1 } as const;
      await addChain({ config: { how: 'setup' }, paused: true, supervision: { restart } });
      await test.runtime.start();
      await test.until('failing', 'backoff');
      await test.runtime.updateProcessor('sink', { displayName: 'looked at' }, { wait: 'effective' });
      assert.equal(await test.stateOf('failing'), 'backoff');
      await test.runtime.resumeProcessor('failing');
      await test.until('failing', 'failed');
      const attempts = statesOf('failing').filter((state) => state.startsWith('starting failed'));
      assert.ok(attempts.length > 0, `${statesOf('failing')}`);
    });

    it('goes by another strategy at once, and stays failed by never', async () => {
      await begin();
      await addChain({ config: { how: 'once', n: 2 }, supervision: { restart: slowly } });
      await test.runtime.start();
      await test.until('failing', 'backoff');
      await test.runtime.updateProcessor('failing', { supervision: { restart: { strategy: 'immediate' } } });
      await test.until('failing', 'running');
      await test.runtime.updateProcessor('failing', {
        config: { how: 'always' },
        supervision: { restart: slowly },
      });
      await test.until('failing', 'backoff');
      await test.runtime.updateProcessor('failing', { supervision: {} }, { wait: 'effective' });
      await test.until('failing', 'failed');
      await eventually(
        async () => Number((await test.runtime.getLink('in')).counters?.dropped?.failed) > 10,
        'what comes is dropped',
      );
    });

    it('is set up at once with another config, which ends the wait', async () => {
      await begin();
      await addChain({ config: { how: 'setup' }, supervision: { restart: slowly } });
      await test.runtime.start();
      await test.until('failing', 'backoff');
      await test.runtime.updateProcessor('failing', { config: { how: 'never' } }, { wait: 'effective' });
      await test.until('failing', 'running');
      assert.equal((await metricsOf('failing'))?.restarts, 0n);
    });
  });

  it('ends a storm: beyond the budget of the graph what fails stays failed, told once', async () => {
    await begin({ restartBudget: { restarts: 5, windowMs: 600_000 } });
    const restart = { strategy: 'immediate', maxAttempts: 0 } as const;
    await addChain({ config: { how: 'setup' }, supervision: { restart } });
    const other = {
      type: 'Failing',
      id: 'other',
      config: { how: 'setup' },
      supervision: { restart },
    } as const;
    await test.runtime.addProcessor(other);
    const final: string[] = [];
    using _ = test.runtime.onFinalFailure(({ record }) => final.push(record.spec.processorId));
    await test.runtime.start();
    await test.until('failing', 'failed');
    await test.until('other', 'failed');
    await eventually(() => final.length === 2, 'both are told to stay failed');
    const restarts = await Promise.all(['failing', 'other'].map(metricsOf));
    assert.equal(
      restarts.reduce((sum, metrics) => sum + Number(metrics?.restarts), 0),
      5,
    );
    const { error } = await test.runtime.getProcessor('failing');
    assert.equal(error?.code, 'RESTART_BUDGET');
    assert.match(error?.message ?? '', /SETUP_FAILED: no such device/);
    assert.equal(test.payloads('restartBudgetExhausted').length, 1);
  });

  it('sets what a crashed lane hosted up again by the strategy of each, and leaves alone what had ended', async () => {
    await begin();
    const restart = { strategy: 'immediate' } as const;
    const placement = { lane: 'shared' };
    await addChain({ config: { how: 'exits', n: 200 }, placement, supervision: { restart } });
    const { runtime } = test;
    await runtime.addProcessor({ type: 'Failing', id: 'mate', placement, supervision: { restart } });
    await runtime.addProcessor({ type: 'Failing', id: 'never', placement });
    await runtime.addProcessor({ type: 'Emit', id: 'ended', placement, config: { count: 1 } });
    await runtime.start();
    await test.until('ended', 'stopped');
    await test.until('never', 'failed');
    for (const id of ['failing', 'mate']) {
      await test.until(id, 'running');
      assert.deepEqual(statesOf(id).slice(2, 5), ['failed', 'backoff', 'starting lane_lost']);
    }
    assert.equal((await runtime.getProcessor('never')).error?.code, 'LANE_LOST');
    assert.equal(await test.stateOf('ended'), 'stopped');
    const before = Number((await metricsOf('failing'))?.framesOut);
    await eventually(async () => Number((await metricsOf('failing'))?.framesOut) > before, 'frames flow');
    await runtime.stop();
    for (const link of await runtime.listLinks()) assertAddsUp(link);
  });

  for (const { name, type, supervision, path } of [
    {
      name: 'use_default without a frame',
      type: 'Failing',
      supervision: { errorPolicy: 'use_default' },
      path: 'supervision.default_frame',
    },
    {
      name: 'use_default where an output takes other frames',
      type: 'SineGenerator',
      supervision: { errorPolicy: 'use_default', defaultFrame: {} },
      path: 'supervision.error_policy',
    },
    {
      name: 'use_default of a sink',
      type: 'Collect',
      supervision: { errorPolicy: 'use_default', defaultFrame: {} },
      path: 'supervision.error_policy',
    },
    {
      name: 'no dead letters at all',
      type: 'Failing',
      supervision: { maxDeadLetters: 0 },
      path: 'supervision.max_dead_letters',
    },
  ] as const) {
    it(`refuses ${name}`, async () => {
      await begin();
      const refused = { code: 'FIELD_INVALID', path };
      await assert.rejects(test.runtime.addProcessor({ type, supervision }), refused);
      await test.runtime.addProcessor({ type, id: 'there' });
      await assert.rejects(test.runtime.updateProcessor('there', { supervision }), refused);
    });
  }
});
