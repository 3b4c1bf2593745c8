import { on } from 'node:events';
import { create, fromBinary, fromJson, type JsonObject, toBinary } from '@bufbuild/protobuf';
import { ConnectError, createClient, type Transport } from '@connectrpc/connect';
import {
  createConnectTransport,
  createGrpcWebTransport,
  Http2SessionManager,
} from '@connectrpc/connect-node';
import * as grpc from '@grpc/grpc-js';
import { WebSocket } from 'ws';
import {
  TapLinkRequestSchema,
  type TapLinkResponse,
  TapLinkResponseSchema,
  TapService,
} from '../../gen/ts/streamlib/v1/tap_pb.ts';
import { fromConnectError, fromServiceError } from './doors.ts';
import { linesOf } from './event-doors.ts';
import { errorOf } from './rest-door.ts';

/** The fields of a TapLinkRequest. */
export interface TapInit {
  readonly linkId: string;
  readonly maxRate?: number;
  readonly maxBytes?: number;
  readonly count?: bigint;
}

/** One way to tap a link. The stream rejects with a CallError; leaving it closes it. */
export type TapDoor = (url: string, request: TapInit) => AsyncGenerator<TapLinkResponse['message']>;

/** Every way to tap a link, by name. */
export const TAP_DOORS: Readonly<Record<string, TapDoor>> = {
  gRPC: overGrpc,
  'gRPC-Web': (url, request) =>
    overTransport(createGrpcWebTransport({ baseUrl: url, httpVersion: '1.1' }), request),
  'Connect, binary': overConnectHttp2,
  'Connect with JSON': (url, request) =>
    overTransport(
      createConnectTransport({ baseUrl: url, httpVersion: '1.1', useBinaryFormat: false }),
      request,
    ),
  NDJSON: (url, request) => overLines(url, request, 'application/x-ndjson'),
  'server-sent events': (url, request) => overLines(url, request, 'text/event-stream'),
  WebSocket: overWebSocket,
};

async function* overGrpc(url: string, request: TapInit): AsyncGenerator<TapLinkResponse['message']> {
  const client = new grpc.Client(new URL(url).host, grpc.credentials.createInsecure());
  const stream = client.makeServerStreamRequest(
    `/${TapService.typeName}/TapLink`,
    (message: TapInit) => Buffer.from(toBinary(TapLinkRequestSchema, create(TapLinkRequestSchema, message))),
    (bytes: Buffer) => fromBinary(TapLinkResponseSchema, bytes),
    request,
  );
  try {
    for await (const response of stream) yield (response as TapLinkResponse).message;
  } catch (error) {
    throw fromServiceError(error as grpc.ServiceError);
  } finally {
    stream.on('error', () => {});
    stream.cancel();
    client.close();
  }
}

async function* overTransport(
  transport: Transport,
  request: TapInit,
): AsyncGenerator<TapLinkResponse['message']> {
  const aborter = new AbortController();
  const client = createClient(TapService, transport);
  try {
    for await (const { message } of client.tapLink(request, { signal: aborter.signal })) yield message;
  } catch (error) {
    throw fromConnectError(ConnectError.from(error));
  } finally {
    // Leaving the loop alone would wait for the server to end the stream.
    aborter.abort();
  }
}

async function* overConnectHttp2(url: string, request: TapInit): AsyncGenerator<TapLinkResponse['message']> {
  const sessionManager = new Http2SessionManager(url);
  try {
    yield* overTransport(createConnectTransport({ baseUrl: url, httpVersion: '2', sessionManager }), request);
  } finally {
    sessionManager.abort();
  }
}

/** The address of a tap. */
export function tapPath({ linkId, maxRate, maxBytes, count }: TapInit): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries({ max_rate: maxRate, max_bytes: maxBytes, count }))
    if (value !== undefined) query.set(name, String(value));
  return `/api/connections/${linkId}/tap?${query}`;
}

async function* overLines(
  url: string,
  request: TapInit,
  accept: string,
): AsyncGenerator<TapLinkResponse['message']> {
  const aborter = new AbortController();
  const response = await fetch(url + tapPath(request), { headers: { accept }, signal: aborter.signal });
  try {
    if (response.status !== 200 || response.body === null)
      throw errorOf((await response.json()) as JsonObject);
    for await (const line of linesOf(response.body)) {
      if (line.startsWith('{')) yield parseLine((JSON.parse(line) as { result: JsonObject }).result);
      else if (line.startsWith('data: '))
        yield parseLine(JSON.parse(line.slice('data: '.length)) as JsonObject);
    }
  } finally {
    aborter.abort();
  }
}

async function* overWebSocket(url: string, request: TapInit): AsyncGenerator<TapLinkResponse['message']> {
  const socket = new WebSocket(url.replace('http', 'ws') + tapPath(request));
  try {
    for await (const [message] of on(socket, 'message', { close: ['close'] }))
      yield parseLine((JSON.parse(String(message)) as { result: JsonObject }).result);
  } finally {
    socket.close();
  }
}

const parseLine = (line: JsonObject): TapLinkResponse['message'] =>
  fromJson(TapLinkResponseSchema, line).message;
