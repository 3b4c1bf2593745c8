import assert from 'node:assert/strict';
import {
  createCommandSlots,
  QUEUE_LIMIT,
  releaseSlots,
  tryTakeSlot,
} from '../../../server/runtime/queue/command-slots.ts';
import { RuntimeProxy } from '../../../server/runtime/queue/runtime-proxy.ts';

describe('the bound of the command queue', () => {
  it('is 256 commands and 256 reads, each for itself, over all senders together', () => {
    const slots = new Int32Array(createCommandSlots());
    const taken = Array.from({ length: QUEUE_LIMIT }, () => tryTakeSlot(slots, false));
    assert.equal(taken.filter(Boolean).length, 256);
    assert.equal(tryTakeSlot(slots, false), false);
    assert.equal(tryTakeSlot(slots, true), true);
    releaseSlots(slots, 1, 0);
    assert.equal(tryTakeSlot(slots, false), true);
    assert.equal(tryTakeSlot(slots, false), false);
  });

  it('refuses what comes on top at once and sends the rest as one message', async () => {
    const sent: unknown[][] = [];
    let pending = 0;
    const proxy = new RuntimeProxy({
      slots: new Int32Array(createCommandSlots()),
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
    assert.deepEqual([pending, sent.length, sent[0]?.length], [1, 1, 256]);

    const refused = Promise.allSettled(calls.slice(0, QUEUE_LIMIT));
    const { StreamlibError } = await import('../../../server/runtime/errors.ts');
    proxy.abort(new StreamlibError('SERVER_SHUTTING_DOWN', 'over'));
    for (const call of await refused)
      assert.equal(call.status === 'rejected' && call.reason.code, 'SERVER_SHUTTING_DOWN');
    await assert.rejects(proxy.getState(), { code: 'SERVER_SHUTTING_DOWN' });
  });
});
