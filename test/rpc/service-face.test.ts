import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect as connectHttp2 } from 'node:http2';
import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { FileDescriptorProtoSchema } from '@bufbuild/protobuf/wkt';
import { createClient, type Transport } from '@connectrpc/connect';
import { encodeEnvelope } from '@connectrpc/connect/protocol';
import { createGrpcTransport, Http2SessionManager } from '@connectrpc/connect-node';
import {
  Health,
  HealthCheckResponse_ServingStatus as Status,
} from '../../gen/ts/grpc/health/v1/health_pb.ts';
import {
  ServerReflection,
  ServerReflectionRequestSchema,
  type ServerReflectionResponse,
} from '../../gen/ts/grpc/reflection/v1/reflection_pb.ts';
import { ServerReflection as ServerReflectionAlpha } from '../../gen/ts/grpc/reflection/v1alpha/reflection_pb.ts';
import { TestServer } from '../support/server.ts';

type ReflectionAnswer = ServerReflectionResponse['messageResponse'];

describe('the service face', () => {
  let server: TestServer;
  let session: Http2SessionManager;
  let transport: Transport;

  before(async () => {
    server = await TestServer.start();
    session = new Http2SessionManager(server.url);
    transport = createGrpcTransport({ baseUrl: server.url, sessionManager: session });
  });

  after(async () => {
    session.abort();
    await server.close();
  });

  it('answers /health with the text ok', async () => {
    const response = await fetch(`${server.url}/health`);
    assert.equal(await response.text(), 'ok');
    assert.match(response.headers.get('content-type') ?? '', /^text\/plain/);
  });

  it('answers /api/health with status, version and uptime', async () => {
    const answer = (await (await fetch(`${server.url}/api/health`)).json()) as Record<string, unknown>;
    assert.deepEqual(Object.keys(answer), ['status', 'version', 'uptime_seconds']);
    assert.equal(answer.status, 'ok');
    assert.match(String(answer.version), /^\d+\.\d+\.\d+/);
    assert.equal(Number.isInteger(answer.uptime_seconds), true);
  });

  for (const { path, method, status } of [
    { path: '/', method: 'GET', status: 404 },
    { path: '/api', method: 'GET', status: 404 },
    { path: '/api/nothing', method: 'POST', status: 404 },
    { path: '/streamlib.v1.Nothing/Get', method: 'POST', status: 404 },
    { path: '/api/processors', method: 'PUT', status: 405 },
    { path: '/health', method: 'POST', status: 405 },
    { path: '/api/health?x', method: 'DELETE', status: 405 },
    { path: '/docs', method: 'PUT', status: 405 },
    { path: '/*', method: 'PUT', status: 404 },
    { path: '/api/runtime/start', method: 'GET', status: 405 },
    { path: '/api/processors/%ff', method: 'GET', status: 400 },
    { path: `/api/processors/${'a'.repeat(60)}.${'b'.repeat(60)}`, method: 'GET', status: 404 },
  ]) {
    it(`answers ${method} ${path.slice(0, 40)} with ${status} and an error as JSON`, async () => {
      const response = await fetch(server.url + path, { method });
      const body = (await response.json()) as Record<string, unknown>;
      assert.equal(response.status, status);
      assert.deepEqual(Object.keys(body), ['error', 'code', 'message', 'details']);
    });
  }

  it('reports health over gRPC, as a whole and per service', async () => {
    const health = createClient(Health, transport);
    for (const service of ['', 'streamlib.v1.RuntimeService']) {
      assert.equal((await health.check({ service })).status, Status.SERVING);
    }
    await assert.rejects(health.check({ service: 'nothing' }), /"nothing"/);
    const { statuses } = await health.list({});
    assert.equal(statuses['streamlib.v1.EventService']?.status, Status.SERVING);
  });

  for (const [version, service] of [
    ['v1', ServerReflection],
    ['v1alpha', ServerReflectionAlpha],
  ] as const) {
    it(`describes itself by reflection ${version}`, async () => {
      const client = createClient(service, transport);
      const questions = [
        { case: 'listServices', value: '' },
        { case: 'fileContainingSymbol', value: 'streamlib.v1.RuntimeService.GetRuntimeState' },
        { case: 'fileByFilename', value: 'streamlib/v1/event.proto' },
        {
          case: 'fileContainingExtension',
          value: { containingType: 'google.protobuf.MethodOptions', extensionNumber: 72_295_728 },
        },
        // What errors carry, which no service imports.
        { case: 'fileContainingSymbol', value: 'google.rpc.ErrorInfo' },
        { case: 'fileContainingSymbol', value: 'streamlib.v1.Nothing' },
      ] as const;
      const answers: ReflectionAnswer[] = [];
      const requests = (async function* () {
        for (const messageRequest of questions) yield { messageRequest };
      })();
      for await (const { messageResponse } of client.serverReflectionInfo(requests))
        answers.push(messageResponse as ReflectionAnswer);

      const [list, symbol, file, extension, detail, unknown] = answers;
      assert.ok(list?.case === 'listServicesResponse');
      assert.ok(list.value.service.some(({ name }) => name === 'streamlib.v1.TapService'));
      for (const [answer, want] of [
        [symbol, 'streamlib/v1/runtime.proto'],
        [file, 'streamlib/v1/event.proto'],
        [extension, 'google/api/annotations.proto'],
        [detail, 'google/rpc/error_details.proto'],
      ] as const) {
        assert.ok(answer?.case === 'fileDescriptorResponse');
        const files = answer.value.fileDescriptorProto.map((bytes) =>
          fromBinary(FileDescriptorProtoSchema, bytes),
        );
        assert.equal(files[0]?.name, want);
        // Nothing that a file imports is missing, so that a client can build it.
        const names = new Set(files.map(({ name }) => name));
        for (const { dependency } of files) for (const name of dependency) assert.ok(names.has(name), name);
      }
      assert.ok(unknown?.case === 'errorResponse');
      assert.match(unknown.value.errorMessage, /"streamlib.v1.Nothing"/);
    });
  }

  for (const contentType of ['application/grpc', 'application/connect+proto']) {
    it(`does not take a caller of ${contentType} who leaves in the middle for a fault of its own`, async () => {
      await using other = await TestServer.start();
      const session = connectHttp2(other.url);
      const stream = session.request({
        ':method': 'POST',
        ':path': `/${ServerReflection.typeName}/ServerReflectionInfo`,
        'content-type': contentType,
        te: 'trailers',
      });
      const messageRequest = { case: 'listServices', value: '' } as const;
      const question = create(ServerReflectionRequestSchema, { messageRequest });
      stream.write(encodeEnvelope(0, toBinary(ServerReflectionRequestSchema, question)));
      await once(stream, 'data');
      stream.on('error', () => {});
      session.destroy();
      // Closing it fails when it has complained.
    });
  }
});
