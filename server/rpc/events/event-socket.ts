import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { WebSocket } from 'ws';
import { callContextValues } from '../call-context.ts';
import { toConnectError } from '../error-codes.ts';
import { CLOSE_GOING_AWAY, closeAfterError } from '../web-socket-peer.ts';
import { EventSink, writeItems } from './event-sink.ts';
import type { ItemForm } from './subscription-item.ts';
import type { LineSubscriptions } from './subscription-request.ts';

/** A path on which events are told. */
export interface EventSocketKind {
  readonly path: string;
  readonly form: ItemForm;
  /** What the request asks of EventService.Subscribe, as the URL with which REST does. Throws what is wrong with it. */
  subscriptionUrl(url: string): string;
}

/** What a peer's events are taken from. */
export interface EventSocketOptions {
  readonly subscriptions: LineSubscriptions;
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
  { form, subscriptionUrl }: EventSocketKind,
  { subscriptions, draining }: EventSocketOptions,
): Promise<void> {
  const aborter = new AbortController();
  socket.once('close', () => aborter.abort());
  const { signal } = aborter;
  const sink = new EventSink(stream, form, () => socket.readyState === socket.OPEN);
  try {
    const detached = { url: subscriptionUrl(request.url ?? ''), headers: request.headers };
    const context = { signal, contextValues: callContextValues(request, 'websocket'), sink };
    await writeItems(await subscriptions.open(detached, context), sink, signal);
    socket.close(CLOSE_GOING_AWAY, draining.aborted ? 'shutdown' : 'max_age');
  } catch (error) {
    if (signal.aborted) return;
    const told = toConnectError(error);
    closeAfterError(socket, told, subscriptions.printError(told));
  }
}
