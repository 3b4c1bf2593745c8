import {
  type ContextValues,
  createContextKey,
  createContextValues,
  type HandlerContext,
} from '@connectrpc/connect';
import type { OnFailure, Wait } from '../../gen/ts/streamlib/v1/mutation_pb.ts';
import { type CommandOptions, formatTraceparent, parseTraceparent, vocabulary } from '../runtime/index.ts';
import { REQUEST_ID_HEADER } from './request-identity.ts';

/** By which door a call came; `page` is a route written by hand. */
export type DoorName = 'connect' | 'grpc' | 'grpc-web' | 'rest' | 'events' | 'websocket' | 'page';

/** The address a call came from; empty where it has none. */
export const peerKey = createContextKey('', { description: 'address of the peer' });

/** The door a call came by. */
export const doorKey = createContextKey<DoorName>('connect', { description: 'name of the door' });

/** What a door knows about a call before its message is read. */
export function callContextValues(remoteAddress: string | undefined, door: DoorName): ContextValues {
  const values = createContextValues().set(doorKey, door);
  // An IPv4 peer of a socket that speaks both shows up as ::ffff:127.0.0.1.
  return values.set(peerKey, (remoteAddress ?? '').replace(/^::ffff:/, ''));
}

/** The fields that every mutating request has. */
interface MutatingRequest {
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
export function readOptions({ timeoutMs, values, requestHeader, signal }: HandlerContext): CommandOptions {
  const leftMs = timeoutMs();
  const trace = parseTraceparent(requestHeader.get('traceparent') ?? '');
  return {
    actor: values.get(peerKey),
    origin: values.get(peerKey),
    callId: requestHeader.get(REQUEST_ID_HEADER) ?? '',
    traceparent: trace && formatTraceparent(trace),
    deadlineMs: leftMs === undefined ? undefined : Date.now() + leftMs,
    signal,
  };
}
