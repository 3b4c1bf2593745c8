import { create } from '@bufbuild/protobuf';
import type { ControlEventPage, ListControlEvents } from '../../../gen/ts/streamlib/v1/command_pb.ts';
import { ControlEventPageSchema } from '../../../gen/ts/streamlib/v1/command_pb.ts';
import type { Event } from '../../../gen/ts/streamlib/v1/event_pb.ts';
import type { StoredEvents } from '../../../gen/ts/streamlib/v1/journal_pb.ts';
import { StreamlibError } from '../errors.ts';
import type { Journal } from '../journal/index.ts';
import type { EventStream } from './event-streams.ts';
import { eventsOfRecord, lastSequenceOf, publishedEvents } from './stored-events.ts';

/** How many records one page reads: decoding them holds the loop up for about a millisecond. */
const PAGE_RECORDS = 128;

/** What control events are read from. */
export interface ControlEventHistoryOptions {
  readonly journal: Pick<Journal, 'read' | 'readBack'>;
  readonly streams: { find(streamId: string): EventStream | undefined };
  /** The present incarnation of the event log. */
  readonly streamId: string;
}

/** The control events that the journal has. It changes nothing. */
export class ControlEventHistory {
  readonly #options: ControlEventHistoryOptions;

  constructor(options: ControlEventHistoryOptions) {
    this.#options = options;
  }

  /**
   * Those after a point, page by page. Of the present incarnation that is everything durable; a point of an earlier one
   * is followed by what came before the present. Throws RESUME_POINT_LOST where one of them may be missing.
   */
  async page({ streamId, afterSequence, nextRecord }: ListControlEvents): Promise<ControlEventPage> {
    const { journal } = this.#options;
    const after = Number(afterSequence);
    const from = nextRecord === 0n ? await this.#recordAfter(streamId, after) : Number(nextRecord);
    const { records } = await journal.read({ from, limit: PAGE_RECORDS });
    const [first] = records;
    if (first === undefined) return create(ControlEventPageSchema);
    if (first.sequence !== from) throw lost(`what followed ${streamId}:${after} was compacted meanwhile`);
    const events: Event[] = [];
    let previous: StoredEvents | undefined;
    for (const record of records) {
      const stored = eventsOfRecord(record);
      if (stored === undefined) continue;
      assertContinuous(previous, stored);
      previous = stored;
      const isOfPoint = stored.streamId === streamId;
      if (!isOfPoint && stored.streamId === this.#options.streamId)
        return create(ControlEventPageSchema, { events });
      for (const event of publishedEvents(stored))
        if (!isOfPoint || Number(event.sequence) > after) events.push(event);
    }
    return create(ControlEventPageSchema, { events, nextRecord: BigInt(from + records.length) });
  }

  /** The first record with a control event after a point; by halving, since sequences rise with records. */
  async #recordAfter(streamId: string, after: number): Promise<number> {
    const stream = this.#options.streams.find(streamId);
    if (stream === undefined) throw lost(`the event stream ${streamId} is not known here`);
    const { oldest, last } = await this.#options.journal.readBack({ limit: 1 });
    const end = (stream.lastRecord ?? last) + 1;
    const begin = Math.max(stream.firstRecord, oldest);
    let [low, high] = [begin, end];
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      const events = await this.#eventsAt(middle);
      if (events !== undefined && lastSequenceOf(events) > after) high = middle;
      else low = middle + 1;
    }
    // What was compacted is known by where the oldest record that is left goes on.
    const isCut = begin > stream.firstRecord;
    const goesOn = low < end ? await this.#eventsAt(low) : undefined;
    const isKnown = goesOn === undefined ? !isCut || begin < end : Number(goesOn.afterSequence) <= after;
    if (!isKnown) throw lost(`what followed ${streamId}:${after} is no longer in the journal`);
    return low;
  }

  async #eventsAt(sequence: number): Promise<StoredEvents | undefined> {
    const { records } = await this.#options.journal.read({ from: sequence, to: sequence, limit: 1 });
    return records[0] && eventsOfRecord(records[0]);
  }
}

/** What the journal could not take while the disk was full shows as a hole between two records. */
function assertContinuous(
  previous: StoredEvents | undefined,
  { streamId, afterSequence }: StoredEvents,
): void {
  if (previous?.streamId !== streamId || lastSequenceOf(previous) >= Number(afterSequence)) return;
  throw lost(`what followed ${streamId}:${lastSequenceOf(previous)} could not be written`);
}

const lost = (message: string): StreamlibError => new StreamlibError('RESUME_POINT_LOST', message);
