import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { create, fromBinary, toJson } from '@bufbuild/protobuf';
import type { ConnectRouter } from '@connectrpc/connect';
import { connectNodeAdapter } from '@connectrpc/connect-node';
import fastify from 'fastify';
import { GetRuntimeStateResponseSchema, RuntimeService } from '../../gen/ts/streamlib/v1/runtime_pb.ts';
import { answerMessages } from '../support/answer-messages.ts';

/*
 * What a program would write that has nothing but this one call: a handler of connect-node and a route of Fastify, both
 * of which answer the state that the message brings. Nothing is validated, limited or queued. Answers the two ports.
 */

/** The answer that both give. */
export interface PlainServersRequest {
  readonly state: Uint8Array;
}

/** Where they listen. */
export interface PlainServersPorts {
  readonly connect: number;
  readonly fastify: number;
}

answerMessages(async ({ state }: PlainServersRequest): Promise<PlainServersPorts> => {
  const response = fromBinary(GetRuntimeStateResponseSchema, state);
  const routes = (router: ConnectRouter) =>
    router.rpc(RuntimeService.method.getRuntimeState, () => create(GetRuntimeStateResponseSchema, response));
  const connect = createServer(connectNodeAdapter({ routes }));
  await new Promise<void>((resolve) => connect.listen(0, '127.0.0.1', resolve));

  const app = fastify();
  app.get('/api/runtime/state', () =>
    toJson(GetRuntimeStateResponseSchema, response, { alwaysEmitImplicit: true, useProtoFieldName: true }),
  );
  await app.listen({ host: '127.0.0.1', port: 0 });
  return { connect: portOf(connect), fastify: portOf(app.server) };
});

const portOf = (server: Server): number => (server.address() as AddressInfo).port;
