import { createRegistry } from '@bufbuild/protobuf';
import type { UniversalHandler } from '@connectrpc/connect/protocol';
import { http } from '../../gen/ts/google/api/annotations_pb.ts';
import { file_google_rpc_error_details } from '../../gen/ts/google/rpc/error_details_pb.ts';
import type { Logger } from '../runtime/index.ts';
import { callContextValues } from './call-context.ts';
import { errorDetails } from './error-codes.ts';
import { describeProtocolError } from './protocol-error.ts';
import {
  createTranscoder,
  plainErrorBody,
  plainJsonStyle,
  type Transcoder,
  type UnaryCall,
} from './rest/index.ts';
import { SERVICES } from './services.ts';

/** What REST is served from. */
export interface RestDoorOptions {
  readonly handlers: readonly UniversalHandler[];
  readonly unaryCalls: ReadonlyMap<string, UnaryCall>;
  /** Aborted when open calls are to end. */
  readonly closing: AbortSignal;
  readonly maxBodyBytes: number;
  readonly log: Logger;
}

/** The transcoder with streamlib's names, numbers and errors. */
export function createRestDoor({ maxBodyBytes, log, ...calls }: RestDoorOptions): Transcoder {
  return createTranscoder({
    services: SERVICES,
    ...calls,
    httpRule: http,
    registry: createRegistry(file_google_rpc_error_details, ...SERVICES),
    jsonStyle: plainJsonStyle,
    errorBody: plainErrorBody,
    describeError: describeProtocolError,
    describeBindError(kind, field, _value, message) {
      const reason = kind === 'unknown' ? 'FIELD_UNKNOWN' : 'FIELD_INVALID';
      return errorDetails(reason, {}, [{ path: field, message }]);
    },
    maxBodyBytes,
    contextValues: (request) => callContextValues(request, 'rest'),
    onInternalError: (error) => {
      log.error('a request failed', { cause: error instanceof Error ? (error.stack ?? '') : String(error) });
    },
  });
}
