import type { Socket } from 'node:net';
import { createServer } from 'node:tls';
import type { TlsIdentity } from './tls-identity.ts';

/**
 * Takes new connections, and calls `open` with those whose handshake is done and whether HTTP/2 was agreed on (ALPN);
 * without an agreement it is HTTP/1.1. Connections that do not finish their handshake within `silenceMs`, or that
 * speak no TLS, are closed.
 */
export function createTlsHandshake(
  { certificate, key }: TlsIdentity,
  silenceMs: number,
  open: (socket: Socket, isHttp2: boolean) => void,
): (connection: Socket) => void {
  // It never listens: the one port has its own listener, and counts its connections there.
  const server = createServer({
    cert: certificate,
    key,
    ALPNProtocols: ['h2', 'http/1.1'],
    handshakeTimeout: silenceMs,
  });
  server.on('secureConnection', (socket) => open(socket, socket.alpnProtocol === 'h2'));
  server.on('tlsClientError', (_error, socket) => socket.destroy());
  return (connection) => server.emit('connection', connection);
}
