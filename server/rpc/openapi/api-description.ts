import type { JsonObject } from '@bufbuild/protobuf';
import { PROTO_COMMENTS } from '../../../gen/ts/streamlib/proto-comments.ts';
import { ERROR_REASONS, type ErrorReason } from '../../runtime/index.ts';
import { statusOfReason } from '../error-codes.ts';
import type { Route } from '../rest/index.ts';
import { SERVICES } from '../services.ts';
import { API_EXAMPLES } from './api-examples.ts';
import { createOpenApiDocument } from './create-openapi-document.ts';
import type { ErrorStatusText } from './error-responses.ts';
import { HAND_WRITTEN_PATHS } from './hand-written-paths.ts';
import type { Schema } from './schema-options.ts';

const DESCRIPTION = `Every method of the API as plain HTTP and JSON. The same methods are there as gRPC, gRPC-Web and \
Connect on the same port.

Fields have the names of the proto files; requests may also write them in camelCase, enums with their full names or \
numbers, and numbers as text. 64-bit integers beyond 2^53-1 are text. Unknown fields and query parameters are \
refused.

A deadline may be given in \`x-server-timeout\` (seconds), \`connect-timeout-ms\` or \`grpc-timeout\`; a call that \
takes longer answers 504. Bodies may be sent with \`content-encoding: gzip\`.`;

const ERROR_SCHEMA: Schema = {
  type: 'object',
  description: 'What every failed call answers.',
  required: ['error', 'code', 'message', 'details'],
  properties: {
    error: { type: 'string', description: 'The message once more, for simple clients.' },
    code: { type: 'string', description: 'The name of the gRPC code, as `not_found`.' },
    message: { type: 'string' },
    details: {
      type: 'array',
      description: 'google.rpc.ErrorInfo with the reason, google.rpc.BadRequest with the fields at fault.',
      items: {
        type: 'object',
        required: ['@type'],
        properties: {
          '@type': { type: 'string' },
          reason: { type: 'string', enum: Object.keys(ERROR_REASONS) },
          domain: { type: 'string' },
          metadata: { type: 'object', additionalProperties: { type: 'string' } },
        },
        additionalProperties: true,
      },
    },
  },
  additionalProperties: false,
  examples: [
    {
      error: 'no such processor, was "camera-1"',
      code: 'not_found',
      message: 'no such processor, was "camera-1"',
      details: [
        {
          '@type': 'type.googleapis.com/google.rpc.ErrorInfo',
          reason: 'PROCESSOR_NOT_FOUND',
          domain: 'streamlib',
          metadata: {},
        },
      ],
    },
  ],
};

const STATUSES: Readonly<Record<number, string>> = {
  400: 'The request cannot be understood, or not be carried out as things are.',
  404: 'Something that the request names does not exist.',
  409: 'The request collides with what is there.',
  413: 'The body is larger than the server reads.',
  414: 'The path with its query is longer than the server reads.',
  415: 'The body is not of the type that the method takes.',
  429: 'Too much is going on.',
  431: 'The headers are larger than the server reads.',
  499: 'The caller gave up.',
  500: 'The server failed; its log says why.',
  501: 'The method is not implemented yet.',
  503: 'The server cannot do this now.',
  504: 'The deadline of the call has passed.',
};

/** The server's API as OpenAPI 3.1. `routes` are those that the transcoder serves. */
export function describeApi(routes: readonly Route[], version: string): JsonObject {
  return createOpenApiDocument({
    info: {
      title: 'streamlib',
      version,
      description: DESCRIPTION,
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    services: SERVICES,
    routes,
    annotations: { comment: (name) => PROTO_COMMENTS[name] ?? '', examples: API_EXAMPLES },
    errorSchema: ERROR_SCHEMA,
    errors: errorStatuses(),
    // Written by the event door, which adds no envelope.
    unwrappedStreams: new Set(['streamlib.v1.EventService.Subscribe']),
    otherPaths: HAND_WRITTEN_PATHS,
  });
}

function errorStatuses(): ErrorStatusText[] {
  const reasons = Object.keys(ERROR_REASONS) as ErrorReason[];
  return Object.entries(STATUSES).map(([status, description]) => ({
    status: Number(status),
    description,
    reasons: reasons.filter((reason) => statusOfReason(reason) === Number(status)),
  }));
}
