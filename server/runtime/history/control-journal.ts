import { create, fromBinary, type MessageInitShape, toBinary } from '@bufbuild/protobuf';
import { timestampFromMs, timestampMs } from '@bufbuild/protobuf/wkt';
import type { AnsweredRequest, StoredCall, StoredRevision } from '../../../gen/ts/streamlib/v1/journal_pb.ts';
import {
  StoredCallSchema,
  StoredRevisionSchema,
  StoredSnapshotSchema,
} from '../../../gen/ts/streamlib/v1/journal_pb.ts';
import { wallClockMs } from '../clock.ts';
import { StreamlibError } from '../errors.ts';
import { emptyGraph, type Graph } from '../graph/index.ts';
import { type Journal, MemoryJournal } from '../journal/index.ts';
import type { Logger } from '../log.ts';
import { numberOf, RUNTIME_STATUSES, type RuntimeStatus, wordOf } from '../vocabulary.ts';
import { RequestIndex } from './request-index.ts';
import { encodeSnapshot } from './snapshot-writer.ts';
import { GraphReplay } from './stored-graph.ts';

/** The kinds of records. */
export const REVISION_RECORD = 1;
/** The kinds of records. */
export const CALL_RECORD = 2;

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
export class ControlJournal {
  readonly requests = new RequestIndex();
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
  #desiredStatus: DesiredStatus | undefined;
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
      this.#takeStatus(stored.desiredStatus);
      this.#handedOver = snapshot.sequence;
    }
    for (const { sequence, kind, payload } of records) {
      this.#handedOver = sequence;
      if (kind === REVISION_RECORD) {
        const stored = fromBinary(StoredRevisionSchema, payload);
        replay.take(stored);
        this.#remember(stored.request, sequence, stored.revision?.time);
      } else if (kind === CALL_RECORD) {
        const stored = fromBinary(StoredCallSchema, payload);
        this.#takeStatus(stored.desiredStatus);
        this.#remember(stored.request, sequence, stored.time);
      }
    }
    this.#durable = this.#handedOver;
    this.#sinceSnapshot = records.length;
    this.#graph = replay.graph();
    return { graph: this.#graph, desiredStatus: this.#desiredStatus, damage };
  }

  /** What the runtime is to do as far as it is durable. */
  get desiredStatus(): DesiredStatus | undefined {
    return this.#desiredStatus;
  }

  /** Hands a revision over; `graph` is the one after it. Throws JOURNAL_UNAVAILABLE where it cannot be taken. */
  appendRevision(graph: Graph, stored: MessageInitShape<typeof StoredRevisionSchema>, settle: Settle): void {
    const message = create(StoredRevisionSchema, stored);
    const timeMs = message.revision?.time === undefined ? wallClockMs() : timestampMs(message.revision.time);
    const record = { kind: REVISION_RECORD, revision: graph.revision, wallTimeMs: timeMs };
    this.#append({ ...record, payload: toBinary(StoredRevisionSchema, message) }, settle, (sequence) => {
      this.#graph = graph;
      this.#remember(message.request, sequence, message.revision?.time);
    });
  }

  /** Hands a call over that made no revision. Throws JOURNAL_UNAVAILABLE where it cannot be taken. */
  async appendCall(stored: MessageInitShape<typeof StoredCallSchema>): Promise<void> {
    const message: StoredCall = create(StoredCallSchema, { time: timestampFromMs(wallClockMs()), ...stored });
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const record = { kind: CALL_RECORD, revision: this.#graph.revision, wallTimeMs: wallClockMs() };
    const settle = { durable: resolve, failed: reject };
    this.#append({ ...record, payload: toBinary(StoredCallSchema, message) }, settle, (sequence) => {
      this.#takeStatus(message.desiredStatus);
      this.#remember(message.request, sequence, message.time);
    });
    await promise;
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

  #append(
    record: { kind: number; revision: number; wallTimeMs: number; payload: Uint8Array },
    settle: Settle,
    note: (sequence: number) => void,
  ): void {
    if (this.#readOnly) {
      const message = 'the journal was opened to be read only, so nothing can be changed';
      throw new StreamlibError('JOURNAL_READ_ONLY', message);
    }
    if (this.#isFailing) {
      const message = 'the journal cannot be written at the moment; nothing was changed';
      throw new StreamlibError('JOURNAL_UNAVAILABLE', message);
    }
    const sequence = ++this.#handedOver;
    const written = this.#journal.append([{ sequence, ...record }]);
    const succeed = () => {
      this.#durable = sequence;
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
        settle.failed(StreamlibError.from(error));
      })
      .finally(() => {
        // NB: what was handed over behind a failed record fails with it; then the next follows the last durable one.
        if (--this.#open > 0) return;
        this.#isFailing = false;
        this.#handedOver = this.#durable;
      });
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
    const payload = await encodeSnapshot(graph, { desiredStatus, requests: this.requests.toSnapshot() });
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
