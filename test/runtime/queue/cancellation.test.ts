import assert from 'node:assert/strict';
import { create } from '@bufbuild/protobuf';
import fc from 'fast-check';
import { type CommandResultEnvelope, CommandResultSchema } from '../../../gen/ts/streamlib/v1/command_pb.ts';
import { CommandQueue } from '../../../server/runtime/queue/command-queue.ts';
import {
  createCommandSlots,
  QUEUE_LIMIT,
  reclaimSlots,
} from '../../../server/runtime/queue/command-slots.ts';
import { RuntimeProxy } from '../../../server/runtime/queue/runtime-proxy.ts';

const LANE = 3;

/** A proxy and a queue as two threads have them, over the same words; results come back when a test says so. */
function createPair() {
  const slots = new Int32Array(createCommandSlots(8));
  const executed: bigint[] = [];
  let onExecute = (_commandId: bigint): void => {};
  const queue = new CommandQueue(
    slots,
    ({ commandId }) => {
      executed.push(commandId);
      onExecute(commandId);
      return create(CommandResultSchema, {
        result: { case: 'processorRemoved', value: { outcome: {} } },
      });
    },
    () => {},
  );
  const results: CommandResultEnvelope[] = [];
  const source = {
    actor: 'a',
    laneIndex: LANE,
    reply: (some: CommandResultEnvelope[]) => results.push(...some),
  };
  const proxy = new RuntimeProxy({
    slots,
    laneIndex: LANE,
    send: (envelopes) => queue.push(envelopes, source),
    onPending: () => {},
  });
  return {
    slots,
    queue,
    proxy,
    executed,
    onExecute: (listener: typeof onExecute) => {
      onExecute = listener;
    },
    settle: () => proxy.receive(results.splice(0)),
  };
}

async function outcomesOf(calls: readonly Promise<unknown>[]): Promise<string[]> {
  const settled = await Promise.allSettled(calls);
  return settled.map((call) => (call.status === 'fulfilled' ? 'done' : String(call.reason.code)));
}

describe('a command that is cancelled', () => {
  it('is not executed while it waits, whatever waits before and behind it', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.constantFrom('run', 'cancel unsent', 'cancel sent'), { maxLength: QUEUE_LIMIT }),
        async (kinds) => {
          const { proxy, queue, executed, settle } = createPair();
          const aborters = kinds.map(() => new AbortController());
          const calls = kinds.map((_, i) => proxy.removeProcessor('x', { signal: aborters[i]?.signal }));
          const outcomes = outcomesOf(calls);
          const abortAll = (kind: string) =>
            kinds.forEach((each, i) => {
              if (each === kind) aborters[i]?.abort();
            });
          abortAll('cancel unsent');
          proxy.flush();
          abortAll('cancel sent');
          assert.equal(queue.poll(), kinds.length);
          settle();
          const wanted = kinds.flatMap((kind, i) => (kind === 'run' ? [BigInt(i + 1)] : []));
          assert.deepEqual(executed, wanted);
          assert.deepEqual(
            await outcomes,
            kinds.map((kind) => (kind === 'run' ? 'done' : 'CANCELLED')),
          );
        },
      ),
      { numRuns: 50 },
    );
  });

  it('is not executed in its batch either, once those before it have begun', async () => {
    const { proxy, queue, executed, onExecute, settle } = createPair();
    const aborters = Array.from({ length: 200 }, () => new AbortController());
    const calls = aborters.map(({ signal }) => proxy.removeProcessor('x', { signal }));
    const outcomes = outcomesOf(calls);
    proxy.flush();
    // What another thread does while the batch is executed: every command cancels the next but one.
    onExecute((commandId) => aborters[Number(commandId)]?.abort());
    queue.poll();
    settle();
    assert.deepEqual(
      executed,
      aborters.map((_, i) => BigInt(i + 1)).filter((id) => id % 2n === 1n),
    );
    assert.equal((await outcomes).filter((outcome) => outcome === 'CANCELLED').length, 100);
  });

  it('is executed where it has begun, and its caller is told that nobody waits', async () => {
    const { proxy, queue, executed, onExecute, settle } = createPair();
    const aborter = new AbortController();
    const call = outcomesOf([proxy.removeProcessor('x', { signal: aborter.signal })]);
    onExecute(() => aborter.abort());
    proxy.flush();
    queue.poll();
    settle();
    assert.deepEqual([await call, executed], [['CANCELLED'], [1n]]);
  });

  it('is not sent at all where that was known before', async () => {
    const { proxy, queue, executed } = createPair();
    await assert.rejects(proxy.removeProcessor('x', { signal: AbortSignal.abort() }), { code: 'CANCELLED' });
    proxy.flush();
    assert.deepEqual([queue.poll(), executed], [0, []]);
  });

  it('never stands for another one: not for later ids of its word, not for the next lane of its index', async () => {
    const { proxy, queue, executed, slots, settle } = createPair();
    const send = async (signal?: AbortSignal) => {
      const call = proxy.removeProcessor('x', { signal }).catch(() => {});
      proxy.flush();
      return { call };
    };
    const aborter = new AbortController();
    await send(aborter.signal);
    aborter.abort();
    queue.poll();
    for (let i = 0; i < 5000; i++) {
      await send();
      queue.poll();
      settle();
    }
    assert.equal(executed.length, 5000);
    const last = new AbortController();
    const next = new RuntimeProxy({ slots, laneIndex: LANE, send: () => {}, onPending: () => {} });
    await Promise.all([next.removeProcessor('x', { signal: last.signal }).catch(() => {}), last.abort()]);
    reclaimSlots(slots, LANE);
    const again = new RuntimeProxy({
      slots,
      laneIndex: LANE,
      send: (envelopes) => queue.push(envelopes, { actor: '', laneIndex: LANE, reply: () => {} }),
      onPending: () => {},
    });
    void again.removeProcessor('x');
    again.flush();
    queue.poll();
    assert.equal(executed.length, 5001);
  });
});
