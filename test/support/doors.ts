import { type DescMethod, type DescService, fromBinary, fromJson, getOption, type JsonObject, type JsonValue, toBinary, toJson, type Message } from '@bufbuild/protobuf';
import { Code, ConnectError, createClient, type Transport } from '@connectrpc/connect';
import { createConnectTransport, createGrpcTransport, createGrpcWebTransport } from '@connectrpc/connect-node';
import * as grpc from '@grpc/grpc-js';
import { http } from '../../gen/ts/google/api/annotations_pb.ts';
import { BadRequestSchema, ErrorInfoSchema } from '../../gen/ts/google/rpc/error_details_pb.ts';
import { StatusSchema } from '../../gen/ts/google/rpc/status_pb.ts';

/** A failed call, in the same form whichever door it came through. */
export class CallError extends Error {
  readonly code: string;
  readonly reason: string;
  readonly fields: readonly string[];

  constructor(code: string, message: string, reason: string, fields: readonly string[]) {
    super(message);
    this.code = code;
    this.reason = reason;
    this.fields = fields;
  }
}

/** One way into a server, for unary calls. Requests and answers are canonical ProtoJSON. */
export interface Door extends Disposable {
  readonly name: string;
  call(service: DescService, method: string, request: JsonObject): Promise<JsonObject>;
}

/** Every door, by name. */
export const DOORS: Readonly<Record<string, (url: string) => Door>> = {
  REST: restDoor,
  'REST over HTTP/2': (url) => restDoor(url),
  gRPC: grpcDoor,
  'gRPC, by another client': (url) => transportDoor('gRPC', createGrpcTransport({ baseUrl: url })),
  'gRPC-Web': (url) => transportDoor('gRPC-Web', createGrpcWebTransport({ baseUrl: url, httpVersion: '1.1' })),
  'Connect, JSON': (url) =>
    transportDoor('Connect', createConnectTransport({ baseUrl: url, httpVersion: '1.1', useBinaryFormat: false })),
  'Connect, binary': (url) => transportDoor('Connect', createConnectTransport({ baseUrl: url, httpVersion: '2' })),
};
