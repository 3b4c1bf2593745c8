import { MessageChannel, type MessagePort } from 'node:worker_threads';

/** How many frames were received: the consumer writes it, the producer waits for it. */
export const RECEIVED_WORD = 0;

/** One end of a message channel whose producer learns how far its consumer is. */
export interface MessageEnd {
  readonly port: MessagePort;
  readonly memory: SharedArrayBuffer;
}

/** The ends of a new channel. Each belongs to one thread, which gets it as its data. */
export function createMessageEnds(): { readonly from: MessageEnd; readonly to: MessageEnd } {
  const { port1, port2 } = new MessageChannel();
  const memory = new SharedArrayBuffer(4);
  return { from: { port: port1, memory }, to: { port: port2, memory } };
}
