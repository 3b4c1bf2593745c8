import { create, toBinary, toJsonString } from '@bufbuild/protobuf';
import { createClient } from '@connectrpc/connect';
import { createConnectTransport } from '@connectrpc/connect-node';
import {
  GetRuntimeStateRequestSchema,
  GetRuntimeStateResponseSchema,
  RuntimeService,
} from '../gen/ts/streamlib/v1/runtime_pb.ts';
import { mediansOfRounds } from './support/alternating-rounds.ts';
import { createBenchRuntime } from './support/bench-runtime.ts';
import { BenchThread } from './support/bench-thread.ts';
import type { Benchmark } from './support/benchmark.ts';
import { RepeatingClient } from './support/repeating-client.ts';
import { startServer } from './support/start-server.ts';
import type { PlainServersPorts, PlainServersRequest } from './threads/plain-servers.ts';

const CONNECTIONS = 64;
/** Rounds are short and many, so that what disturbs the machine spoils a few of them and not all. */
const CALLS = 2000;

const METHOD_PATH = `/${RuntimeService.typeName}/GetRuntimeState`;
const EMPTY = create(GetRuntimeStateRequestSchema);

/**
 * The cheapest call through everything that a call passes (limits, interceptors, validation, the command queue to the
 * runtime's thread and back) against servers that have nothing of it and answer a constant.
 */
export const unary: Benchmark = {
  name: 'unary',
  measures: `GetRuntimeState over ${CONNECTIONS} connections of HTTP/1.1 through each door, against bare servers`,
  async run({ quick }) {
    await using bench = await createBenchRuntime();
    const url = await startServer(bench.runtime);
    const port = Number(new URL(url).port);
    const transport = createConnectTransport({ baseUrl: url, httpVersion: '1.1' });
    const state = await createClient(RuntimeService, transport).getRuntimeState({});
    await using plain = new BenchThread<PlainServersRequest, PlainServersPorts>('plain-servers', undefined);
    const plainPorts = await plain.run({ state: toBinary(GetRuntimeStateResponseSchema, state) });
    await using client = new RepeatingClient();

    const rate = (toPort: number, request: string) => () =>
      client.rate({
        port: toPort,
        request,
        expected: state.streamId,
        calls: quick ? 200 : CALLS,
        connections: CONNECTIONS,
      });
    const binary = post('application/proto', '');
    const json = post('application/json', toJsonString(GetRuntimeStateRequestSchema, EMPTY));
    const get = 'GET /api/runtime/state HTTP/1.1\r\nhost: a\r\naccept: application/json\r\n\r\n';
    const rates = await mediansOfRounds(quick ? 1 : 21, {
      bareConnect: rate(plainPorts.connect, binary),
      connect: rate(port, binary),
      connectJson: rate(port, json),
      rest: rate(port, get),
      fastify: rate(plainPorts.fastify, get),
    });
    return [
      { name: 'a bare handler of connect-node', value: rates.bareConnect, unit: '1/s' },
      { name: 'Connect, binary', value: rates.connect, unit: '1/s' },
      { name: 'Connect with JSON', value: rates.connectJson, unit: '1/s' },
      { name: 'REST', value: rates.rest, unit: '1/s' },
      { name: 'a route of Fastify', value: rates.fastify, unit: '1/s' },
      {
        name: 'Connect : bare handler',
        value: rates.connect / rates.bareConnect,
        unit: '×',
        target: { atLeast: 0.7 },
      },
      {
        name: 'REST : Connect with JSON',
        value: rates.rest / rates.connectJson,
        unit: '×',
        target: { atLeast: 0.7 },
      },
      {
        name: 'REST : route of Fastify',
        value: rates.rest / rates.fastify,
        unit: '×',
        target: { atLeast: 0.5 },
      },
    ];
  },
};

const post = (contentType: string, body: string): string =>
  `POST ${METHOD_PATH} HTTP/1.1\r\nhost: a\r\nconnect-protocol-version: 1\r\ncontent-type: ${contentType}\r\n` +
  `content-length: ${body.length}\r\n\r\n${body}`;
