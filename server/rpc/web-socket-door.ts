import { type IncomingMessage, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { Code, ConnectError } from '@connectrpc/connect';
import { type WebSocket, WebSocketServer } from 'ws';
import { callContextValues } from './call-context.ts';
import { errorDetails } from './error-codes.ts';
import { type EventSocketKind, type EventSocketOptions, serveEventSocket } from './events/event-socket.ts';
import type { OriginPolicy } from './origin-policy.ts';
import { identifyRequest, REQUEST_ID_HEADER } from './request-identity.ts';
import { limitRefusal, type RequestLimits } from './request-limits.ts';
import { httpStatusOf, type Transcoder } from './rest/index.ts';
import {
  CLOSE_GOING_AWAY,
  CLOSE_NORMAL,
  closeAfterError,
  keepAlive,
  sendMessage,
} from './web-socket-peer.ts';

/** The longest message that is read from a peer before it is thrown away: nothing is expected. */
const LARGEST_MESSAGE_BYTES = 64 * 1024;

/** What upgrades lead to. */
export interface WebSocketDoorOptions extends EventSocketOptions {
  /** The paths that are no method's. */
  readonly eventSockets: readonly EventSocketKind[];
  readonly transcoder: Transcoder;
  readonly policy: OriginPolicy;
  readonly limits: RequestLimits;
  /** How often a peer is asked whether it is there. */
  readonly pingMs: number;
}

/** Takes WebSocket upgrades. */
export interface WebSocketDoor {
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
  /** Ends what is still open. */
  destroy(): void;
}

/**
 * Serves the events, and every other server-streaming GET, as WebSockets on the paths they have anyway. Pages of
 * foreign origins are refused: a browser asks nobody before it opens a WebSocket.
 */
export function createWebSocketDoor(options: WebSocketDoorOptions): WebSocketDoor {
  const { eventSockets, transcoder, policy, limits, draining, pingMs } = options;
  const server = new WebSocketServer({
    noServer: true,
    clientTracking: true,
    maxPayload: LARGEST_MESSAGE_BYTES,
    perMessageDeflate: false,
  });
  server.on('headers', (headers, request) => {
    headers.push(`${REQUEST_ID_HEADER}: ${identifyRequest(request.headers)}`);
  });

  async function serve(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    if (policy(request.headers.origin, request.headers.host) === 'foreign') throw foreignOrigin(request);
    const refusal = limitRefusal(request, limits);
    if (refusal !== undefined) throw refusal;
    const url = request.url ?? '';
    const kind = eventSockets.find(({ path }) => url === path || url.startsWith(`${path}?`));
    if (kind !== undefined) {
      await serveEventSocket(await accept(request, socket, head), socket, request, kind, options);
      return;
    }
    const aborter = new AbortController();
    socket.once('close', () => aborter.abort());
    const contextValues = callContextValues(request, 'websocket');
    const lines = await transcoder.openLines(
      { url, headers: request.headers },
      aborter.signal,
      contextValues,
    );
    await sendLines(await accept(request, socket, head), lines, aborter.signal);
  }

  /** One message per line, or per piece of bytes where the stream has no lines. */
  async function sendLines(peer: WebSocket, lines: AsyncIterable<string | Uint8Array>, signal: AbortSignal) {
    try {
      for await (const line of lines)
        await sendMessage(peer, typeof line === 'string' ? line.trimEnd() : line, signal);
      if (draining.aborted) peer.close(CLOSE_GOING_AWAY, 'shutdown');
      else peer.close(CLOSE_NORMAL);
    } catch (error) {
      if (!signal.aborted) closeAfterError(peer, error, transcoder.printError(error));
    }
  }

  function accept(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<WebSocket> {
    return new Promise((resolve) => {
      server.handleUpgrade(request, socket, head, (peer) => {
        // A broken peer closes as well, and there is nobody to tell.
        peer.on('error', () => peer.terminate());
        keepAlive(peer, pingMs);
        resolve(peer);
      });
    });
  }

  return {
    upgrade(request, socket, head) {
      // The socket has no other owner until the handshake is done.
      const onError = (): void => {
        socket.destroy();
      };
      socket.on('error', onError);
      identifyRequest(request.headers);
      serve(request, socket, head).catch((error: unknown) => refuse(request, socket, error, transcoder));
    },
    destroy() {
      for (const client of server.clients) client.terminate();
    },
  };
}

function foreignOrigin({ headers }: IncomingMessage): ConnectError {
  const message = `origin is not allowed to open a WebSocket, was ${JSON.stringify(headers.origin)}`;
  return new ConnectError(message, Code.PermissionDenied);
}

/** Answers an upgrade that does not come about as the request that it also is. */
function refuse({ headers }: IncomingMessage, socket: Duplex, error: unknown, transcoder: Transcoder): void {
  if (!socket.writable) return;
  const known =
    error instanceof ConnectError
      ? error
      : new ConnectError('internal error', Code.Internal, undefined, errorDetails('INTERNAL'));
  const status = httpStatusOf(known);
  const body = transcoder.printError(known);
  socket.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\ncontent-type: application/json\r\n` +
      `${REQUEST_ID_HEADER}: ${headers[REQUEST_ID_HEADER]}\r\n` +
      `content-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`,
  );
}
