import { once } from 'node:events';
import { connect } from 'node:net';

/** Far above every timeout of the server under test. */
const LONGEST_MS = 20_000;

/**
 * Sends the pieces one by one over a connection of its own, says that nothing more comes, and resolves with all that
 * the server sent until it closed. After the `opening` it waits for the first bytes from the server: who sends on to a
 * server that has closed loses what it has not read. Rejects where the server does not let the connection go.
 */
export async function exchangeBytes(
  port: number,
  pieces: readonly Uint8Array[],
  opening: Uint8Array = new Uint8Array(),
): Promise<Buffer> {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true });
  const received: Buffer[] = [];
  socket.on('data', (bytes: Buffer) => received.push(bytes));
  // A server may end a connection on which nonsense still arrives.
  socket.on('error', () => {});
  const closed = new Promise((resolve) => socket.once('close', resolve));
  if (opening.length > 0) {
    socket.write(opening);
    await once(socket, 'data');
  }
  for (const piece of pieces) {
    if (!socket.destroyed) await new Promise((resolve) => socket.write(piece, resolve));
  }
  socket.end();
  const timer = setTimeout(() => socket.destroy(new Error('too late')), LONGEST_MS);
  await closed;
  clearTimeout(timer);
  if (socket.errored?.message === 'too late') {
    throw new Error(`the server kept the connection for ${LONGEST_MS} ms`);
  }
  return Buffer.concat(received);
}
