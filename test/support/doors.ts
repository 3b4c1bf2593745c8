import { fromBinary, fromJson, type JsonObject, type Message, toBinary, toJson } from '@bufbuild/protobuf';
import { anyUnpack } from '@bufbuild/protobuf/wkt';
import { Code, ConnectError, createClient, type Transport } from '@connectrpc/connect';
import {
  createConnectTransport,
  createGrpcTransport,
  createGrpcWebTransport,
  Http2SessionManager,
} from '@connectrpc/connect-node';
import * as grpc from '@grpc/grpc-js';
import { BadRequestSchema, ErrorInfoSchema } from '../../gen/ts/google/rpc/error_details_pb.ts';
import { StatusSchema } from '../../gen/ts/google/rpc/status_pb.ts';
import { CallError, type Door, methodOf } from './door.ts';
import { restDoor } from './rest-door.ts';

const GRPC = 'gRPC';

/** Every door, by name; each with a client that others wrote, where there is one. */
export const DOORS: Readonly<Record<string, (url: string) => Door>> = {
  'REST over HTTP/1.1': (url) => restDoor(url, 1),
  'REST over HTTP/2': (url) => restDoor(url, 2),
  [GRPC]: grpcDoor,
  'gRPC-Web over HTTP/1.1': (url) =>
    transportDoor(createGrpcWebTransport({ baseUrl: url, httpVersion: '1.1', useBinaryFormat: true })),
  'gRPC-Web over HTTP/2': (url) =>
    withSession(url, (sessionManager) =>
      createGrpcWebTransport({ baseUrl: url, httpVersion: '2', sessionManager }),
    ),
  'gRPC with JSON': (url) =>
    withSession(url, (sessionManager) =>
      createGrpcTransport({ baseUrl: url, useBinaryFormat: false, sessionManager }),
    ),
  'Connect with JSON': (url) =>
    transportDoor(createConnectTransport({ baseUrl: url, httpVersion: '1.1', useBinaryFormat: false })),
  'Connect, binary, with GET': (url) =>
    withSession(url, (sessionManager) =>
      createConnectTransport({ baseUrl: url, httpVersion: '2', useHttpGet: true, sessionManager }),
    ),
};

function withSession(url: string, transport: (session: Http2SessionManager) => Transport): Door {
  const session = new Http2SessionManager(url);
  return transportDoor(transport(session), () => session.abort());
}

function transportDoor(transport: Transport, dispose = (): void => {}): Door {
  return {
    async call(service, name, request) {
      const method = methodOf(service, name);
      const client = createClient(service, transport) as unknown as Record<
        string,
        (m: Message) => Promise<Message> | AsyncIterable<Message>
      >;
      try {
        const answer = await client[method.localName]?.(fromJson(method.input, request));
        return toJson(method.output, await firstOf(answer as Message | AsyncIterable<Message>)) as JsonObject;
      } catch (error) {
        throw fromConnectError(ConnectError.from(error));
      }
    },
    [Symbol.dispose]: dispose,
  };
}

/** An answer, or the first of a stream of answers. */
async function firstOf(answer: Message | AsyncIterable<Message>): Promise<Message> {
  if (!(Symbol.asyncIterator in answer)) return answer;
  for await (const first of answer) return first;
  throw new ConnectError('the stream ended without an answer', Code.Unknown);
}

/** An error of a Connect client. */
export function fromConnectError(error: ConnectError): CallError {
  const [info] = error.findDetails(ErrorInfoSchema);
  const fields = error.findDetails(BadRequestSchema).flatMap(({ fieldViolations }) => fieldViolations);
  return new CallError(
    codeName(error.code),
    error.rawMessage,
    info?.reason,
    fields.map(({ field }) => field),
  );
}

/** gRPC by the library that most Node programs use. */
function grpcDoor(url: string): Door {
  const client = new grpc.Client(new URL(url).host, grpc.credentials.createInsecure());
  return {
    call(service, name, request) {
      const method = methodOf(service, name);
      const path = `/${service.typeName}/${name}`;
      const write = (message: Message) => Buffer.from(toBinary(method.input, message));
      const read = (bytes: Buffer) => fromBinary(method.output, bytes);
      const message = fromJson(method.input, request);
      return new Promise((resolve, reject) => {
        const settle = (error: grpc.ServiceError | null, answer?: Message): void => {
          if (error !== null) reject(fromServiceError(error));
          else resolve(toJson(method.output, answer as Message) as JsonObject);
        };
        if (method.methodKind === 'unary') {
          client.makeUnaryRequest(path, write, read, message, settle);
          return;
        }
        const stream = client.makeServerStreamRequest(path, write, read, message);
        stream.on('error', settle).once('data', (answer: Message) => {
          settle(null, answer);
          stream.cancel();
        });
      });
    },
    [Symbol.dispose]: () => client.close(),
  };
}

/** An error of grpc-js. */
export function fromServiceError(error: grpc.ServiceError): CallError {
  const [bytes] = error.metadata.get('grpc-status-details-bin');
  const details = bytes === undefined ? [] : fromBinary(StatusSchema, bytes as Buffer).details;
  const infos = details.flatMap((any) => anyUnpack(any, ErrorInfoSchema) ?? []);
  const fields = details.flatMap((any) => anyUnpack(any, BadRequestSchema)?.fieldViolations ?? []);
  return new CallError(
    codeName(error.code),
    error.details,
    infos[0]?.reason,
    fields.map(({ field }) => field),
  );
}

/** `not_found`, as REST and Connect write it. */
const codeName = (code: number): string =>
  (Code[code] ?? String(code)).replace(/(?!^)[A-Z]/g, (letter) => `_${letter}`).toLowerCase();
