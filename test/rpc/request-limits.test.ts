import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect as connectHttp2, type IncomingHttpHeaders } from 'node:http2';
import { connect, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { ConnectError, createClient } from '@connectrpc/connect';
import {
  createConnectTransport,
  createGrpcTransport,
  createGrpcWebTransport,
  Http2SessionManager,
} from '@connectrpc/connect-node';
import WebSocket from 'ws';
import { ErrorInfoSchema } from '../../gen/ts/google/rpc/error_details_pb.ts';
import { RuntimeService } from '../../gen/ts/streamlib/v1/runtime_pb.ts';
import { eventually } from '../support/eventually.ts';
import { TestServer } from '../support/server.ts';

const LONG = 'x'.repeat(4000);

describe('the limits of a request', () => {
  let server: TestServer;

  before(async () => {
    server = await TestServer.start({ config: { max_header_bytes: 2048, max_url_bytes: 1024 } });
  });

  after(async () => {
    await server.close();
  });

  for (const { name, path, headers, want } of [
    { name: 'a path of REST', path: `/api/processors/${LONG}`, headers: {}, want: 414 },
    { name: 'a path of nothing', path: `/${LONG}`, headers: {}, want: 414 },
    { name: 'a query of events', path: `/api/events?topics=${LONG}`, headers: {}, want: 414 },
    { name: 'headers of REST', path: '/api/runtime/state', headers: { 'x-much': LONG }, want: 431 },
    { name: 'headers of events', path: '/api/events', headers: { 'x-much': LONG }, want: 431 },
    {
      name: 'headers that are not even read',
      path: '/health',
      headers: { 'x-much': LONG + LONG },
      want: 431,
    },
  ]) {
    it(`are kept for ${name}: ${want} and what was too large`, async () => {
      const response = await fetch(server.url + path, { headers });
      const body = (await response.json()) as { code: string; details: { reason: string }[] };
      assert.deepEqual(
        [response.status, body.code, body.details[0]?.reason],
        [want, 'resource_exhausted', 'QUOTA'],
      );
    });
  }

  it('are kept for REST over HTTP/2', async () => {
    const session = connectHttp2(server.url);
    const stream = session.request({ ':path': `/api/processors/${LONG}` });
    const [headers] = (await once(stream, 'response')) as [IncomingHttpHeaders];
    assert.equal(headers[':status'], 414);
    assert.match(await text(stream), /max_url_bytes/);
    session.close();
  });

  it('are kept for every protocol of RPCs', async () => {
    const sessionManager = new Http2SessionManager(server.url);
    const baseUrl = server.url;
    for (const transport of [
      createGrpcTransport({ baseUrl, sessionManager }),
      createGrpcWebTransport({ baseUrl, httpVersion: '1.1' }),
      createConnectTransport({ baseUrl, httpVersion: '1.1', useHttpGet: true }),
      createConnectTransport({ baseUrl, httpVersion: '2', sessionManager, useBinaryFormat: false }),
    ]) {
      const call = createClient(RuntimeService, transport).getRuntimeState(
        {},
        { headers: { 'x-much': LONG } },
      );
      const error: unknown = await call.then(
        () => undefined,
        (reason: unknown) => reason,
      );
      assert.ok(error instanceof ConnectError);
      const [info] = error.findDetails(ErrorInfoSchema);
      assert.deepEqual([info?.reason, { ...info?.metadata }], ['QUOTA', { limit: 'max_header_bytes' }]);
      assert.match(error.rawMessage, /^the headers must be at most 2048 bytes together, were \d{4}$/);
    }
    sessionManager.abort();
  });

  it('are kept for WebSockets before they are opened', async () => {
    const socket = new WebSocket(`${server.url.replace('http', 'ws')}/api/events?topics=${LONG}`);
    const [request, response] = await once(socket, 'unexpected-response');
    assert.equal(response.statusCode, 414);
    socket.on('error', () => {});
    request.destroy();
  });
});

describe('slow peers', () => {
  let server: TestServer;

  before(async () => {
    const config = { header_timeout_ms: 150, request_timeout_ms: 300, idle_timeout_ms: 200 };
    server = await TestServer.start({ config });
  });

  after(async () => {
    await server.close();
  });

  const opened = async (): Promise<Socket> => {
    const socket = connect(server.port, '127.0.0.1');
    socket.on('error', () => {});
    await once(socket, 'connect');
    return socket;
  };

  it('that say nothing are let go', async () => {
    assert.equal(await text(await opened()), '');
  });

  it('that never finish a head are answered 408, however steadily they write', async () => {
    const socket = await opened();
    socket.write('GET /health HTTP/1.1\r\nhost: a\r\n');
    const drip = setInterval(() => socket.write('x-a: b\r\n'), 20);
    const answer = await text(socket);
    clearInterval(drip);
    assert.match(answer, /^HTTP\/1\.1 408 [\s\S]*"reason":"DEADLINE_EXCEEDED"/);
  });

  it('that never finish a body are let go over HTTP/1.1', async () => {
    const socket = await opened();
    socket.write('POST /api/processors HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\n');
    socket.write('content-length: 1000\r\n\r\n{');
    const drip = setInterval(() => socket.write(' '), 20);
    await text(socket);
    clearInterval(drip);
  });

  it('that never finish a body have their stream reset over HTTP/2, and the others go on', async () => {
    const session = connectHttp2(server.url);
    const headers = { ':method': 'POST', ':path': '/api/processors', 'content-type': 'application/json' };
    const slow = session.request(headers);
    const drip = setInterval(() => slow.write(' '), 20);
    let code = 0;
    slow.on('error', () => {});
    slow.on('close', () => {
      code = slow.rstCode;
    });
    await eventually(async () => {
      assert.match(await text(session.request({ ':path': '/api/runtime/state' })), /"status"/);
      return slow.destroyed;
    }, 'the slow stream is reset');
    clearInterval(drip);
    // ENHANCE_YOUR_CALM
    assert.equal(code, 11);
    session.close();
  });

  it('keep their connection only for so long without a call', async () => {
    const idle = await opened();
    idle.write('GET /health HTTP/1.1\r\nhost: a\r\n\r\n');
    assert.match(await text(idle), /^HTTP\/1\.1 200 /);
    const session = connectHttp2(server.url);
    await text(session.request({ ':path': '/health' }));
    await eventually(() => session.destroyed, 'the session is closed');
  });

  it('keep a stream for as long as it lasts', async () => {
    const session = connectHttp2(server.url);
    const events = session.request({ ':path': '/api/events?heartbeat=0.1s' });
    events.setEncoding('utf8');
    let seen = '';
    events.on('data', (chunk: string) => {
      seen += chunk;
    });
    await eventually(() => seen.split('"heartbeat"').length > 8, 'it lives on beyond every timeout');
    assert.equal(events.closed, false);
    session.destroy();
  });
});
