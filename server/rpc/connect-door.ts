import {
  Code,
  ConnectError,
  type ConnectRouter,
  createConnectRouter,
  type Interceptor,
} from '@connectrpc/connect';
import type { UniversalHandler } from '@connectrpc/connect/protocol';
import {
  compressionGzip,
  universalRequestFromNodeRequest,
  universalResponseToNodeResponse,
} from '@connectrpc/connect-node';
import type { Logger } from '../runtime/index.ts';
import { callContextValues, type DoorName } from './call-context.ts';
import { withWholeRequest } from './early-answers.ts';
import { envelopeResponseKey } from './events/event-sink.ts';
import { withPlainGrpcMessage } from './grpc-message.ts';
import { refuseWrongAuthority } from './request-authority.ts';
import { passGate, refusalKey } from './request-gate.ts';
import { limitRefusal, type RequestLimits } from './request-limits.ts';
import type { AnyRequest, AnyResponse } from './request-listener.ts';
import { isMethodCall, refuseUnknownMethod } from './unknown-method.ts';

/** Bounds an answer; lists are the largest, and their pages are bounded by count. */
const LARGEST_ANSWER_BYTES = 64 * 1024 * 1024;

/** Smaller messages are not worth compressing. */
const COMPRESSED_FROM_BYTES = 1024;

/** What the router is made from. */
export interface ConnectDoorOptions {
  readonly interceptors: Interceptor[];
  readonly maxBodyBytes: number;
  readonly limits: RequestLimits;
  /** Aborted when open calls are to end. */
  readonly closing: AbortSignal;
  readonly log: Logger;
  register(router: ConnectRouter): void;
}

/** gRPC, gRPC-Web and Connect. */
export interface ConnectDoor {
  readonly handlers: readonly UniversalHandler[];
  /** Takes the request where it calls a method, if only one that does not exist; false where it does not. */
  tryServe(request: AnyRequest, response: AnyResponse): boolean;
}

/** Makes the door that serves the methods by their own names. */
export function createConnectDoor(options: ConnectDoorOptions): ConnectDoor {
  const { interceptors, maxBodyBytes, limits, closing, log, register } = options;
  const router = createConnectRouter({
    interceptors,
    readMaxBytes: maxBodyBytes,
    writeMaxBytes: LARGEST_ANSWER_BYTES,
    compressMinBytes: COMPRESSED_FROM_BYTES,
    acceptCompression: [compressionGzip],
    jsonOptions: { ignoreUnknownFields: false },
    shutdownSignal: closing,
    requestGate: passGate,
  });
  register(router);
  const handlers = new Map(router.handlers.map((handler) => [handler.requestPath, handler]));

  return {
    handlers: router.handlers,
    tryServe(request, response) {
      const handler = handlers.get(pathOf(request));
      if (handler === undefined) {
        if (!isMethodCall(request)) return false;
        refuseUnknownMethod(request, response);
        return true;
      }
      serve(handler, request, response, limits).catch((error: unknown) => {
        if (isGone(error)) return;
        log.warn(`${handler.service.typeName}/${handler.method.name}: the answer was lost`, {
          cause: String(error),
        });
      });
      return true;
    },
  };
}

async function serve(
  handler: UniversalHandler,
  request: AnyRequest,
  response: AnyResponse,
  limits: RequestLimits,
): Promise<void> {
  const { 'content-type': contentType = '' } = request.headers;
  const values = callContextValues(request, doorOf(contentType));
  if (!contentType.includes('json')) values.set(envelopeResponseKey, response);
  const wrongAuthority = refuseWrongAuthority(request);
  const refusal = limitRefusal(request, limits) ?? wrongAuthority;
  if (refusal !== undefined) values.set(refusalKey, refusal);
  const universal = universalRequestFromNodeRequest(request, response, undefined, values);
  // Who leaves the body early must not destroy the connection: the answer still has to go out on it.
  const body = request.iterator({ destroyOnReturn: false });
  const answer = withWholeRequest(await handler({ ...universal, body }), request, response);
  await universalResponseToNodeResponse(withPlainGrpcMessage(answer), response);
}

function doorOf(contentType: string): DoorName {
  if (contentType.startsWith('application/grpc-web')) return 'grpc-web';
  return contentType.startsWith('application/grpc') ? 'grpc' : 'connect';
}

/** Callers leave streams when they like; that is no failure. */
function isGone(error: unknown): boolean {
  const { code } = ConnectError.from(error);
  return code === Code.Aborted || code === Code.Canceled;
}

function pathOf({ url = '' }: AnyRequest): string {
  const mark = url.indexOf('?');
  return mark === -1 ? url : url.slice(0, mark);
}
