import assert from 'node:assert/strict';
import { connect } from 'node:http2';
import { text } from 'node:stream/consumers';
import type { Interceptor } from '@connectrpc/connect';
import { Code, ConnectError, createClient } from '@connectrpc/connect';
import { createGrpcTransport, Http2SessionManager } from '@connectrpc/connect-node';
import WebSocket from 'ws';
import { Health } from '../../gen/ts/grpc/health/v1/health_pb.ts';
import { ServerReflection } from '../../gen/ts/grpc/reflection/v1/reflection_pb.ts';
import { RuntimeService } from '../../gen/ts/streamlib/v1/runtime_pb.ts';
import { doorKey } from '../../server/rpc/call-context.ts';
import { type HttpServer, startHttpServer } from '../../server/rpc/http-server.ts';
import { createLog } from '../../server/runtime/logging.ts';
import { StreamRuntime } from '../../server/runtime/stream-runtime.ts';
import { DOORS } from '../support/doors.ts';
import { EVENT_DOORS } from '../support/event-doors.ts';
import { TEST_REGISTRIES } from '../support/test-runtime.ts';

const GET_STATE = 'streamlib.v1.RuntimeService/GetRuntimeState';
const SUBSCRIBE = 'streamlib.v1.EventService/Subscribe';

const UNARY_DOORS: Readonly<Record<string, string>> = {
  'REST over HTTP/1.1': 'rest',
  'REST over HTTP/2': 'rest',
  gRPC: 'grpc',
  'gRPC-Web over HTTP/1.1': 'grpc-web',
  'gRPC-Web over HTTP/2': 'grpc-web',
  'gRPC with JSON': 'grpc',
  'Connect with JSON': 'connect',
  'Connect, binary, with GET': 'connect',
};

describe('the interceptor chain', () => {
  const seen: string[] = [];
  let refuses = false;
  let runtime: StreamRuntime;
  let server: HttpServer;

  /** Stands where authentication will: sees every call, and can refuse it. */
  const probe: Interceptor = (next) => (call) => {
    seen.push(`${call.contextValues.get(doorKey)} ${call.service.typeName}/${call.method.name}`);
    if (refuses) throw new ConnectError('who are you?', Code.Unauthenticated);
    return next(call);
  };

  before(async () => {
    const log = createLog({ '': 'silent' });
    runtime = await StreamRuntime.create({ registries: TEST_REGISTRIES, log });
    server = await startHttpServer({
      host: '127.0.0.1',
      port: 0,
      corsOrigins: [],
      maxBodyBytes: 4_194_304,
      limits: { maxUrlBytes: 8192, maxHeaderBytes: 16_384 },
      timeouts: { headerMs: 15_000, requestMs: 60_000, idleMs: 120_000 },
      streams: { maxStreams: 1000, maxStreamsPerConnection: 100, pingMs: 30_000 },
      windowEvents: 100,
      drainMs: 1000,
      runtime,
      bus: runtime.events,
      taps: runtime.taps,
      log: log.area('rpc'),
      interceptors: [probe],
    });
  });

  beforeEach(() => {
    refuses = false;
    seen.length = 0;
  });

  after(async () => {
    await server.drain();
    await runtime.close();
  });

  it('is tested with every door that there is', () => {
    assert.deepEqual(Object.keys(UNARY_DOORS), Object.keys(DOORS));
  });

  for (const [name, openDoor] of Object.entries(DOORS)) {
    it(`sees a call through ${name}, once, and can refuse it`, async () => {
      using door = openDoor(server.url);
      await door.call(RuntimeService, 'GetRuntimeState', {});
      refuses = true;
      await assert.rejects(door.call(RuntimeService, 'GetRuntimeState', {}), { code: 'unauthenticated' });
      const one = `${UNARY_DOORS[name]} ${GET_STATE}`;
      assert.deepEqual(seen, [one, one]);
    });
  }

  for (const [name, openDoor] of Object.entries(EVENT_DOORS)) {
    it(`sees a subscription through ${name}, once, and can refuse it`, async () => {
      const events = openDoor(server.url);
      assert.deepEqual((await events.next()).value, { kind: 'started' });
      await events.return(undefined);
      refuses = true;
      await assert.rejects(
        async () => {
          for await (const told of openDoor(server.url)) assert.fail(`told ${told.kind}`);
        },
        { code: 'unauthenticated' },
      );
      assert.equal(seen.length, 2);
      for (const one of seen) assert.ok(one.endsWith(` ${SUBSCRIBE}`), one);
    });
  }

  it('sees WebSocket upgrades on the paths of other streams before they are opened', async () => {
    refuses = true;
    const socket = new WebSocket(`${server.url.replace('http', 'ws')}/api/connections/x/tap`);
    const status = await new Promise<number | undefined>((resolve) => {
      socket.once('unexpected-response', (request, response) => {
        request.destroy();
        resolve(response.statusCode);
      });
      socket.on('error', () => {});
    });
    assert.deepEqual([status, seen], [401, ['websocket streamlib.v1.TapService/TapLink']]);
  });

  it('sees the calls of health and reflection', async () => {
    const session = new Http2SessionManager(server.url);
    const transport = createGrpcTransport({ baseUrl: server.url, sessionManager: session });
    await createClient(Health, transport).check({});
    const requests = (async function* () {
      yield { messageRequest: { case: 'listServices', value: '' } } as const;
    })();
    for await (const answer of createClient(ServerReflection, transport).serverReflectionInfo(requests))
      assert.equal(answer.messageResponse.case, 'listServicesResponse');
    assert.deepEqual(seen, [
      'grpc grpc.health.v1.Health/Check',
      'grpc grpc.reflection.v1.ServerReflection/ServerReflectionInfo',
    ]);
    session.abort();
  });

  it('sees the pages over both versions of HTTP, and can refuse them', async () => {
    assert.equal((await fetch(`${server.url}/api/health`)).status, 200);
    refuses = true;
    assert.equal((await fetch(`${server.url}/api/health`)).status, 401);
    const session = connect(server.url);
    const answer = await text(session.request({ ':path': '/api/health' }));
    session.close();
    assert.match(answer, /who are you/);
    assert.deepEqual(seen, Array(3).fill('page streamlib.http.Pages/Get'));
  });

  for (const path of ['/api/openapi.json', '/docs', '/docs/start.js', '/docs/swagger-ui.css']) {
    it(`sees ${path}, and can refuse it`, async () => {
      assert.equal((await fetch(server.url + path)).status, 200);
      refuses = true;
      const refused = await fetch(server.url + path);
      assert.deepEqual([refused.status, refused.headers.get('etag')], [401, null]);
      assert.deepEqual(seen, Array(2).fill('page streamlib.http.Pages/Get'));
    });
  }

  it('is passed by everything but /health and what names nothing', async () => {
    refuses = true;
    const statuses: Record<string, number> = {};
    for (const [method, path] of [
      ['GET', '/health'],
      ['GET', '/nothing'],
      ['PUT', '/api/processors'],
      ['OPTIONS', '/api/processors'],
    ] as const)
      statuses[`${method} ${path}`] = (await fetch(server.url + path, { method })).status;
    assert.deepEqual(statuses, {
      'GET /health': 200,
      'GET /nothing': 404,
      'PUT /api/processors': 405,
      'OPTIONS /api/processors': 204,
    });
    assert.deepEqual(seen, []);
  });
});
