import { Code, ConnectError } from '@connectrpc/connect';
import type { WebSocket } from 'ws';
import { threadWheel } from './events/timer-wheel.ts';

/** While this many bytes wait for the network, whoever sends waits too. */
const BUFFERED_LIMIT = 1024 * 1024;

/** Close codes that clients tell apart (RFC 6455, section 7.4): the stream ended as it should. */
export const CLOSE_NORMAL = 1000;
/** The server ends the stream as planned; the peer may come back and go on. */
export const CLOSE_GOING_AWAY = 1001;
/** The request is refused and would be again. */
const CLOSE_POLICY = 1008;
/** A failure of the server. */
const CLOSE_INTERNAL = 1011;
/** Too much is going on, or the server is about to end. */
const CLOSE_TRY_LATER = 1013;
/** What the peer wants to go on from is not kept. */
const CLOSE_RESUME_POINT_LOST = 4410;

/** Resolves at once while little waits, and when the network has taken this message where much does. */
export async function sendMessage(
  socket: WebSocket,
  message: string | Uint8Array,
  signal: AbortSignal,
): Promise<void> {
  signal.throwIfAborted();
  if (socket.bufferedAmount + message.length < BUFFERED_LIMIT) {
    socket.send(message);
    return;
  }
  await new Promise<void>((resolve, reject) => {
    const onAbort = (): void => reject(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
    // Messages leave in order: when this one is written, so is all before it.
    socket.send(message, (error) => {
      signal.removeEventListener('abort', onAbort);
      if (error) reject(error);
      else resolve();
    });
  });
}

/** Sends the error as the last message and closes with the code that goes with it. */
export function closeAfterError(socket: WebSocket, error: unknown, json: string): void {
  socket.send(`{"error":${json}}`);
  socket.close(...closeOf(error instanceof ConnectError ? error.code : Code.Internal));
}

function closeOf(code: Code): [code: number, reason: string] {
  if (code === Code.OutOfRange) return [CLOSE_RESUME_POINT_LOST, 'resume point lost'];
  if (code === Code.Unavailable || code === Code.ResourceExhausted)
    return [CLOSE_TRY_LATER, 'try again later'];
  if (code === Code.Internal || code === Code.Unknown) return [CLOSE_INTERNAL, 'internal error'];
  return [CLOSE_POLICY, 'request refused'];
}

/**
 * Asks the peer every `pingMs` whether it is there, until it closes, and cuts it off when it has not answered by the
 * next time: it is gone, or reads so little that it does not even get to the question.
 */
export function keepAlive(socket: WebSocket, pingMs: number): void {
  let isAlive = true;
  const ask = (): void => {
    if (!isAlive) {
      socket.terminate();
      return;
    }
    isAlive = false;
    socket.ping();
    stop = threadWheel.after(pingMs, ask);
  };
  let stop = threadWheel.after(pingMs, ask);
  socket.on('pong', () => {
    isAlive = true;
  });
  socket.once('close', () => stop());
}
