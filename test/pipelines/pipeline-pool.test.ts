import assert from 'node:assert/strict';
import fc from 'fast-check';
import { PipelinePool } from '../../server/pipelines/pipeline-pool.ts';
import type { PoolStats } from '../../server/pipelines/pool/pool-statistics.ts';
import { DurationHistogram } from '../../server/runtime/duration-histogram.ts';
import type { StreamlibError } from '../../server/runtime/errors.ts';
import type { JsonObject } from '../../server/runtime/json.ts';
import type { ProcessorRegistry } from '../../server/runtime/registry/index.ts';
import { eventually } from '../support/eventually.ts';
import { frameWith, pipelineTypes, textsOf } from '../support/pipelines.ts';

/** A pipeline that waits as long as a frame says. */
const WAITING = { nodes: [{ id: 'wait', type: 'test.Waiter' }] };
const FOREVER = 1e9;

const endsOf = ({ executions, succeeded, failed, cancelled, timedOut, inUse, waiting }: PoolStats) => ({
  executions,
  sum: succeeded + failed + cancelled + timedOut + inUse + waiting,
});

const codeOf = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'OK',
    ({ code }: StreamlibError) => code,
  );

describe('phase 3: a pool of pipelines', () => {
  let types: ProcessorRegistry;

  before(async () => {
    types = await pipelineTypes();
  });

  const createPool = (config: JsonObject, pipeline_config: JsonObject = {}) =>
    PipelinePool.create({ ...config, pipeline_config }, { types });

  it('is validated once and answers with what comes out', async () => {
    await using pool = await createPool({ nodes: [{ id: 'gain', type: 'Gain', config: { gain: 3 } }] });
    const { outputs, waitUs, runUs, executionId } = await pool.execute(frameWith(1, 2)).result;
    assert.deepEqual(textsOf(outputs), ['gain.data_out 1: value=6']);
    assert.ok(waitUs >= 0 && runUs >= 0);
    assert.equal(executionId, 'execution-1');
    await assert.rejects(createPool({ nodes: [] }), { code: 'FIELD_INVALID' });
  });

  it('makes no instance in steady state', async () => {
    await using pool = await createPool({
      nodes: [
        { id: 'sine', type: 'SineGenerator', config: { samples: 4 } },
        { id: 'ema', type: 'Ema' },
      ],
      connections: [{ from: 'sine', to: 'ema' }],
    });
    const answers: string[] = [];
    for (let i = 0; i < 50; i++)
      answers.push(textsOf((await pool.execute(frameWith(1)).result).outputs).join());
    assert.equal(new Set(answers).size, 1, 'each execution begins anew');
    assert.equal(pool.stats().instancesCreated, 1);
  });

  it('makes a new instance where a node cannot go back', async () => {
    await using pool = await createPool({ nodes: [{ id: 'count', type: 'test.Counter' }] });
    for (let i = 0; i < 5; i++)
      assert.deepEqual(textsOf((await pool.execute(frameWith(i)).result).outputs), [
        `count.data_out ${i}: count=1`,
      ]);
    await eventually(() => pool.stats().idle === 1, 'the last instance is back');
    assert.equal(pool.stats().instancesCreated, 6);
  });

  it('runs as many at once as it may, the others in the order in which they came', async () => {
    await using pool = await createPool(WAITING, { max_concurrent: 2, max_waiting: 3 });
    const first = [pool.execute(frameWith(0, FOREVER)), pool.execute(frameWith(1, FOREVER))];
    const ends: number[] = [];
    const others = [2, 3, 4].map((sequence) => {
      const execution = pool.execute(frameWith(sequence, 0));
      return execution.result.then(() => ends.push(sequence));
    });
    assert.deepEqual([pool.stats().inUse, pool.stats().waiting], [2, 3]);
    assert.throws(() => pool.execute(frameWith(5, 0)), { code: 'QUEUE_FULL', details: { waiting: '3' } });
    first[0]?.cancel();
    await Promise.all(others);
    assert.deepEqual(ends, [2, 3, 4]);
    const { rejected, executions, succeeded, inUse, cancelled } = pool.stats();
    assert.deepEqual(
      { rejected, executions, succeeded, inUse, cancelled },
      { rejected: 1, executions: 5, succeeded: 3, inUse: 1, cancelled: 1 },
    );
    const isCancelled = codeOf(first[1]?.result ?? Promise.resolve());
    await assert.rejects(first[0]?.result ?? Promise.resolve(), { code: 'CANCELLED' });
    await pool.close();
    assert.equal(await isCancelled, 'CANCELLED');
  });

  it('ends an execution at its deadline, whether it runs or waits', async () => {
    await using pool = await createPool(WAITING, { max_concurrent: 1, execution_timeout: '0.03s' });
    const running = codeOf(pool.execute(frameWith(0, FOREVER), { timeoutMs: FOREVER }).result);
    const waiting = codeOf(pool.execute(frameWith(1, FOREVER), { timeoutMs: 5 }).result);
    assert.equal(await waiting, 'DEADLINE_EXCEEDED');
    assert.equal(pool.stats().inUse, 1);
    assert.equal(await running, 'DEADLINE_EXCEEDED');
    assert.equal(pool.stats().timedOut, 2);
    assert.deepEqual(textsOf((await pool.execute(frameWith(2, 0)).result).outputs), [
      'wait.data_out 2: value=0',
    ]);
  });

  it('ends an execution whose caller goes', async () => {
    await using pool = await createPool(WAITING, { max_concurrent: 1 });
    const caller = new AbortController();
    const execution = pool.execute(frameWith(0, FOREVER), { signal: caller.signal });
    caller.abort();
    await assert.rejects(execution.result, { code: 'CANCELLED' });
    assert.throws(() => pool.execute(frameWith(1, 0), { signal: caller.signal }), { code: 'CANCELLED' });
    await eventually(
      async () => (await codeOf(pool.execute(frameWith(2, 0)).result)) === 'OK',
      'the place is free',
    );
  });

  it('fails the execution whose node throws, and goes on with another instance', async () => {
    await using pool = await createPool({ nodes: [{ id: 'picky', type: 'test.Picky' }] });
    await assert.rejects(pool.execute(frameWith(13, 0)).result, {
      code: 'PROCESS_FAILED',
      message: 'node "picky": frame 13 is refused',
    });
    assert.equal(await codeOf(pool.execute(frameWith(14, 0)).result), 'OK');
    const { failed, succeeded, instancesCreated } = pool.stats();
    assert.deepEqual(
      { failed, succeeded, instancesCreated },
      { failed: 1, succeeded: 1, instancesCreated: 2 },
    );
  });

  it('under ten times the load that it takes, rejects by its rule and loses nothing that it accepted', async () => {
    const limits = { max_concurrent: 4, max_waiting: 16 };
    await using pool = await createPool(WAITING, limits);
    const offered = (limits.max_concurrent + limits.max_waiting) * 10;
    const accepted: Promise<string>[] = [];
    let refused = 0;
    for (let sequence = 0; sequence < offered; sequence++) {
      try {
        accepted.push(
          pool.execute(frameWith(sequence, 1)).result.then(({ outputs }) => textsOf(outputs).join()),
        );
      } catch (error) {
        assert.equal((error as StreamlibError).code, 'QUEUE_FULL');
        refused++;
      }
    }
    const answers = await Promise.all(accepted);
    assert.deepEqual(
      answers,
      Array.from({ length: 20 }, (_, sequence) => `wait.data_out ${sequence}: value=1`),
    );
    const { rejected, succeeded, executions, instancesCreated } = pool.stats();
    assert.equal(refused, offered - 20);
    assert.deepEqual(
      { rejected, succeeded, executions, instancesCreated },
      { rejected: refused, succeeded: 20, executions: 20, instancesCreated: 4 },
    );
  });

  it('has figures that add up, whatever happens', async () => {
    const events = fc.array(
      fc.record({
        waitMs: fc.constantFrom(0, 1, FOREVER),
        end: fc.constantFrom('none', 'cancel', 'deadline', 'pause'),
      }),
      { maxLength: 40 },
    );
    await fc.assert(
      fc.asyncProperty(events, async (executions) => {
        await using pool = await createPool(WAITING, { max_concurrent: 2, max_waiting: 4 });
        const results: Promise<string>[] = [];
        for (const { waitMs, end } of executions) {
          const stats = pool.stats();
          assert.equal(endsOf(stats).executions, endsOf(stats).sum);
          if (end === 'pause') await Promise.resolve();
          try {
            const execution = pool.execute(frameWith(0, waitMs), {
              timeoutMs: end === 'deadline' ? 1 : undefined,
            });
            results.push(codeOf(execution.result));
            if (end === 'cancel') execution.cancel();
          } catch {
            // Refused: counted by the pool, which is looked at below.
          }
        }
        const { rejected } = pool.stats();
        assert.equal(rejected, executions.length - results.length);
        await pool.close();
        await Promise.all(results);
        const { executions: admitted, inUse, waiting } = pool.stats();
        assert.deepEqual([admitted, inUse, waiting], [results.length, 0, 0]);
        assert.equal(endsOf(pool.stats()).sum, admitted);
      }),
      { numRuns: 30 },
    );
  });
});

describe('a histogram of durations', () => {
  it('has percentiles that are right to one part in 16', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, max: 1e9, noNaN: true }), { minLength: 1 }), (durations) => {
        const histogram = new DurationHistogram();
        for (const duration of durations) histogram.record(duration);
        const { count, maxUs, p50Us, p99Us } = histogram.summary();
        const sorted = durations.toSorted((a, b) => a - b);
        const exact = (share: number) => sorted[Math.ceil(sorted.length * share) - 1] ?? 0;
        assert.equal(count, durations.length);
        assert.equal(maxUs, sorted.at(-1));
        for (const [got, want] of [
          [p50Us, exact(0.5)],
          [p99Us, exact(0.99)],
        ] as const)
          assert.ok(got >= want && got <= want * (1 + 1 / 16) + 1, `${got} for ${want}`);
      }),
    );
  });

  it('is empty at first', () => {
    assert.deepEqual(new DurationHistogram().summary(), {
      count: 0,
      sumUs: 0,
      p50Us: 0,
      p90Us: 0,
      p99Us: 0,
      maxUs: 0,
    });
  });
});
