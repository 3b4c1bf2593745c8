import { create, type MessageInitShape } from '@bufbuild/protobuf';
import {
  GapPolicy,
  GapReason,
  type SubscribeRequest,
  type SubscribeResponse,
  SubscribeResponseSchema,
} from '../../../gen/ts/streamlib/v1/event_pb.ts';
import { type RuntimeOperations, StreamlibError } from '../../runtime/index.ts';
import { reasonOf } from '../interceptors.ts';
import { EventCursor } from './event-cursor.ts';
import { createEventFilter, type EventFilter } from './event-filter.ts';
import type { EventWindow, WindowEntry } from './event-window.ts';
import { beginSubscription } from './resume.ts';
import { readSnapshot } from './snapshot.ts';

/** How long a stream is silent at most, where its request does not say. */
const DEFAULT_HEARTBEAT_MS = 15_000;

/** How many events a batch has at most. */
export const LARGEST_BATCH = 256;

/** What every subscription reads from. */
export interface SubscriptionSource {
  readonly window: EventWindow;
  readonly runtime: RuntimeOperations;
  /** Aborted when the server is about to end. */
  readonly draining: AbortSignal;
}

/** One thing that a subscriber is told, before a door puts it into its own form. */
export type SubscriptionItem =
  | { readonly kind: 'events'; readonly entries: readonly WindowEntry[] }
  | {
      readonly kind: 'notice';
      readonly response: SubscribeResponse;
      /** Where a subscriber may resume that has read this far. */
      readonly cursor: string;
    };

/**
 * What one subscriber is told, from the beginning (see resume.ts) to the end. It is pulled: who does not come for more holds nothing
 * but a sequence. Throws StreamlibError for a request that cannot be served, before the first item, and for a gap
 * under the policy FAIL; ends after `ending` when the server drains; throws the signal's reason when it aborts.
 */
export async function* subscribe(
  request: SubscribeRequest,
  source: SubscriptionSource,
  signal: AbortSignal,
): AsyncGenerator<SubscriptionItem> {
  const { window, draining } = source;
  const filter = createEventFilter(request);
  const heartbeatMs = heartbeatOf(request);
  const signals = [signal, draining];
  const after = yield* beginSubscription(request, { ...source, filter, signals });
  using cursor = new EventCursor(window, filter, after, signals);
  if (request.snapshot) yield* snapshot(source, filter, cursor);

  let silentSinceMs = performance.now();
  while (!draining.aborted) {
    if (signal.aborted) throw reasonOf(signal);
    const read = cursor.read(LARGEST_BATCH);
    if (read.kind === 'gap') {
      yield notice(cursor, { case: 'gap', value: gap(read.from, read.to) });
      if (request.onGap === GapPolicy.FAIL) throw gapError(read.from, read.to);
    } else if (read.entries.length > 0) {
      yield { kind: 'events', entries: read.entries };
    } else if (performance.now() - silentSinceMs >= heartbeatMs) {
      yield notice(cursor, { case: 'heartbeat', value: heartbeat(cursor) });
    } else {
      await cursor.wait(silentSinceMs + heartbeatMs - performance.now());
      continue;
    }
    silentSinceMs = performance.now();
  }
  yield notice(cursor, { case: 'ending', value: { reason: 'shutdown' } });
}

async function* snapshot(
  { runtime }: SubscriptionSource,
  filter: EventFilter,
  cursor: EventCursor,
): AsyncGenerator<SubscriptionItem> {
  const { parts, asOfSequence } = await readSnapshot(runtime, filter);
  for (const part of parts) yield notice(cursor, { case: 'snapshot', value: { part } });
  cursor.skipTo(asOfSequence);
  yield notice(cursor, { case: 'snapshotEnd', value: { sequence: BigInt(asOfSequence) } });
}

type Notice = NonNullable<MessageInitShape<typeof SubscribeResponseSchema>['message']>;

const notice = (cursor: EventCursor, message: Notice): SubscriptionItem => ({
  kind: 'notice',
  response: create(SubscribeResponseSchema, { message }),
  cursor: cursor.position,
});

const heartbeat = (cursor: EventCursor) => ({ last: BigInt(cursor.sequence), cursor: cursor.position });

const gap = (from: number, to: number) => ({
  fromSequence: BigInt(from),
  toSequence: BigInt(to),
  dropped: BigInt(to - from + 1),
  reason: GapReason.OVERTAKEN,
});

function gapError(from: number, to: number): StreamlibError {
  const message = `events ${from} to ${to} are no longer kept, and on_gap was FAIL`;
  return new StreamlibError('RESUME_POINT_LOST', message, { path: 'on_gap' });
}

function heartbeatOf({ heartbeat }: SubscribeRequest): number {
  return heartbeat === undefined
    ? DEFAULT_HEARTBEAT_MS
    : Number(heartbeat.seconds) * 1000 + heartbeat.nanos / 1e6;
}
