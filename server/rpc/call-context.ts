import {
  type ContextValues,
  createContextKey,
  createContextValues,
  type HandlerContext,
} from '@connectrpc/connect';
import type { OnFailure, Wait } from '../../gen/ts/streamlib/v1/mutation_pb.ts';
import { type CommandOptions, vocabulary } from '../runtime/index.ts';

/** The address a call came from; empty where it has none. */
export const peerKey = createContextKey('', { description: 'address of the peer' });

/** What a door knows about a call before its message is read. */
export function callContextValues(remoteAddress: string | undefined): ContextValues {
  // An IPv4 peer of a socket that speaks both shows up as ::ffff:127.0.0.1.
  return createContextValues().set(peerKey, (remoteAddress ?? '').replace(/^::ffff:/, ''));
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
export function readOptions(context: HandlerContext): CommandOptions {
  const timeoutMs = context.timeoutMs();
  return {
    actor: context.values.get(peerKey),
    origin: context.values.get(peerKey),
    traceparent: context.requestHeader.get('traceparent') ?? '',
    deadlineMs: timeoutMs === undefined ? undefined : Date.now() + timeoutMs,
  };
}
