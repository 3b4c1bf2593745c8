import {
  type ContextValues,
  createContextKey,
  createContextValues,
  type HandlerContext,
} from '@connectrpc/connect';
import type { OnFailure, Wait } from '../../gen/ts/streamlib/v1/mutation_pb.ts';
import {
  type CommandOptions,
  formatTraceparent,
  parseTraceparent,
  type TraceContext,
  vocabulary,
} from '../runtime/index.ts';
import { REQUEST_ID_HEADER } from './request-identity.ts';
import type { AnyRequest } from './request-listener.ts';

/** By which door a call came; `page` is a route written by hand. */
export type DoorName = 'connect' | 'grpc' | 'grpc-web' | 'rest' | 'events' | 'websocket' | 'page';

/** The address a call came from; empty where it has none. */
export const peerKey = createContextKey('', { description: 'address of the peer' });

/** The connection a call came by, which tells it from others and has no other use. */
export const connectionKey = createContextKey<object | undefined>(undefined, { description: 'connection' });

/** The door a call came by. */
export const doorKey = createContextKey<DoorName>('connect', { description: 'name of the door' });

/** By what a call is found again. */
export interface CallIdentity {
  /** Empty where the request was not identified. */
  readonly requestId: string;
  /** Undefined where the caller sent none that keeps the rules. */
  readonly trace: TraceContext | undefined;
}

/** By what a call is found again, in logs and in traces. */
export const identityKey = createContextKey<CallIdentity>(
  { requestId: '', trace: undefined },
  { description: 'request id and trace' },
);

/** What a door knows about a call before its message is read. */
export function callContextValues(request: AnyRequest, door: DoorName): ContextValues {
  const { headers, socket } = request;
  const { [REQUEST_ID_HEADER]: requestId, traceparent } = headers;
  return (
    createContextValues()
      .set(doorKey, door)
      // NB: the socket of an HTTP/2 request is another object each time.
      .set(connectionKey, 'stream' in request ? request.stream.session : socket)
      // An IPv4 peer of a socket that speaks both shows up as ::ffff:127.0.0.1.
      .set(peerKey, (socket.remoteAddress ?? '').replace(/^::ffff:/, ''))
      .set(identityKey, {
        requestId: typeof requestId === 'string' ? requestId : '',
        trace: typeof traceparent === 'string' ? parseTraceparent(traceparent) : undefined,
      })
  );
}

/** The fields that every mutating request has. */
export interface MutatingRequest {
  readonly requestId: string;
  readonly expectedRevision?: bigint;
  readonly wait: Wait;
  readonly onFailure: OnFailure;
}

/** What surrounds the command of a mutating call. */
export function commandOptions(request: MutatingRequest, context: HandlerContext): CommandOptions {
  return {
    ...readOptions(context),
    requestId: request.requestId,
    expectedRevision: request.expectedRevision,
    wait: vocabulary.wordOf(vocabulary.WAITS, request.wait),
    onFailure: vocabulary.wordOf(vocabulary.ON_FAILURES, request.onFailure),
  };
}

/** What surrounds the command of a call that only reads. */
export function readOptions({ timeoutMs, values, signal }: HandlerContext): CommandOptions {
  const leftMs = timeoutMs();
  const { requestId, trace } = values.get(identityKey);
  return {
    actor: values.get(peerKey),
    origin: values.get(peerKey),
    callId: requestId,
    traceparent: trace && formatTraceparent(trace),
    deadlineMs: leftMs === undefined ? undefined : Date.now() + leftMs,
    signal,
  };
}
