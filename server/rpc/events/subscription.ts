import type { SubscribeRequest } from '../../../gen/ts/streamlib/v1/event_pb.ts';
import type { RuntimeOperations } from '../../runtime/index.ts';
import type { EventFilter } from './event-filter.ts';
import type { EventSink } from './event-sink.ts';
import type { EventWindow } from './event-window.ts';
import { LiveReader } from './live-reader.ts';
import { formatCursor } from './position.ts';
import { beginSubscription } from './resume.ts';
import { readSnapshot } from './snapshot.ts';
import { createStreamEnd } from './stream-end.ts';
import { createNotice, type SubscriptionItem } from './subscription-item.ts';

/** How long a stream is silent at most, where its request does not say. */
const DEFAULT_HEARTBEAT_MS = 15_000;

/** What every subscription reads from. */
export interface SubscriptionSource {
  readonly window: EventWindow;
  readonly runtime: RuntimeOperations;
  /** Aborted when the server is about to end. */
  readonly draining: AbortSignal;
  /** How long a subscription may last; it ends with `ending` then. Without it, for ever. */
  readonly maxAgeMs?: number | undefined;
}

/**
 * What one subscriber is told, from the beginning (see resume.ts) to the end. It is pulled: who does not come for
 * more holds nothing but a sequence. With a sink, everything that happens after the beginning is written there while the pull waits,
 * up to `ending`, which is an item again. Throws StreamlibError for a request that cannot be served, before the
 * first item, and for a gap under the policy FAIL; ends after `ending` when the server drains or the stream is too
 * old; throws the signal's reason when it aborts.
 */
export async function* subscribe(
  request: SubscribeRequest,
  source: SubscriptionSource,
  signal: AbortSignal,
  sink?: EventSink,
): AsyncGenerator<SubscriptionItem> {
  const { window } = source;
  using opened = window.views.open(request);
  using end = createStreamEnd(source);
  const { view } = opened;
  const { filter } = view;
  let after = yield* beginSubscription(request, { ...source, filter, signals: [signal, end.signal] });
  if (request.snapshot) after = yield* snapshot(source, filter);

  const { onGap } = request;
  const heartbeatMs = heartbeatOf(request);
  using reader = new LiveReader({ window, view, after, heartbeatMs, onGap, signal, ending: end.signal });
  if (sink === undefined) yield* reader.items();
  else await reader.flowInto(sink);
  yield createNotice(reader.cursor, { case: 'ending', value: { reason: end.reason } });
}

/** The state as items; answers the sequence after which changes follow. */
async function* snapshot(
  { runtime, window }: SubscriptionSource,
  filter: EventFilter,
): AsyncGenerator<SubscriptionItem, number> {
  const { parts, asOfSequence } = await readSnapshot(runtime, filter);
  const cursor = formatCursor(window.streamId, asOfSequence);
  for (const part of parts) yield createNotice(cursor, { case: 'snapshot', value: { part } });
  yield createNotice(cursor, { case: 'snapshotEnd', value: { sequence: BigInt(asOfSequence) } });
  return asOfSequence;
}

function heartbeatOf({ heartbeat }: SubscribeRequest): number {
  return heartbeat === undefined
    ? DEFAULT_HEARTBEAT_MS
    : Number(heartbeat.seconds) * 1000 + heartbeat.nanos / 1e6;
}
