import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect as connectHttp2 } from 'node:http2';
import { get } from 'node:https';
import { connect as connectTcp } from 'node:net';
import { text } from 'node:stream/consumers';
import { connect as connectTls } from 'node:tls';
import { createClient } from '@connectrpc/connect';
import { createConnectTransport, createGrpcTransport } from '@connectrpc/connect-node';
import { WebSocket } from 'ws';
import { RuntimeService } from '../../gen/ts/streamlib/v1/runtime_pb.ts';
import { StreamlibError } from '../../server/runtime/errors.ts';
import { ROOT, startCli } from '../support/child.ts';
import { TestServer } from '../support/server.ts';

const CERTIFICATE = `${ROOT}test/fixtures/tls/certificate.pem`;
const KEY = `${ROOT}test/fixtures/tls/key.pem`;
const ca = readFileSync(CERTIFICATE);

describe('TLS on the one port', () => {
  let server: TestServer;

  before(async () => {
    server = await TestServer.start({ config: { tls_cert: CERTIFICATE, tls_key: KEY } });
  });

  after(() => server.close());

  it('is what the address of the server says', () => {
    assert.match(server.url, /^https:\/\/127\.0\.0\.1:\d+$/);
  });

  for (const { offered, agreed } of [
    { offered: ['h2', 'http/1.1'], agreed: 'h2' },
    { offered: ['http/1.1'], agreed: 'http/1.1' },
    { offered: undefined, agreed: false },
  ]) {
    it(`agrees on ${agreed || 'nothing'} with a client that offers ${offered?.join(' and ') ?? 'nothing'}`, async () => {
      const socket = connectTls({ port: server.port, host: '127.0.0.1', ca, ALPNProtocols: offered });
      await once(socket, 'secureConnect');
      assert.equal(socket.alpnProtocol, agreed);
      socket.destroy();
    });
  }

  it('answers HTTP/1.1', async () => {
    const request = get(`${server.url}/api/runtime/state`, { ca, agent: false });
    const [response] = await once(request, 'response');
    assert.equal(JSON.parse(await text(response)).status, 'initial');
  });

  it('answers HTTP/2', async () => {
    const session = connectHttp2(server.url, { ca });
    const stream = session.request({ ':path': '/api/runtime/state' });
    assert.equal(JSON.parse(await text(stream)).status, 'initial');
    session.close();
    await once(session, 'close');
  });

  for (const [name, transport] of Object.entries({
    gRPC: () => createGrpcTransport({ baseUrl: server.url, nodeOptions: { ca } }),
    Connect: () => createConnectTransport({ baseUrl: server.url, httpVersion: '1.1', nodeOptions: { ca } }),
  })) {
    it(`answers ${name}`, async () => {
      const client = createClient(RuntimeService, transport());
      assert.equal((await client.getRuntimeState({})).revision, 0n);
    });
  }

  it('carries WebSockets', async () => {
    const socket = new WebSocket(`${server.url.replace('https', 'wss')}/api/events`, { ca });
    const [line] = await once(socket, 'message');
    assert.ok('started' in JSON.parse(String(line)));
    socket.close();
    await once(socket, 'close');
  });

  it('closes a connection that speaks no TLS', async () => {
    const socket = connectTcp(server.port, '127.0.0.1');
    socket.write('GET /health HTTP/1.1\r\nhost: localhost\r\n\r\n');
    socket.resume();
    await once(socket, 'close');
    assert.ok(socket.bytesRead < 50, `it got ${socket.bytesRead} bytes, more than an alert`);
  });

  it('waits for no handshake when it ends', async () => {
    const ending = await TestServer.start({ config: { tls_cert: CERTIFICATE, tls_key: KEY } });
    const silent = connectTcp(ending.port, '127.0.0.1');
    await once(silent, 'connect');
    const open = connectTls({ port: ending.port, host: '127.0.0.1', ca });
    await once(open, 'secureConnect');
    // What the server cuts off may look like a reset from here.
    const closed = [silent, open].map(async (socket) => {
      socket.on('error', () => {});
      await new Promise((resolve) => socket.resume().once('close', resolve));
    });
    await ending.close();
    await Promise.all(closed);
  });
});

describe('the certificate of the server', () => {
  for (const { name, config, path, message } of [
    {
      name: 'a certificate without a key',
      config: { tls_cert: CERTIFICATE },
      path: 'config.tls_key',
      message: /both be given or neither/,
    },
    {
      name: 'a key without a certificate',
      config: { tls_key: KEY },
      path: 'config.tls_cert',
      message: /both be given or neither/,
    },
    {
      name: 'a file that is not there',
      config: { tls_cert: '/nowhere/at-all.pem', tls_key: KEY },
      path: 'config.tls_cert',
      message: /"\/nowhere\/at-all\.pem" \(ENOENT\)/,
    },
    {
      name: 'a file that is no certificate',
      config: { tls_cert: `${ROOT}package.json`, tls_key: KEY },
      path: 'config.tls_cert',
      message: /package\.json/,
    },
  ]) {
    it(`must be complete: refuses ${name}`, async () => {
      await assert.rejects(TestServer.start({ config }), (error: unknown) => {
        assert.ok(error instanceof StreamlibError);
        assert.equal(error.code, 'CONFIG_INVALID');
        assert.equal(error.path, path);
        assert.match(error.message, message);
        return true;
      });
    });
  }

  it('is given by --tls-cert and --tls-key', async () => {
    const options = ['--tls-cert', CERTIFICATE, '--tls-key', KEY];
    await using child = startCli(['serve', '--ephemeral', '--port', '0', ...options]);
    assert.match(await child.listening(), /^https:\/\/127\.0\.0\.1:\d+$/);
  });
});
