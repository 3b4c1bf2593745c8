import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { createClient } from '@connectrpc/connect';
import { createGrpcTransport, Http2SessionManager } from '@connectrpc/connect-node';
import { ProcessorService } from '../../gen/ts/streamlib/v1/processor_pb.ts';
import ApiServer from '../../server/rpc/api-server.ts';
import type { JsonObject } from '../../server/runtime/json.ts';
import { EVENT_DOORS, type EventDoor } from '../support/event-doors.ts';
import { eventually } from '../support/eventually.ts';
import { TestServer } from '../support/server.ts';

describe('ApiServer', () => {
  it('listens on loopback unless told otherwise, and says where', async () => {
    await using server = await TestServer.start();
    const { effectiveConfig } = await server.runtime.getProcessor('api-server');
    assert.equal(effectiveConfig?.host, '127.0.0.1');
    assert.match(server.url, /^http:\/\/127\.0\.0\.1:\d+$/);
    assert.equal(ApiServer.descriptor.configSchema.properties.port.default, 9000);
  });

  it('listens on other hosts only where insecure is set', async () => {
    await assert.rejects(TestServer.start({ config: { host: '0.0.0.0' } }), {
      code: 'CONFIG_INVALID',
      path: 'config.host',
      message: /config\.host must .*"0\.0\.0\.0"/,
    });
    await using server = await TestServer.start({ config: { host: '0.0.0.0', insecure: true } });
    assert.equal((await fetch(`http://127.0.0.1:${server.port}/health`)).status, 200);
  });

  for (const { name, config, want } of [
    {
      name: 'a host that is not of this machine',
      config: { host: '192.0.2.1', insecure: true },
      want: { code: 'CONFIG_INVALID', path: 'config.host', message: /192\.0\.2\.1/ },
    },
    {
      name: 'an origin that is none',
      config: { cors_origins: ['example.org'] },
      want: { code: 'CONFIG_INVALID', path: 'config.cors_origins[0]', message: /"example.org"/ },
    },
    {
      name: 'a port out of range',
      config: { port: 70_000 },
      want: { code: 'CONFIG_INVALID', path: 'config.port', message: /70000/ },
    },
  ] satisfies { name: string; config: JsonObject; want: object }[]) {
    it(`refuses ${name}`, async () => {
      await assert.rejects(TestServer.start({ config }), want);
    });
  }

  it('refuses a port that is in use, naming it', async () => {
    await using server = await TestServer.start();
    await assert.rejects(TestServer.start({ config: { port: server.port } }), {
      code: 'ADDRESS_IN_USE',
      path: 'config.port',
      message: new RegExp(`config\\.port must be free, was ${server.port}`),
    });
  });

  it('serves several at once, each with its own port', async () => {
    await using server = await TestServer.start();
    await server.runtime.addProcessor({ type: 'ApiServer', id: 'second', config: { port: 0 } });
    const urls: string[] = [];
    using _listener = server.runtime.events.subscribe('processor:second', ({ payload }) => {
      if (payload.case === 'custom') urls.push(String(payload.value.data?.url));
    });
    await server.runtime.start();
    await eventually(() => urls.length === 1, 'the second server listens');
    assert.equal((await fetch(`${urls[0]}/health`)).status, 200);
    await server.runtime.stop();
    await assert.rejects(fetch(`${urls[0]}/health`));
    assert.equal((await fetch(`${server.url}/health`)).status, 200);
  });
});

describe('a server that stops', () => {
  it('lets open calls finish, refuses new ones and closes every connection', async () => {
    const server = await TestServer.start({ runtime: { autoPoll: false } });
    const socket = await opened(server);
    const answers = text(socket);
    socket.write('GET /api/runtime/state HTTP/1.1\r\nHost: a\r\n\r\n');
    // An answer to a later call shows that this one is in the queue, where it stays while nobody polls.
    assert.equal((await fetch(`${server.url}/health`)).status, 200);
    const closed = server.close();
    await eventually(async () => !(await canConnect(server)), 'no connection is taken any more');
    socket.write('GET /api/runtime/state HTTP/1.1\r\nHost: a\r\n\r\n');
    const poll = setInterval(() => server.runtime.pollCommands(), 1);
    await closed;
    clearInterval(poll);
    const [first = '', second = ''] = (await answers).split('HTTP/1.1 ').slice(1);
    assert.match(first, /^200 [\s\S]*"status":"/);
    assert.match(second, /^503 [\s\S]*"reason":"SERVER_SHUTTING_DOWN"/);
  });

  it('ends what is still open after drain_ms, and says so', async () => {
    const server = await TestServer.start({ config: { drain_ms: 100 } });
    const stalled = await opened(server);
    stalled.pause();
    stalled.on('error', () => {});
    stalled.write('GET /api/events HTTP/1.1\r\nHost: a\r\n\r\n');
    const data = { text: 'x'.repeat(60_000) };
    const reader = (EVENT_DOORS.WebSocket as EventDoor)(server.url);
    await reader.next();
    for (let index = 0; index < 300; index++) server.runtime.events.publish('load', { name: 'tick', data });
    for (let index = 0; index < 300; index++) await reader.next();
    await reader.return(undefined);
    await server.runtime.close();
    assert.deepEqual(
      server.complaints.splice(0).map(({ message, fields }) => ({ message, fields })),
      [{ message: 'open connections are ended by force', fields: { connections: 1 } }],
    );
    stalled.destroy();
  });
});

describe('a deadline', () => {
  it('ends the call when it passes, and its command is not executed', async () => {
    await using server = await TestServer.start({ runtime: { autoPoll: false } });
    const session = new Http2SessionManager(server.url);
    const client = createClient(
      ProcessorService,
      createGrpcTransport({ baseUrl: server.url, sessionManager: session }),
    );
    const call = client.createProcessor({ processorType: 'NullSink' }, { timeoutMs: 100 });
    await assert.rejects(call, /deadline_exceeded/);
    await pollWhenExpired(server, 100);
    assert.equal((await server.runtime.getGraph()).processors.length, 0);

    const response = await fetch(`${server.url}/api/processors`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'connect-timeout-ms': '100' },
      body: '{"processor_type":"NullSink"}',
    });
    const body = (await response.json()) as { details: { reason: string }[] };
    assert.deepEqual([response.status, body.details[0]?.reason], [504, 'DEADLINE_EXCEEDED']);
    await pollWhenExpired(server, 100);
    assert.equal((await server.runtime.getGraph()).processors.length, 0);
    session.abort();
  });
});

describe('what surrounds a command', () => {
  it('is taken from the call: request_id per peer, expected_revision, wait, trace', async () => {
    await using server = await TestServer.start();
    const traces: string[] = [];
    const actors: string[] = [];
    using _listener = server.runtime.events.subscribe('runtime:global', ({ traceId, payload }) => {
      traces.push(traceId);
      if (payload.case === 'graphDidChange') actors.push(payload.value.actor);
    });
    const create = async (body: JsonObject) => {
      const response = await fetch(`${server.url}/api/processors`, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
        },
        body: JSON.stringify({ processor_type: 'NullSink', ...body }),
      });
      return (await response.json()) as JsonObject;
    };
    const first = await create({ request_id: 'r1' });
    assert.deepEqual(await create({ request_id: 'r1' }), first);
    assert.match(String((await create({ request_id: 'r1', display_name: 'x' })).error), /request_id .*"r1"/);
    assert.match(String((await create({ expected_revision: 7 })).error), /expected_revision .*7/);
    await server.runtime.start();
    assert.equal((await create({ wait: 'effective' })).effective, true);
    assert.deepEqual(actors, ['127.0.0.1', '127.0.0.1']);
    assert.ok(traces.includes('0af7651916cd43dd8448eb211c80319c'));
  });
});

/** Executes what waits, once a deadline has passed that a call of the past had. */
async function pollWhenExpired({ runtime }: TestServer, timeoutMs: number): Promise<void> {
  const expiredMs = Date.now() + timeoutMs;
  await eventually(() => Date.now() > expiredMs, 'the deadline has passed');
  assert.equal(runtime.pollCommands(), 1);
}

async function opened({ port }: TestServer): Promise<Socket> {
  const socket = connect(port, '127.0.0.1');
  await once(socket, 'connect');
  return socket;
}

async function canConnect({ port }: TestServer): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  const connected = await once(socket, 'connect').then(
    () => true,
    () => false,
  );
  socket.destroy();
  return connected;
}
