import {
  createServer as createHttp1Server,
  type Server as Http1Server,
  type IncomingMessage,
  type ServerResponse,
  STATUS_CODES,
} from 'node:http';
import { createServer as createHttp2Server, type Http2Server } from 'node:http2';
import { createServer, type Server, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { endStreamWithAnswer } from './early-answers.ts';
import { type ConnectionTimeouts, keepHttp2 } from './http2-upkeep.ts';
import type { RequestListener } from './request-listener.ts';
import { createTlsHandshake } from './tls-handshake.ts';
import type { TlsIdentity } from './tls-identity.ts';

/** The first bytes of every HTTP/2 connection (RFC 9113, section 3.4), as far as they differ from any request. */
const PREFACE = Buffer.from('PRI * HTTP/2.0\r\n');

/** How long a quiet connection stays before the system asks its peer, so that one that is gone is noticed. */
const KEEP_ALIVE_MS = 30_000;

/** More streams than this at once are refused on one HTTP/2 connection. */
const STREAMS_PER_CONNECTION = 1000;

/** What the server does with what arrives. */
export interface OnePortOptions {
  /** Connections are encrypted with this; without it none is. */
  readonly tls?: TlsIdentity | undefined;
  readonly onRequest: RequestListener;
  /** A WebSocket upgrade; the other kinds are answered as ordinary requests. */
  readonly onUpgrade: (request: IncomingMessage, socket: Duplex, head: Buffer) => void;
  readonly timeouts: ConnectionTimeouts;
  /**
   * What is read of the head of a request at most. Beyond it HTTP/1.1 is answered 431, and an HTTP/2 stream is reset
   * with ENHANCE_YOUR_CALM.
   */
  readonly maxHeadBytes: number;
  /** The JSON body of what is refused before it is a request: 400, 408 and 431. */
  readonly printRefusal: (status: number, message: string) => string;
}

/** HTTP/1.1 and HTTP/2 on one port, both in cleartext or both over TLS. */
export interface OnePortServer {
  /** Rejects with the system's error, as EADDRINUSE. Answers the port, which matters where 0 was asked for. */
  listen(host: string, port: number): Promise<number>;
  /** Takes no new connections, lets open calls finish and closes what is idle. Resolves when all are closed. */
  drain(): Promise<void>;
  /** Closes every connection as it is. */
  destroy(): void;
  readonly connections: number;
}

/**
 * Makes the server: a TCP server that looks at the first bytes of a connection and hands it to an HTTP/2 server
 * when they are the preface, and to an HTTP/1.1 server when they are anything else. Over TLS the two sides have
 * agreed on the protocol before.
 */
export function createOnePortServer(options: OnePortOptions): OnePortServer {
  const { timeouts, tls } = options;
  const sockets = new Set<Socket>();
  const silent = new Map<string, Socket>();
  const http1 = createHttp1(options);
  const http2 = createHttp2(options);
  const upkeep = keepHttp2(http2, timeouts);
  const open = (socket: Socket, isHttp2: boolean): void => {
    silent.delete(peerOf(socket));
    (isHttp2 ? http2 : http1).emit('connection', socket);
  };
  const begin =
    tls === undefined
      ? (socket: Socket) => dispatchByPreface(socket, timeouts.headerMs, (isHttp2) => open(socket, isHttp2))
      : createTlsHandshake(tls, timeouts.headerMs, (socket, isHttp2) => {
          if (isHttp2) open(socket, true);
          // Silent up to here: an http server takes a connection without a request for a busy one.
          else dispatchByPreface(socket, timeouts.headerMs, () => open(socket, false));
        });
  const server = createServer((socket) => {
    const peer = peerOf(socket);
    sockets.add(socket);
    silent.set(peer, socket);
    socket.setNoDelay(true);
    socket.setKeepAlive(true, KEEP_ALIVE_MS);
    begin(socket);
    socket.once('close', () => {
      sockets.delete(socket);
      silent.delete(peer);
    });
  });

  return {
    async listen(host, port) {
      await listening(server, host, port);
      // An http server watches header and request timeouts only from its own 'listening' on.
      http1.emit('listening');
      const address = server.address();
      return typeof address === 'object' && address !== null ? address.port : port;
    },
    drain() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      const timer = setInterval(() => http1.closeIdleConnections(), 50);
      http1.closeIdleConnections();
      for (const session of upkeep.sessions) session.close();
      for (const socket of silent.values()) socket.destroy();
      return closed.finally(() => {
        clearInterval(timer);
        upkeep[Symbol.dispose]();
        // Its timers would go on: it was told that it listens.
        http1.close();
      });
    },
    destroy() {
      for (const session of upkeep.sessions) session.destroy();
      for (const socket of sockets) socket.destroy();
    },
    get connections() {
      return sockets.size;
    },
  };
}

/** The same for a connection and for the encrypted one inside it. */
const peerOf = ({ remoteAddress, remotePort }: Socket): string => `${remoteAddress} ${remotePort}`;

function createHttp1(options: OnePortOptions): Http1Server {
  const { onRequest, onUpgrade, timeouts, maxHeadBytes, printRefusal } = options;
  const { headerMs, requestMs, idleMs } = timeouts;
  const server = createHttp1Server({
    maxHeaderSize: maxHeadBytes,
    headersTimeout: Math.min(headerMs, requestMs),
    requestTimeout: requestMs,
    keepAliveTimeout: idleMs,
    connectionsCheckingInterval: Math.max(Math.round(Math.min(headerMs, requestMs) / 4), 10),
    // Without this a client that offers another upgrade, as `h2c`, would get no answer to its request.
    shouldUpgradeCallback: (request) => request.headers.upgrade?.toLowerCase() === 'websocket',
  });
  const answers = new WeakMap<Socket, ServerResponse>();
  server.on('request', (request, response) => {
    answers.set(request.socket, response);
    onRequest(request, response);
  });
  server.on('upgrade', onUpgrade);
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Socket) => {
    // NB: another head in the middle of an answer would be read as part of it.
    const isAnswering = answers.get(socket)?.writableFinished === false;
    if (!socket.writable || isAnswering) socket.destroy();
    else socket.end(refusalText(error, printRefusal));
  });
  return server;
}

/** A whole answer to something that did not become a request. */
function refusalText({ code }: NodeJS.ErrnoException, print: OnePortOptions['printRefusal']): string {
  const [status, message] = REFUSALS[code ?? ''] ?? [400, 'the request must be HTTP, was malformed'];
  const body = print(status, message);
  return (
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nconnection: close\r\ncontent-type: application/json\r\n` +
    `content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`
  );
}

const REFUSALS: Readonly<Record<string, readonly [status: number, message: string]>> = {
  HPE_HEADER_OVERFLOW: [431, 'the head of the request is too large'],
  ERR_HTTP_REQUEST_TIMEOUT: [408, 'the request took too long to arrive'],
};

function createHttp2({ onRequest, maxHeadBytes }: OnePortOptions): Http2Server {
  const server = createHttp2Server({
    settings: { maxConcurrentStreams: STREAMS_PER_CONNECTION, maxHeaderListSize: maxHeadBytes },
  });
  server.on('request', endStreamWithAnswer);
  server.on('request', onRequest);
  server.on('session', (session) => {
    // A broken peer is its own problem; without a listener the error would end the process.
    session.on('error', () => session.destroy());
  });
  return server;
}

/** Waits until the bytes decide; they may arrive one at a time. They are all back in the socket then. */
function dispatchByPreface(socket: Socket, silenceMs: number, decide: (isHttp2: boolean) => void): void {
  const onFailure = (): void => {
    socket.destroy();
  };
  // NB: 'readable' and not 'data', which would leave the socket flowing; HTTP/2 cannot take over a flowing one.
  let bytes = Buffer.alloc(0);
  const onReadable = (): void => {
    const more: Buffer | null = socket.read();
    if (more === null) return;
    bytes = Buffer.concat([bytes, more]);
    const known = Math.min(bytes.length, PREFACE.length);
    const isPreface = bytes.subarray(0, known).equals(PREFACE.subarray(0, known));
    if (isPreface && known < PREFACE.length) return;
    socket.off('readable', onReadable);
    socket.off('error', onFailure);
    socket.off('timeout', onFailure);
    socket.setTimeout(0);
    socket.unshift(bytes);
    decide(isPreface);
  };
  socket.on('error', onFailure);
  socket.on('timeout', onFailure);
  socket.setTimeout(silenceMs);
  socket.on('readable', onReadable);
}

function listening(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
}
