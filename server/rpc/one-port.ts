import {
  createServer as createHttp1Server,
  type Server as Http1Server,
  type IncomingMessage,
} from 'node:http';
import { createServer as createHttp2Server, type Http2Server, type ServerHttp2Session } from 'node:http2';
import { createServer, type Server, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { endStreamWithAnswer } from './early-answers.ts';
import type { RequestListener } from './request-listener.ts';
import { createTlsHandshake } from './tls-handshake.ts';
import type { TlsIdentity } from './tls-identity.ts';

/** The first bytes of every HTTP/2 connection (RFC 9113, section 3.4), as far as they differ from any request. */
const PREFACE = Buffer.from('PRI * HTTP/2.0\r\n');

/** How long a new connection may stay silent. */
const SILENCE_MS = 15_000;

/** More streams than this at once are refused on one HTTP/2 connection. */
const STREAMS_PER_CONNECTION = 1000;

/** What the server does with what arrives. */
export interface OnePortOptions {
  /** Connections are encrypted with this; without it none is. */
  readonly tls?: TlsIdentity | undefined;
  readonly onRequest: RequestListener;
  /** A WebSocket upgrade; the other kinds are answered as ordinary requests. */
  readonly onUpgrade: (request: IncomingMessage, socket: Duplex, head: Buffer) => void;
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
export function createOnePortServer({ onRequest, onUpgrade, tls }: OnePortOptions): OnePortServer {
  const sockets = new Set<Socket>();
  const silent = new Map<string, Socket>();
  const sessions = new Set<ServerHttp2Session>();
  const http1 = createHttp1(onRequest, onUpgrade);
  const http2 = createHttp2(onRequest, sessions);
  const open = (socket: Socket, isHttp2: boolean): void => {
    silent.delete(peerOf(socket));
    (isHttp2 ? http2 : http1).emit('connection', socket);
  };
  const begin =
    tls === undefined
      ? (socket: Socket) => dispatchByPreface(socket, (isHttp2) => open(socket, isHttp2))
      : createTlsHandshake(tls, SILENCE_MS, (socket, isHttp2) => {
          if (isHttp2) open(socket, true);
          // Silent up to here: an http server takes a connection without a request for a busy one.
          else dispatchByPreface(socket, () => open(socket, false));
        });
  const server = createServer((socket) => {
    const peer = peerOf(socket);
    sockets.add(socket);
    silent.set(peer, socket);
    socket.setNoDelay(true);
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
      for (const session of sessions) session.close();
      for (const socket of silent.values()) socket.destroy();
      return closed.finally(() => {
        clearInterval(timer);
        // Its timers would go on: it was told that it listens.
        http1.close();
      });
    },
    destroy() {
      for (const session of sessions) session.destroy();
      for (const socket of sockets) socket.destroy();
    },
    get connections() {
      return sockets.size;
    },
  };
}

/** The same for a connection and for the encrypted one inside it. */
const peerOf = ({ remoteAddress, remotePort }: Socket): string => `${remoteAddress} ${remotePort}`;

function createHttp1(onRequest: RequestListener, onUpgrade: OnePortOptions['onUpgrade']): Http1Server {
  const server = createHttp1Server({
    // Without this a client that offers another upgrade, as `h2c`, would get no answer to its request.
    shouldUpgradeCallback: (request) => request.headers.upgrade?.toLowerCase() === 'websocket',
  });
  server.on('request', onRequest);
  server.on('upgrade', onUpgrade);
  return server;
}

function createHttp2(onRequest: RequestListener, sessions: Set<ServerHttp2Session>): Http2Server {
  const server = createHttp2Server({ settings: { maxConcurrentStreams: STREAMS_PER_CONNECTION } });
  server.on('request', endStreamWithAnswer);
  server.on('request', onRequest);
  server.on('session', (session) => {
    sessions.add(session);
    session.once('close', () => sessions.delete(session));
    // A broken peer is its own problem; without a listener the error would end the process.
    session.on('error', () => session.destroy());
  });
  return server;
}

/** Waits until the bytes decide; they may arrive one at a time. They are all back in the socket then. */
function dispatchByPreface(socket: Socket, decide: (isHttp2: boolean) => void): void {
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
  socket.setTimeout(SILENCE_MS);
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
