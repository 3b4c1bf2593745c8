import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect as connectHttp2 } from 'node:http2';
import { connect, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { createClient } from '@connectrpc/connect';
import { createGrpcTransport, Http2SessionManager } from '@connectrpc/connect-node';
import {
  Health,
  HealthCheckResponse_ServingStatus as Status,
} from '../../gen/ts/grpc/health/v1/health_pb.ts';
import { eventually } from '../support/eventually.ts';
import { TestServer } from '../support/server.ts';

const CONNECT_JSON =
  'POST /streamlib.v1.RuntimeService/GetRuntimeState HTTP/1.1\r\nhost: a\r\nconnection: close\r\n' +
  'content-type: application/json\r\ncontent-length: 2\r\n\r\n{}';
const GRPC_WEB =
  'POST /streamlib.v1.RuntimeService/GetRuntimeState HTTP/1.1\r\nhost: a\r\nconnection: close\r\n' +
  'content-type: application/grpc-web+proto\r\ncontent-length: 5\r\n\r\n\0\0\0\0\0';
const get = (path: string): string => `GET ${path} HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n`;

describe('a server that drains', () => {
  /** A server with a call open on each of these connections: nobody polls, so they stay open until somebody does. */
  async function busyServer(connections: number): Promise<{ server: TestServer; sockets: Socket[] }> {
    const server = await TestServer.start({ runtime: { autoPoll: false } });
    const sockets: Socket[] = [];
    for (let index = 0; index < connections; index++) {
      const socket = connect(server.port, '127.0.0.1');
      await once(socket, 'connect');
      socket.write('GET /api/runtime/state HTTP/1.1\r\nhost: a\r\n\r\n');
      sockets.push(socket);
    }
    // An answer to a later call shows that these were taken.
    assert.equal((await fetch(`${server.url}/health`)).status, 200);
    return { server, sockets };
  }

  /** Closes the server; what is open goes on once `meanwhile` is done. */
  async function closeAfter(server: TestServer, meanwhile: () => Promise<void>): Promise<void> {
    const closed = server.close();
    await eventually(async () => !(await canConnect(server)), 'no connection is taken any more');
    await meanwhile();
    const poll = setInterval(() => server.runtime.pollCommands(), 1);
    await closed;
    clearInterval(poll);
  }

  it('refuses new calls on open connections by every door, but says how it is', async () => {
    const calls = {
      REST: { request: get('/api/processors'), want: /^503 [\s\S]*"reason":"SERVER_SHUTTING_DOWN"/ },
      NDJSON: { request: get('/api/events'), want: /^503 [\s\S]*"reason":"SERVER_SHUTTING_DOWN"/ },
      Connect: {
        request: CONNECT_JSON,
        want: /^503 [\s\S]*"code":"unavailable"[\s\S]*"SERVER_SHUTTING_DOWN"/,
      },
      'gRPC-Web': { request: GRPC_WEB, want: /^200 [\s\S]*grpc-status: 14/ },
      'the health page': { request: get('/api/health'), want: /^200 [\s\S]*"status":"draining"/ },
    };
    const { server, sockets } = await busyServer(Object.keys(calls).length);
    const answers = sockets.map((socket) => text(socket));
    await closeAfter(server, async () => {
      for (const [index, { request }] of Object.values(calls).entries()) sockets[index]?.write(request);
    });
    for (const [index, [name, { want }]] of Object.entries(calls).entries()) {
      const [first = '', second = ''] = ((await answers[index]) ?? '').split('HTTP/1.1 ').slice(1);
      assert.match(first, /^200 [\s\S]*"status":"/, name);
      assert.match(second, want, name);
    }
  });

  it('answers calls that are open at the deadline, by every door, before it cuts their connections', async () => {
    const server = await TestServer.start({ config: { drain_ms: 100 }, runtime: { autoPoll: false } });
    const calls = {
      REST: {
        request: get('/api/processors'),
        want: /^HTTP\/1\.1 503 [\s\S]*"reason":"SERVER_SHUTTING_DOWN"/,
      },
      Connect: { request: CONNECT_JSON, want: /^HTTP\/1\.1 503 [\s\S]*"SERVER_SHUTTING_DOWN"/ },
      'gRPC-Web': { request: GRPC_WEB, want: /^HTTP\/1\.1 200 [\s\S]*grpc-status: 14/ },
    };
    const answers: Promise<string>[] = [];
    for (const { request } of Object.values(calls)) {
      const socket = connect(server.port, '127.0.0.1');
      await once(socket, 'connect');
      socket.write(request);
      answers.push(text(socket));
    }
    assert.equal((await fetch(`${server.url}/health`)).status, 200);
    await server.runtime.close();
    for (const [index, [name, { want }]] of Object.entries(calls).entries())
      assert.match(String(await answers[index]), want, name);
    assert.deepEqual(
      server.complaints.splice(0).map(({ message, fields }) => ({ message, fields })),
      [{ message: 'open connections are ended by force', fields: { connections: 3 } }],
    );
  });

  it('tells who watches its health, as a whole and per service, and lets them go', async () => {
    const server = await TestServer.start();
    const session = new Http2SessionManager(server.url);
    const client = createClient(
      Health,
      createGrpcTransport({ baseUrl: server.url, sessionManager: session }),
    );
    const told: Record<string, Status[]> = { '': [], 'streamlib.v1.RuntimeService': [], nobody: [] };
    const watching = Object.keys(told).map(async (service) => {
      for await (const { status } of client.watch({ service })) told[service]?.push(status);
    });
    await eventually(() => Object.values(told).every(({ length }) => length === 1), 'all are watching');
    await server.close();
    await Promise.all(watching);
    assert.deepEqual(told, {
      '': [Status.SERVING, Status.NOT_SERVING],
      'streamlib.v1.RuntimeService': [Status.SERVING, Status.NOT_SERVING],
      nobody: [Status.SERVICE_UNKNOWN],
    });
    session.abort();
  });

  it('takes no new streams on an HTTP/2 connection and ends it after the last one', async () => {
    const { server } = await busyServer(0);
    const session = connectHttp2(server.url);
    const open = session.request({ ':path': '/api/runtime/state' });
    assert.equal(await text(session.request({ ':path': '/health' })), 'ok');
    const goaway = once(session, 'goaway');
    const answer = text(open);
    await closeAfter(server, async () => {
      await goaway;
    });
    assert.match(await answer, /"status":"/);
    assert.equal(session.closed, true);
  });
});

async function canConnect({ port }: TestServer): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  const connected = await once(socket, 'connect').then(
    () => true,
    () => false,
  );
  socket.destroy();
  return connected;
}
