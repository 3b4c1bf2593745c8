import assert from 'node:assert/strict';
import type { DescMethodUnary } from '@bufbuild/protobuf';
import { Code, ConnectError } from '@connectrpc/connect';
import {
  createConnectTransport,
  createGrpcTransport,
  createGrpcWebTransport,
} from '@connectrpc/connect-node';
import * as grpc from '@grpc/grpc-js';
import { EventService } from '../../gen/ts/streamlib/v1/event_pb.ts';
import { RuntimeService } from '../../gen/ts/streamlib/v1/runtime_pb.ts';
import { TestServer } from '../support/server.ts';

const WRONG = 'streamlib.v9.NoService';

describe('a method that does not exist', () => {
  let server: TestServer;

  before(async () => {
    server = await TestServer.start();
  });

  after(() => server.close());

  const transports = {
    Connect: () => createConnectTransport({ baseUrl: server.url, httpVersion: '1.1' }),
    'Connect with JSON': () =>
      createConnectTransport({ baseUrl: server.url, httpVersion: '1.1', useBinaryFormat: false }),
    'gRPC-Web': () => createGrpcWebTransport({ baseUrl: server.url, httpVersion: '1.1' }),
    gRPC: () => createGrpcTransport({ baseUrl: server.url }),
  };
  for (const [name, transport] of Object.entries(transports)) {
    it(`is UNIMPLEMENTED by ${name}, in a unary call`, async () => {
      const method = {
        ...RuntimeService.method.getRuntimeState,
        parent: { ...RuntimeService, typeName: WRONG },
      } as unknown as DescMethodUnary;
      const call = transport().unary(method, undefined, undefined, undefined, {});
      await assert.rejects(call, isUnimplemented(`no such method: /${WRONG}/GetRuntimeState`));
    });

    it(`is UNIMPLEMENTED by ${name}, in a stream`, async () => {
      const method = {
        ...EventService.method.subscribe,
        parent: { ...EventService, typeName: WRONG },
      } as unknown as typeof EventService.method.subscribe;
      const request = (async function* () {
        yield {};
      })();
      const read = async (): Promise<void> => {
        const { message } = await transport().stream(method, undefined, undefined, undefined, request);
        await Array.fromAsync(message);
      };
      await assert.rejects(read(), isUnimplemented(`no such method: /${WRONG}/Subscribe`));
    });
  }

  it('is UNIMPLEMENTED by grpc-js', async () => {
    const client = new grpc.Client(new URL(server.url).host, grpc.credentials.createInsecure());
    const error = await new Promise<grpc.ServiceError | null>((resolve) => {
      const bytes = (value: Buffer): Buffer => value;
      client.makeUnaryRequest(`/${WRONG}/Get`, bytes, bytes, Buffer.alloc(0), (failure) => resolve(failure));
    });
    assert.equal(error?.code, grpc.status.UNIMPLEMENTED);
    assert.equal(error.details, `no such method: /${WRONG}/Get`);
    client.close();
  });

  it('is a path that does not exist for whoever speaks REST', async () => {
    const answer = await fetch(`${server.url}/${WRONG}/Get`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{}',
    });
    assert.equal(answer.status, 404);
    assert.equal(((await answer.json()) as { code: string }).code, 'not_found');
  });
});

const isUnimplemented = (message: string) => (error: unknown) => {
  assert.ok(error instanceof ConnectError, String(error));
  assert.equal(error.code, Code.Unimplemented);
  assert.equal(error.rawMessage, message);
  return true;
};
