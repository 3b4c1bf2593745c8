import type { IncomingMessage } from 'node:http';
import { Code, ConnectError } from '@connectrpc/connect';
import type { WebSocket } from 'ws';
import { callContextValues } from '../call-context.ts';
import { toLines } from './event-lines.ts';
import type { LineSubscriptions } from './subscription-request.ts';

/** While this many bytes wait for the network, the cursor stands still. */
const BUFFERED_LIMIT = 1024 * 1024;

/** How often a peer is asked whether it is still there; one that did not answer the last time is gone. */
const PING_MS = 30_000;

/** Close codes that clients tell apart: API.md and RFC 6455. */
export const CLOSE_GOING_AWAY = 1001;
export const CLOSE_POLICY = 1008;
export const CLOSE_TRY_LATER = 1013;
export const CLOSE_RESUME_POINT_LOST = 4410;

/**
 * Sends the events that the request asks for, one line per text message, until the peer or the server ends. A
 * request that cannot be served gets its error as a message and then a close code. What the peer sends is read and
 * thrown away.
 */
export async function serveEventSocket(
  socket: WebSocket,
  request: IncomingMessage,
  subscriptions: LineSubscriptions,
): Promise<void> {
  const aborter = new AbortController();
  socket.once('close', () => aborter.abort());
  // A broken peer closes as well, and there is nobody to tell.
  socket.on('error', () => socket.terminate());
  const stopPings = keepAlive(socket);
  const context = {
    signal: aborter.signal,
    contextValues: callContextValues(request, 'websocket'),
  };
  try {
    const detached = { url: request.url ?? '', headers: request.headers };
    for await (const item of await subscriptions.open(detached, context)) {
      for (const line of toLines(item, subscriptions.print)) {
        await sendLine(socket, line.text, aborter.signal);
      }
    }
    socket.close(CLOSE_GOING_AWAY, 'shutdown');
  } catch (error) {
    if (aborter.signal.aborted) return;
    socket.send(`{"error":${subscriptions.printError(error)}}`);
    socket.close(...closeOf(error));
  } finally {
    stopPings();
  }
}

/** Resolves at once while little waits, and when the network has taken this message where much does. */
export async function sendLine(socket: WebSocket, text: string, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  if (socket.bufferedAmount + text.length < BUFFERED_LIMIT) {
    socket.send(text);
    return;
  }
  await new Promise<void>((resolve, reject) => {
    const onAbort = (): void => reject(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
    // Messages leave in order: when this one is written, so is all before it.
    socket.send(text, (error) => {
      signal.removeEventListener('abort', onAbort);
      if (error) reject(error);
      else resolve();
    });
  });
}

/** Asks the peer regularly whether it is there and ends the socket when it is not. Answers what stops that. */
export function keepAlive(socket: WebSocket): () => void {
  let isAlive = true;
  socket.on('pong', () => {
    isAlive = true;
  });
  const timer = setInterval(() => {
    if (!isAlive) {
      socket.terminate();
      return;
    }
    isAlive = false;
    socket.ping();
  }, PING_MS);
  return () => clearInterval(timer);
}

function closeOf(error: unknown): [code: number, reason: string] {
  const code = error instanceof ConnectError ? error.code : Code.Internal;
  if (code === Code.OutOfRange) return [CLOSE_RESUME_POINT_LOST, 'resume point lost'];
  if (code === Code.Unavailable || code === Code.ResourceExhausted)
    return [CLOSE_TRY_LATER, 'try again later'];
  if (code === Code.Internal) return [1011, 'internal error'];
  return [CLOSE_POLICY, 'request refused'];
}
