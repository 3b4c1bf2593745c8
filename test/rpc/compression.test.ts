import assert from 'node:assert/strict';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { gunzipSync, gzipSync } from 'node:zlib';
import type { JsonObject } from '@bufbuild/protobuf';
import { ConnectError, createClient, type Interceptor } from '@connectrpc/connect';
import {
  compressionGzip,
  createConnectTransport,
  createGrpcTransport,
  createGrpcWebTransport,
  Http2SessionManager,
} from '@connectrpc/connect-node';
import { ErrorInfoSchema } from '../../gen/ts/google/rpc/error_details_pb.ts';
import { ProcessorService } from '../../gen/ts/streamlib/v1/processor_pb.ts';
import { TestServer } from '../support/server.ts';

const CREATE = '/streamlib.v1.ProcessorService/CreateProcessor';
const LIST_TYPES = '/streamlib.v1.ProcessorService/ListProcessorTypes';
const GET_STATE = '/streamlib.v1.RuntimeService/GetRuntimeState';

describe('compression', () => {
  let server: TestServer;

  before(async () => {
    server = await TestServer.start({ config: { max_body_bytes: 65_536 } });
  });

  after(async () => {
    await server.close();
  });

  /** Sends without adding or undoing anything. */
  const post = (path: string, headers: Readonly<Record<string, string>>, body: string | Uint8Array) =>
    new Promise<{ response: IncomingMessage; bytes: Buffer }>((resolve, reject) => {
      const options = { method: 'POST', headers: { 'content-type': 'application/json', ...headers } };
      httpRequest(server.url + path, options, (response) => {
        buffer(response).then((bytes) => resolve({ response, bytes }), reject);
      })
        .on('error', reject)
        .end(body);
    });

  it('is used by Connect for answers from 1 KiB on, where the caller takes it', async () => {
    const large = await post(LIST_TYPES, { 'accept-encoding': 'gzip' }, '{}');
    assert.equal(large.response.headers['content-encoding'], 'gzip');
    const { processorTypes = [] } = JSON.parse(String(gunzipSync(large.bytes))) as Record<
      string,
      JsonObject[]
    >;
    assert.ok(processorTypes.length > 5);
    const small = await post(GET_STATE, { 'accept-encoding': 'gzip' }, '{}');
    assert.equal(small.response.headers['content-encoding'], undefined);
    assert.equal(JSON.parse(String(small.bytes)).status, 'RUNTIME_STATUS_INITIAL');
    const plain = await post(LIST_TYPES, {}, '{}');
    assert.equal(plain.response.headers['content-encoding'], undefined);
  });

  it('is undone by Connect and REST in requests', async () => {
    const headers = { 'content-encoding': 'gzip' };
    const connect = await post(CREATE, headers, gzipSync('{"processorType":"NullSink","processorId":"a"}'));
    const rest = await post(
      '/api/processors',
      headers,
      gzipSync('{"processor_type":"NullSink","processor_id":"b"}'),
    );
    assert.deepEqual([connect.response.statusCode, rest.response.statusCode], [200, 200]);
    const { processors } = await server.runtime.getGraph();
    assert.deepEqual(
      processors.map(({ processorId }) => processorId),
      ['a', 'b'],
    );
  });

  for (const name of ['gRPC', 'gRPC-Web', 'Connect, binary'] as const) {
    /** Runs with a client that compresses all that it sends and keeps the encodings of the answers. */
    const withClient = async (
      use: (client: ReturnType<typeof createClient<typeof ProcessorService>>) => Promise<unknown>,
    ): Promise<(string | null)[]> => {
      const encodings: (string | null)[] = [];
      const keepEncoding: Interceptor = (next) => async (call) => {
        const response = await next(call);
        encodings.push(response.header.get('grpc-encoding') ?? response.header.get('content-encoding'));
        return response;
      };
      const sessionManager = new Http2SessionManager(server.url);
      const options = {
        baseUrl: server.url,
        httpVersion: '2' as const,
        sessionManager,
        interceptors: [keepEncoding],
        sendCompression: compressionGzip,
        acceptCompression: [compressionGzip],
        compressMinBytes: 0,
      };
      const transport = {
        gRPC: createGrpcTransport,
        'gRPC-Web': createGrpcWebTransport,
        'Connect, binary': createConnectTransport,
      }[name](options);
      try {
        await use(createClient(ProcessorService, transport));
        return encodings;
      } finally {
        sessionManager.abort();
      }
    };

    it(`goes both ways over ${name}`, async () => {
      const encodings = await withClient(async (client) => {
        const { processorTypes } = await client.listProcessorTypes({});
        assert.ok(processorTypes.length > 5);
      });
      assert.deepEqual(encodings, ['gzip']);
    });

    it(`does not get more than the limit into ${name}: what unpacks to more is refused`, async () => {
      await withClient(async (client) => {
        const error = await client
          .createProcessor({ processorType: 'NullSink', labels: { zeros: '0'.repeat(1_000_000) } })
          .then(() => undefined, ConnectError.from);
        assert.match(String(error), /\[resource_exhausted\]/);
        const [info] = error?.findDetails(ErrorInfoSchema) ?? [];
        assert.equal(info?.reason, 'QUOTA');
      });
    });
  }
});
