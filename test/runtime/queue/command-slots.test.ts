import assert from 'node:assert/strict';
import {
  createCommandSlots,
  QUEUE_LIMIT,
  reclaimSlots,
  releaseSlot,
  tryTakeSlot,
} from '../../../server/runtime/queue/command-slots.ts';
import { RuntimeProxy } from '../../../server/runtime/queue/runtime-proxy.ts';

describe('the bound of the command queue', () => {
  it('is 256 commands and 256 reads, each for itself, over all senders together', () => {
    const slots = new Int32Array(createCommandSlots(4));
    const taken = Array.from({ length: QUEUE_LIMIT }, () => tryTakeSlot(slots, 1, false));
    assert.equal(taken.filter(Boolean).length, 256);
    assert.equal(tryTakeSlot(slots, 1, false), false);
    assert.equal(tryTakeSlot(slots, 1, true), true);
    releaseSlot(slots, 1, false);
    assert.equal(tryTakeSlot(slots, 1, false), true);
    assert.equal(tryTakeSlot(slots, 1, false), false);
  });

  it('comes back whole when a lane ends that had taken slots and sent nothing', () => {
    const slots = new Int32Array(createCommandSlots(4));
    for (let i = 0; i < QUEUE_LIMIT; i++) tryTakeSlot(slots, i % 2 === 0 ? 1 : 2, false);
    reclaimSlots(slots, 1);
    // What had arrived before the lane ended is taken out of the queue later and gives nothing back twice.
    releaseSlot(slots, 1, false);
    const taken = Array.from({ length: QUEUE_LIMIT }, () => tryTakeSlot(slots, 3, false)).filter(Boolean);
    assert.equal(taken.length, QUEUE_LIMIT / 2);
  });

  it('refuses what comes on top at once and sends the rest as few messages', async () => {
    const sent: unknown[][] = [];
    let pending = 0;
    const proxy = new RuntimeProxy({
      slots: new Int32Array(createCommandSlots(4)),
      laneIndex: 1,
      send: (envelopes) => sent.push(envelopes),
      onPending: () => pending++,
    });
    const calls = Array.from({ length: QUEUE_LIMIT + 2 }, () => proxy.removeProcessor('x'));
    const late = await Promise.allSettled(calls.slice(QUEUE_LIMIT));
    assert.deepEqual(
      late.map((call) => call.status === 'rejected' && call.reason.code),
      ['QUEUE_FULL', 'QUEUE_FULL'],
    );
    proxy.flush();
    assert.deepEqual(
      sent.map(({ length }) => length),
      Array(16).fill(16),
    );
    assert.equal(pending, 16);

    const refused = Promise.allSettled(calls.slice(0, QUEUE_LIMIT));
    const { StreamlibError } = await import('../../../server/runtime/errors.ts');
    proxy.abort(new StreamlibError('SERVER_SHUTTING_DOWN', 'over'));
    for (const call of await refused)
      assert.equal(call.status === 'rejected' && call.reason.code, 'SERVER_SHUTTING_DOWN');
    await assert.rejects(proxy.getState(), { code: 'SERVER_SHUTTING_DOWN' });
  });
});
