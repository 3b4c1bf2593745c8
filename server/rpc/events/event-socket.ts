import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { WebSocket } from 'ws';
import { callContextValues } from '../call-context.ts';
import { CLOSE_GOING_AWAY, closeAfterError } from '../web-socket-peer.ts';
import { EventSink, writeItems } from './event-sink.ts';
import type { LineForms } from './line-forms.ts';
import type { LineSubscriptions } from './subscription-request.ts';

/** What a peer's events are taken from and written with. */
export interface EventSocketOptions {
  readonly subscriptions: LineSubscriptions;
  readonly forms: LineForms;
  /** Aborted when the server is about to end. */
  readonly draining: AbortSignal;
}

/**
 * Sends the events that the request asks for, one line per text message, until the peer or the server ends. A
 * request that cannot be served gets its error as a message and then a close code. `stream` is what the WebSocket
 * writes to: frames that all subscribers share go there whole, as its own do.
 */
export async function serveEventSocket(
  socket: WebSocket,
  stream: Duplex,
  request: IncomingMessage,
  { subscriptions, forms, draining }: EventSocketOptions,
): Promise<void> {
  const aborter = new AbortController();
  socket.once('close', () => aborter.abort());
  const { signal } = aborter;
  const sink = new EventSink(stream, forms.webSocket, () => socket.readyState === socket.OPEN);
  try {
    const detached = { url: request.url ?? '', headers: request.headers };
    const context = { signal, contextValues: callContextValues(request, 'websocket'), sink };
    await writeItems(await subscriptions.open(detached, context), sink, signal);
    socket.close(CLOSE_GOING_AWAY, draining.aborted ? 'shutdown' : 'max_age');
  } catch (error) {
    if (!signal.aborted) closeAfterError(socket, error, subscriptions.printError(error));
  }
}
