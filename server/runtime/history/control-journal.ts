import { create, fromBinary, type MessageInitShape, toBinary } from '@bufbuild/protobuf';
import { timestampFromMs, timestampMs } from '@bufbuild/protobuf/wkt';
import type { Event } from '../../../gen/ts/streamlib/v1/event_pb.ts';
import type {
  AnsweredRequest,
  StoredCall,
  StoredEvents,
  StoredRevision,
} from '../../../gen/ts/streamlib/v1/journal_pb.ts';
import {
  StoredCallSchema,
  StoredEventsSchema,
  StoredRevisionSchema,
  StoredSnapshotSchema,
} from '../../../gen/ts/streamlib/v1/journal_pb.ts';
import { wallClockMs } from '../clock.ts';
import { StreamlibError } from '../errors.ts';
import type { ControlEventKeeper, HeldEvents } from '../events/event-log.ts';
import { emptyGraph, type Graph } from '../graph/index.ts';
import { type Journal, MemoryJournal } from '../journal/index.ts';
import type { Logger } from '../log.ts';
import { numberOf, RUNTIME_STATUSES, type RuntimeStatus, wordOf } from '../vocabulary.ts';
import { EventStreams } from './event-streams.ts';
import { CALL_RECORD, EVENTS_RECORD, REVISION_RECORD } from './record-kinds.ts';
import { RequestIndex } from './request-index.ts';
import { encodeSnapshot } from './snapshot-writer.ts';
import { lastSequenceOf, storedEvents } from './stored-events.ts';
import { GraphReplay } from './stored-graph.ts';

/** Of events that the journal could not take, so many are written with what it takes next. */
const OWED_LIMIT = 1_000;

/** After so many records there is a snapshot, so that a start has at most these to take one by one. */
const RECORDS_PER_SNAPSHOT = 2_000;

/** What the runtime as a whole is to do after a restart of the server. */
export type DesiredStatus = Extract<RuntimeStatus, 'running' | 'paused' | 'stopped'>;

/** What a journal held when it was opened. */
export interface RestoredState {
  readonly graph: Graph;
  /** Undefined where nobody ever said. */
  readonly desiredStatus: DesiredStatus | undefined;
  /** What of the journal could not be read; only when it was opened to be read. */
  readonly damage: StreamlibError | undefined;
}

/** What happens with what was handed over: one of the two, in the order of the hand-overs. */
export interface Settle {
  durable(): void;
  failed(error: StreamlibError): void;
}

interface Handover {
  readonly kind: number;
  readonly revision: number;
  readonly wallTimeMs: number;
  readonly events: readonly Event[];
  encode(events: StoredEvents): Uint8Array;
  /** Called when it is durable, before it is settled. */
  note(recordSequence: number): void;
  readonly settle: Settle;
}

/** What a control journal is made from. */
export interface ControlJournalOptions {
  readonly journal: Journal;
  readonly readOnly?: boolean;
  readonly log: Logger;
}

/**
 * The runtime's side of the journal: what was accepted goes in, and what is durable comes back, in order. The runtime's
 * thread alone uses it, and never waits for the disk.
 */
export class ControlJournal implements ControlEventKeeper {
  readonly requests = new RequestIndex();
  readonly streams = new EventStreams();
  readonly #journal: Journal;
  readonly #log: Logger;
  readonly #waits: boolean;
  readonly #readOnly: boolean;
  /** The record that was handed over last, and the last durable one. */
  #handedOver = 0;
  #durable = 0;
  #open = 0;
  #isFailing = false;
  #graph: Graph = emptyGraph();
  /** The revision that was handed over last: that of every record rises with its place. */
  #revision = 0;
  #desiredStatus: DesiredStatus | undefined;
  /** The event log that is written now, and its last control event that was handed over, and that is durable. */
  #streamId = '';
  #lastEvent = 0;
  #durableEvent = 0;
  /** Events that were published while nothing could be written. */
  #owed: Event[] = [];
  #sinceSnapshot = 0;
  #snapshotUnderWay: Promise<void> | undefined;

  constructor({ journal, log, readOnly = false }: ControlJournalOptions) {
    this.#journal = journal;
    this.#log = log;
    this.#readOnly = readOnly;
    // NB: what a journal in memory takes it has at once, and nobody need wait.
    this.#waits = !(journal instanceof MemoryJournal);
  }

  /** Reads the journal. Once, before anything else. Throws what the journal does. */
  async open(): Promise<RestoredState> {
    const { snapshot, records, damage } = await this.#journal.open({ readOnly: this.#readOnly });
    const replay = new GraphReplay();
    if (snapshot !== undefined) {
      const stored = fromBinary(StoredSnapshotSchema, snapshot.payload);
      replay.takeSnapshot(stored);
      this.requests.takeSnapshot(stored);
      this.streams.takeSnapshot(stored);
      this.#takeStatus(stored.desiredStatus);
      this.#handedOver = snapshot.sequence;
    }
    for (const { sequence, kind, payload } of records) {
      this.#handedOver = sequence;
      if (kind === REVISION_RECORD) {
        const stored = fromBinary(StoredRevisionSchema, payload);
        replay.take(stored);
        this.#remember(stored.request, sequence, stored.revision?.time);
        if (stored.events !== undefined) this.streams.note(stored.events, sequence);
      } else if (kind === CALL_RECORD) {
        const stored = fromBinary(StoredCallSchema, payload);
        this.#takeStatus(stored.desiredStatus);
        this.#remember(stored.request, sequence, stored.time);
        if (stored.events !== undefined) this.streams.note(stored.events, sequence);
      } else if (kind === EVENTS_RECORD) this.streams.note(fromBinary(StoredEventsSchema, payload), sequence);
    }
    this.#durable = this.#handedOver;
    this.#sinceSnapshot = records.length;
    this.#graph = replay.graph();
    this.#revision = this.#graph.revision;
    return { graph: this.#graph, desiredStatus: this.#desiredStatus, damage };
  }

  /** What the runtime is to do as far as it is durable. */
  get desiredStatus(): DesiredStatus | undefined {
    return this.#desiredStatus;
  }

  /** Begins with a new event log, once, after `open`. What cannot be written now comes with the first record that can. */
  beginStream(streamId: string): void {
    this.#streamId = streamId;
    this.appendEvents({ events: [], release: () => {}, drop: () => {} });
  }

  /**
   * Hands a revision over; `graph` is the one after it, and `held` are the events that tell of it, which the caller
   * releases and drops as it settles. Throws JOURNAL_UNAVAILABLE where it cannot be taken.
   */
  appendRevision(
    graph: Graph,
    stored: MessageInitShape<typeof StoredRevisionSchema>,
    held: Pick<HeldEvents, 'events'>,
    settle: Settle,
  ): void {
    const message = create(StoredRevisionSchema, stored);
    const timeMs = message.revision?.time === undefined ? wallClockMs() : timestampMs(message.revision.time);
    this.#append({
      ...{ kind: REVISION_RECORD, revision: graph.revision, wallTimeMs: timeMs, events: held.events },
      encode: (events) => toBinary(StoredRevisionSchema, Object.assign(message, { events })),
      note: (sequence) => {
        this.#graph = graph;
        this.#remember(message.request, sequence, message.revision?.time);
      },
      settle,
    });
  }

  /** Hands a call over that made no revision. Throws JOURNAL_UNAVAILABLE where it cannot be taken. */
  async appendCall(stored: MessageInitShape<typeof StoredCallSchema>): Promise<void> {
    const message: StoredCall = create(StoredCallSchema, { time: timestampFromMs(wallClockMs()), ...stored });
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#append({
      ...{ kind: CALL_RECORD, revision: this.#revision, wallTimeMs: wallClockMs(), events: [] },
      encode: (events) => toBinary(StoredCallSchema, Object.assign(message, { events })),
      note: (sequence) => {
        this.#takeStatus(message.desiredStatus);
        this.#remember(message.request, sequence, message.time);
      },
      settle: { durable: resolve, failed: reject },
    });
    await promise;
  }

  /** Hands events over that belong to no other record. Where they cannot be written they are published all the same. */
  appendEvents({ events, release }: HeldEvents): void {
    const publishUnwritten = (): void => {
      release();
      this.#owe(events);
    };
    try {
      this.#append({
        ...{ kind: EVENTS_RECORD, revision: this.#revision, wallTimeMs: wallClockMs(), events },
        encode: (stored) => toBinary(StoredEventsSchema, stored),
        note: () => {},
        settle: { durable: release, failed: publishUnwritten },
      });
    } catch {
      publishUnwritten();
    }
  }

  /** The stored record that has the answer to a request; undefined for one that never came, or came too long ago. */
  async answered(actor: string, requestId: string): Promise<StoredRevision | StoredCall | undefined> {
    const from = this.requests.recordOf(actor, requestId, wallClockMs());
    if (from === undefined) return undefined;
    const { records } = await this.#journal.read({ from, to: from, limit: 1 });
    const [record] = records;
    if (record?.sequence !== from) return undefined;
    const schema = record.kind === REVISION_RECORD ? StoredRevisionSchema : StoredCallSchema;
    return fromBinary<typeof StoredRevisionSchema | typeof StoredCallSchema>(schema, record.payload);
  }

  /** The journal to read history from. */
  get reader(): Pick<Journal, 'read' | 'readBack' | 'snapshotBefore'> {
    return this.#journal;
  }

  /** What was handed over is written first. */
  async close(): Promise<void> {
    await this.#snapshotUnderWay;
    await this.#journal.close();
  }

  #append({ kind, revision, wallTimeMs, events, encode, note, settle }: Handover): void {
    if (this.#readOnly) {
      const message = 'the journal was opened to be read only, so nothing can be changed';
      throw new StreamlibError('JOURNAL_READ_ONLY', message);
    }
    if (this.#isFailing) {
      const message = 'the journal cannot be written at the moment; nothing was changed';
      throw new StreamlibError('JOURNAL_UNAVAILABLE', message);
    }
    const sequence = ++this.#handedOver;
    this.#revision = revision;
    const owed = this.#owed;
    this.#owed = [];
    const stored = create(
      StoredEventsSchema,
      storedEvents(this.#streamId, this.#lastEvent, owed.length === 0 ? events : [...owed, ...events]),
    );
    this.#lastEvent = lastSequenceOf(stored);
    const written = this.#journal.append([{ sequence, kind, revision, wallTimeMs, payload: encode(stored) }]);
    const succeed = () => {
      this.#durable = sequence;
      this.#durableEvent = lastSequenceOf(stored);
      this.streams.note(stored, sequence);
      note(sequence);
      settle.durable();
      this.#snapshotIfDue();
    };
    if (!this.#waits) {
      succeed();
      return;
    }
    this.#open++;
    written
      .then(succeed, (error) => {
        this.#isFailing = true;
        this.#owe(owed);
        settle.failed(StreamlibError.from(error));
      })
      .finally(() => {
        // NB: what was handed over behind a failed record fails with it; then the next follows the last durable one.
        if (--this.#open > 0) return;
        this.#isFailing = false;
        this.#handedOver = this.#durable;
        this.#revision = this.#graph.revision;
        this.#lastEvent = this.#durableEvent;
      });
  }

  #owe(events: readonly Event[]): void {
    const owed = [...this.#owed, ...events];
    const lost = owed.at(-OWED_LIMIT - 1);
    this.#owed = owed.slice(-OWED_LIMIT);
    if (lost === undefined) return;
    // NB: the next record goes on after what is lost, so that whoever reads it finds that something is missing.
    this.#durableEvent = Number(lost.sequence);
    if (this.#open === 0) this.#lastEvent = this.#durableEvent;
  }

  #snapshotIfDue(): void {
    if (++this.#sinceSnapshot < RECORDS_PER_SNAPSHOT || this.#snapshotUnderWay !== undefined) return;
    this.#sinceSnapshot = 0;
    this.#snapshotUnderWay = this.#snapshot(this.#durable, this.#graph)
      .catch((error) => {
        const { message, code } = StreamlibError.from(error);
        this.#log.warn(`the journal has no new snapshot: ${message}`, { reason: code });
      })
      .finally(() => {
        this.#snapshotUnderWay = undefined;
      });
  }

  async #snapshot(sequence: number, graph: Graph): Promise<void> {
    const desiredStatus = numberOf(RUNTIME_STATUSES, this.#desiredStatus);
    const [requests, streams] = [this.requests.toSnapshot(), this.streams.toSnapshot()];
    const payload = await encodeSnapshot(graph, { desiredStatus, requests, streams });
    await this.#journal.snapshot({ sequence, payload });
  }

  #takeStatus(status: number): void {
    const word = wordOf(RUNTIME_STATUSES, status);
    if (word === 'running' || word === 'paused' || word === 'stopped') this.#desiredStatus = word;
  }

  #remember(
    request: AnsweredRequest | undefined,
    recordSequence: number,
    time: Parameters<typeof timestampMs>[0] | undefined,
  ): void {
    if (request === undefined) return;
    const timeMs = time === undefined ? wallClockMs() : timestampMs(time);
    this.requests.put(request.actor, request.requestId, { recordSequence, timeMs });
  }
}
