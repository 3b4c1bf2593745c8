import assert from 'node:assert/strict';
import type { Duration } from '@bufbuild/protobuf/wkt';
import { inputPort, outputPort } from '../../../server/runtime/ids.ts';
import {
  numberOf,
  PROCESSOR_STATES,
  RESTART_STRATEGIES,
  wordOf,
} from '../../../server/runtime/vocabulary.ts';
import { eventually } from '../../support/eventually.ts';
import { assertAddsUp } from '../../support/link-sums.ts';
import { TestRuntime } from '../../support/test-runtime.ts';

const msOf = (duration: Duration | undefined): number =>
  Number(duration?.seconds) * 1000 + (duration?.nanos ?? 0) / 1e6;

interface Watched {
  readonly processorId: string;
  readonly processorType?: string;
  readonly config?: Record<string, number>;
  readonly lane?: string;
  readonly watchdogMs?: number;
  readonly strategy?: (typeof RESTART_STRATEGIES)[number];
  readonly baseMs?: number;
  readonly maxAttempts?: number;
}

/** Adds a processor that is watched, behind a source in another lane. */
async function addWatched({ runtime }: TestRuntime, watched: Watched): Promise<void> {
  const { processorId, processorType = 'Staller', config, lane = 'stage', watchdogMs } = watched;
  const { strategy, baseMs, maxAttempts } = watched;
  const restart = strategy && { strategy: numberOf(RESTART_STRATEGIES, strategy), baseMs, maxAttempts };
  const supervision = { watchdogMs, restart };
  const processor = { processorId, processorType, config, placement: { lane }, supervision };
  await runtime.execute({ case: 'addProcessor', value: { processor } });
}

describe('the watchdog', () => {
  let test: TestRuntime;

  beforeEach(async () => {
    test = await TestRuntime.create();
    await test.runtime.addProcessor({ type: 'Emit', id: 'source', placement: { lane: 'dedicated' } });
  });

  afterEach(async () => {
    await test[Symbol.asyncDispose]();
  });

  // NB: by default deep enough that the frame at which it hangs is not dropped while its lane waits for a core.
  const connect = (to: string, id: string, capacityFrames = 4096) =>
    test.runtime.connect(outputPort('source', 'data'), inputPort(to, 'data'), { id, capacityFrames });
  const flows = async (id: string) => {
    const delivered = async () => Number((await test.runtime.getLink(id)).counters?.delivered);
    const before = await delivered();
    await eventually(async () => (await delivered()) > before + 5, `${id} flows`);
  };
  const statesOf = (id: string) =>
    test
      .payloads('processorStateChanged')
      .filter(({ processorId }) => processorId === id)
      .map(({ toState, reason }) => `${wordOf(PROCESSOR_STATES, toState)} ${reason}`.trim());

  it('tells a stall once, with name and last frame, and its end; without a restart strategy it ends nothing', async () => {
    const { runtime } = test;
    await addWatched(test, { processorId: 'slow', config: { at: 20, hold_ms: 3000 }, watchdogMs: 300 });
    await connect('slow', 'in');
    await runtime.start();
    await eventually(() => test.payloads('processorStalled').length === 1, 'the stall is told');
    const [stalled] = test.payloads('processorStalled');
    assert.deepEqual([stalled?.processorId, stalled?.laneId, stalled?.laneEnded], ['slow', 'stage', false]);
    const stalledForMs = msOf(stalled?.stalledFor);
    assert.ok(stalledForMs >= 300 && stalledForMs < 3000, `stalled for ${stalledForMs} ms`);
    const { linkId, frameType, sequence, byteLength, monotonicNs } = stalled?.lastFrame ?? {};
    const { counters } = await runtime.getLink('in');
    assert.deepEqual([linkId, frameType, sequence], ['in', 'DataFrame', counters?.delivered]);
    assert.ok((byteLength ?? 0n) > 16n);
    const ageMs = Number(process.hrtime.bigint() - (monotonicNs ?? 0n)) / 1e6;
    assert.ok(ageMs > 0 && ageMs < 60_000, `the frame is ${ageMs} ms old`);

    await eventually(() => test.payloads('processorRecovered').length === 1, 'its end is told');
    const [recovered] = test.payloads('processorRecovered');
    assert.deepEqual([recovered?.processorId, recovered?.laneId], ['slow', 'stage']);
    assert.ok(msOf(recovered?.stalledFor) > stalledForMs);
    await flows('in');
    assert.deepEqual(statesOf('slow'), ['starting', 'running']);
    assert.equal(test.payloads('processorStalled').length, 1);
    assert.deepEqual(test.payloads('laneLost'), []);
  });

  it('ends the lane where that was asked for; what else ran there begins anew, the culprit in a lane of its own', async () => {
    const { runtime } = test;
    await addWatched(test, {
      processorId: 'culprit',
      config: { at: 3_000 },
      lane: 'auto',
      watchdogMs: 200,
      strategy: 'immediate',
    });
    await connect('culprit', 'in');
    await runtime.start();
    const { laneId } = await runtime.getProcessor('culprit');
    await runtime.addProcessor({ type: 'NullSink', id: 'mate', placement: { lane: laneId } });
    await connect('mate', 'to-mate');
    await eventually(() => test.payloads('laneLost').length === 1, 'the lane is ended');
    assert.equal(test.payloads('processorStalled')[0]?.laneEnded, true);
    const [lost] = test.payloads('laneLost');
    assert.deepEqual([lost?.laneId, lost?.reason], [laneId, 'unresponsive']);
    assert.deepEqual(lost?.processorIds.toSorted(), ['culprit', 'mate']);

    await test.until('mate', 'running');
    await test.until('culprit', 'running');
    await flows('to-mate');
    await flows('in');
    for (const id of ['mate', 'culprit'])
      assert.ok(statesOf(id).includes('starting lane_lost'), `${statesOf(id)}`);
    const culprit = await runtime.getProcessor('culprit');
    assert.deepEqual([culprit.laneId, culprit.metrics?.restarts], ['dedicated-culprit', 1n]);
    const place = (await runtime.getPlan()).lanes
      .flatMap(({ processors }) => processors)
      .find(({ processorId }) => processorId === 'culprit');
    assert.match(place?.reason ?? '', /^kept apart since it held lane-1 for 0\.\d s$/);
    await runtime.stop();
    for (const link of await runtime.listLinks()) assertAddsUp(link);
  });

  it('frees a commit that waits for the lane, and brings back what the commit brought', async () => {
    const { runtime } = test;
    const culprit = { processorId: 'culprit', config: { at: 20 }, watchdogMs: 300 } as const;
    await addWatched(test, { ...culprit, strategy: 'immediate' });
    await connect('culprit', 'in', 64);
    await runtime.start();
    await eventually(
      async () => Number((await runtime.getLink('in')).counters?.dropped?.full) > 0,
      'the lane hangs and its link is full',
    );
    await runtime.addProcessor({ type: 'NullSink', id: 'late', placement: { lane: 'stage' } });
    await connect('late', 'to-late');
    await test.until('late', 'running');
    await flows('to-late');
    await flows('in');
    await eventually(
      () => statesOf('culprit').includes('starting lane_lost'),
      `the culprit came back, was ${statesOf('culprit')}`,
    );
    await runtime.stop();
    for (const link of await runtime.listLinks()) assertAddsUp(link);
  });

  it('leaves one alone that is removed while its lane is being ended', async () => {
    const { runtime } = test;
    await addWatched(test, {
      processorId: 'culprit',
      config: { at: 2_000 },
      watchdogMs: 200,
      strategy: 'immediate',
    });
    await connect('culprit', 'in');
    await runtime.addProcessor({ type: 'NullSink', id: 'mate', placement: { lane: 'stage' } });
    await connect('mate', 'to-mate');
    await runtime.start();
    await eventually(() => test.payloads('processorStalled').length === 1, 'the stall is told');
    await runtime.removeProcessor('culprit', { wait: 'effective' });
    await test.until('mate', 'running');
    await flows('to-mate');
    await assert.rejects(runtime.getProcessor('culprit'), { code: 'PROCESSOR_NOT_FOUND' });
  });

  it('waits longer before each restart of one that stalls again and again, and lets it fail in the end', async () => {
    const { runtime } = test;
    await addWatched(test, {
      processorId: 'looper',
      processorType: 'Looper',
      watchdogMs: 100,
      strategy: 'exponential',
      baseMs: 50,
      maxAttempts: 2,
    });
    await runtime.start();
    await test.until('looper', 'failed');
    assert.deepEqual(
      statesOf('looper').filter((state) => !state.startsWith('running')),
      [
        'starting',
        ...['failed', 'backoff', 'starting lane_lost'],
        ...['failed', 'backoff', 'starting lane_lost'],
        'failed',
      ],
    );
    const { error, metrics } = await runtime.getProcessor('looper');
    assert.deepEqual([error?.code, metrics?.restarts], ['LANE_LOST', 2n]);
    assert.match(error?.message ?? '', /100 ms/);
  });

  it('does not bring back what was stopped or removed while it waited', async () => {
    const { runtime } = test;
    const watched = {
      processorType: 'Looper',
      watchdogMs: 100,
      strategy: 'exponential',
      baseMs: 300,
    } as const;
    await addWatched(test, { ...watched, processorId: 'first' });
    await runtime.start();
    await test.until('first', 'backoff');
    await addWatched(test, { ...watched, processorId: 'second', lane: 'other' });
    await runtime.removeProcessor('first');
    await test.until('second', 'backoff');
    await runtime.stop();
    assert.equal(await test.stateOf('second'), 'stopped');
    await runtime.addProcessor({ type: 'Emit', id: 'after' });
    await runtime.removeProcessor('second');
    await runtime.start();
    await test.until('after', 'running');
    assert.deepEqual(statesOf('second'), ['starting', 'running', 'failed', 'backoff', 'stopped']);
  });
});
