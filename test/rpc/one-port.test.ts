import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect as connectHttp2 } from 'node:http2';
import { connect, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import fc from 'fast-check';
import { createOnePortServer, type OnePortServer } from '../../server/rpc/one-port.ts';
import { eventually } from '../support/eventually.ts';

const HTTP2_GREETING = Buffer.concat([
  Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'),
  // An empty SETTINGS frame.
  Buffer.from([0, 0, 0, 4, 0, 0, 0, 0, 0]),
]);
const HTTP1_REQUEST = Buffer.from('GET /x HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');

const LIMITS = {
  timeouts: { headerMs: 15_000, requestMs: 60_000, idleMs: 120_000 },
  maxHeadBytes: 16_384,
  printRefusal: (status: number, message: string) => JSON.stringify({ status, message }),
};

describe('the one-port server', () => {
  let server: OnePortServer;
  let port: number;
  let upgrades: number;

  beforeEach(async () => {
    upgrades = 0;
    server = createOnePortServer({
      ...LIMITS,
      onRequest: (request, response) => {
        response.statusCode = 200;
        response.end(`${request.method} ${request.url} ${request.httpVersion}`);
      },
      onUpgrade: (_request, socket) => {
        upgrades++;
        socket.end('HTTP/1.1 101 Switching Protocols\r\n\r\n');
      },
    });
    port = await server.listen('127.0.0.1', 0);
  });

  afterEach(async () => {
    const drained = server.drain();
    server.destroy();
    await drained;
    await eventually(() => server.connections === 0, 'every connection is closed');
  });

  it('answers HTTP/1.1', async () => {
    const response = await fetch(`http://127.0.0.1:${port}/a`);
    assert.equal(await response.text(), 'GET /a 1.1');
  });

  it('answers HTTP/2 without TLS', async () => {
    const session = connectHttp2(`http://127.0.0.1:${port}`);
    assert.equal(await text(session.request({ ':path': '/b' })), 'GET /b 2.0');
    session.close();
  });

  it('tells the two apart however the first bytes are cut', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.boolean(),
        fc.array(fc.integer({ min: 1, max: 30 }), { maxLength: 4 }),
        async (isHttp2, cuts) => {
          const socket = await opened(port);
          const bytes = isHttp2 ? HTTP2_GREETING : HTTP1_REQUEST;
          let offset = 0;
          for (const cut of [...cuts, bytes.length]) {
            // Written one by one, so that each arrives on its own where the system lets it.
            await new Promise((resolve) => socket.write(bytes.subarray(offset, offset + cut), resolve));
            offset += cut;
          }
          const [answer] = (await once(socket, 'data')) as [Buffer];
          socket.destroy();
          if (isHttp2) return answer[3] === 4;
          return answer.toString().startsWith('HTTP/1.1 200 OK');
        },
      ),
      { numRuns: 40 },
    );
  });

  it('takes a request that begins like the preface for HTTP/1.1', async () => {
    const socket = await opened(port);
    socket.write('PRI');
    socket.write('VATE / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');
    assert.match(await text(socket), /^HTTP\/1\.1 400 /);
  });

  it('answers a request that offers an upgrade to HTTP/2 as it is', async () => {
    const socket = await opened(port);
    socket.write(
      'GET /c HTTP/1.1\r\nHost: a\r\nConnection: Upgrade, HTTP2-Settings, close\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n\r\n',
    );
    socket.end();
    assert.match(await text(socket), /^HTTP\/1\.1 200 OK[\s\S]*GET \/c 1\.1/);
    assert.equal(upgrades, 0);
  });

  it('hands a WebSocket upgrade on', async () => {
    const socket = await opened(port);
    socket.write('GET /d HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n');
    assert.match(await text(socket), /^HTTP\/1\.1 101 /);
    assert.equal(upgrades, 1);
  });

  it('survives peers that leave in the middle', async () => {
    for (const bytes of ['', 'P', 'PRI * HTTP/2.0\r\n', 'GET / HT']) {
      const socket = await opened(port);
      socket.write(bytes);
      socket.resetAndDestroy();
    }
    await eventually(() => server.connections === 0, 'the connections are gone');
    assert.equal((await fetch(`http://127.0.0.1:${port}/`)).status, 200);
  });

  it('refuses a port that is in use with the error of the system', async () => {
    const second = createOnePortServer({ ...LIMITS, onRequest: () => {}, onUpgrade: () => {} });
    await assert.rejects(second.listen('127.0.0.1', port), { code: 'EADDRINUSE' });
  });

  it('closes idle and silent connections when it drains, and lets open calls finish', async () => {
    const session = connectHttp2(`http://127.0.0.1:${port}`);
    await text(session.request({ ':path': '/' }));
    const silent = await opened(port);
    silent.on('error', () => {});
    await fetch(`http://127.0.0.1:${port}/`).then((response) => response.text());
    await eventually(() => server.connections === 3, 'three connections are open');
    await server.drain();
    await eventually(() => server.connections === 0, 'all are closed');
    assert.equal(session.closed, true);
    await assert.rejects(fetch(`http://127.0.0.1:${port}/`));
  });
});

async function opened(port: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1');
  await once(socket, 'connect');
  return socket;
}
