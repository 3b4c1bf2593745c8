import {
  type Event,
  GapPolicy,
  GapReason,
  type SubscribeRequest,
} from '../../../gen/ts/streamlib/v1/event_pb.ts';
import { type RuntimeOperations, StreamlibError } from '../../runtime/index.ts';
import { controlEventReaderOf, type ResumePoint } from './control-event-reader.ts';
import type { EventFilter } from './event-filter.ts';
import type { EventWindow, WindowEntry } from './event-window.ts';
import { admitsOnlyControlEvents, formatCursor, positionOf } from './position.ts';
import { createJournalItem, createNotice, type SubscriptionItem } from './subscription-item.ts';

/** How many events one item has at most. */
const ITEM_EVENTS = 256;

/** What the beginning is made from. */
export interface BeginningOptions {
  readonly window: EventWindow;
  readonly runtime: RuntimeOperations;
  readonly filter: EventFilter;
  /** Reading from the journal ends when one of them aborts. */
  readonly signals: readonly AbortSignal[];
}

/**
 * What a subscriber is told before the events of the window:
 *
 * 1. of a point before the last restart: every later control event up to that restart, from the journal
 * 2. `started`
 * 3. of such a point, unless only control events can match: the gap that the restart is
 * 4. control events of this stream that follow the point and are no longer in the window, from the journal
 *
 * Answers the sequence after which the window goes on. Throws RESUME_POINT_LOST, FIELD_INVALID, and a gap under the
 * policy FAIL; pages of the journal are read as they are pulled, so that a long tail is never in memory.
 */
export async function* beginSubscription(
  request: SubscribeRequest,
  options: BeginningOptions,
): AsyncGenerator<SubscriptionItem, number> {
  const { window, signals } = options;
  const { after, resumed, earlier, path } = positionOf(request, window);
  const isControlOnly = admitsOnlyControlEvents(request);
  if (earlier !== undefined) yield* itemsOf(journalPages(earlier, Number.POSITIVE_INFINITY, options));

  const isKept = () => after >= window.oldest - 1;
  const isRead = isControlOnly || earlier !== undefined;
  let until = window.oldest - 1;
  let pages = isKept() || !isRead ? [] : await opened(journalPages(pointAfter(after), until, options));
  const { streamId, oldest, last } = window;
  const cursor = formatCursor(streamId, after);
  yield createNotice(cursor, {
    case: 'started',
    value: { streamId, oldest: BigInt(oldest), last: BigInt(last), resumed },
  });
  if (earlier !== undefined && !isControlOnly) {
    yield createNotice(cursor, { case: 'gap', value: { reason: GapReason.RESTART } });
    if (request.onGap === GapPolicy.FAIL) throw restartError(path);
  }
  yield* itemsOf(pages);
  // NB: who wants other events as well is told by the window which of them are gone.
  // What was before the window is in the gap of the restart, if there was one.
  if (isKept() || !isControlOnly) return earlier === undefined ? after : Math.max(after, window.begin);
  while (until < window.oldest - 1 && !signals.some(({ aborted }) => aborted)) {
    const reached = until;
    until = window.oldest - 1;
    pages = journalPages(pointAfter(reached), until, options);
    yield* itemsOf(pages);
  }
  return until;

  function pointAfter(sequence: number): ResumePoint {
    return { streamId: window.streamId, sequence, path };
  }
}

type Pages = AsyncIterable<WindowEntry[]> | Iterable<WindowEntry[]>;

/** What matches of the control events after a point, up to a sequence. */
async function* journalPages(
  point: ResumePoint,
  until: number,
  { runtime, filter, signals }: BeginningOptions,
): AsyncGenerator<WindowEntry[]> {
  for await (const events of controlEventReaderOf(runtime).read(point)) {
    yield events.filter((event) => Number(event.sequence) <= until && filter.matches(event)).map(entryOf);
    const last = events.at(-1);
    if (last !== undefined && Number(last.sequence) >= until) return;
    if (signals.some(({ aborted }) => aborted)) return;
  }
}

/** Reads the first page at once, so that a point that is lost fails before anything is sent. */
async function opened(pages: AsyncGenerator<WindowEntry[]>): Promise<AsyncIterable<WindowEntry[]>> {
  const first = await pages.next();
  return (async function* rest() {
    if (first.done !== true) yield first.value;
    yield* pages;
  })();
}

async function* itemsOf(pages: Pages): AsyncGenerator<SubscriptionItem> {
  for await (const entries of pages)
    for (let at = 0; at < entries.length; at += ITEM_EVENTS)
      yield createJournalItem(entries.slice(at, at + ITEM_EVENTS));
}

/** NB: it is in no window and costs it nothing. */
const entryOf = (event: Event): WindowEntry => ({ sequence: Number(event.sequence), event, bytes: 0 });

function restartError(path: string): StreamlibError {
  const message = `events were lost by a restart after the point that ${path} names, and on_gap was FAIL`;
  return new StreamlibError('RESUME_POINT_LOST', message, { path: 'on_gap' });
}
