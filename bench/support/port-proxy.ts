import type { MessagePort } from 'node:worker_threads';
import { isRead } from '../../server/runtime/commands.ts';
import type { CommandResultEnvelope } from '../../server/runtime/lane/messages.ts';
import { createCommandSlots, releaseSlot } from '../../server/runtime/queue/command-slots.ts';
import { RuntimeProxy } from '../../server/runtime/queue/runtime-proxy.ts';

const LANE_INDEX = 0;

/**
 * The operations of a runtime on another thread without the queue: the same proxy and the same messages, but each
 * call is sent at once and on its own, and so is each answer.
 */
export function createPortProxy(port: MessagePort): RuntimeProxy {
  const slots = new Int32Array(createCommandSlots(1));
  const proxy = new RuntimeProxy({
    slots,
    laneIndex: LANE_INDEX,
    send: (envelopes) => {
      for (const envelope of envelopes) {
        port.postMessage(envelope);
        // Nothing waits in a queue here, so nothing holds a slot of it.
        releaseSlot(slots, LANE_INDEX, isRead(envelope.command?.command ?? {}));
      }
    },
    onPending: () => proxy.flush(),
  });
  port.on('message', (result: CommandResultEnvelope) => proxy.receive([result]));
  return proxy;
}
