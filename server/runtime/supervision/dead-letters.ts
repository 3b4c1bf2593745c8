import { create, fromBinary } from '@bufbuild/protobuf';
import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import type {
  DeadLetter as DeadLetterMessage,
  ListDeadLettersRequest,
  ListDeadLettersResponse,
} from '../../../gen/ts/streamlib/v1/dead_letter_pb.ts';
import {
  DeadLetterSchema,
  ListDeadLettersResponseSchema,
} from '../../../gen/ts/streamlib/v1/dead_letter_pb.ts';
import { FrameSchema } from '../../../gen/ts/streamlib/v1/frame_pb.ts';
import type { ProcessorRecord, Records } from '../commit/records.ts';
import { StreamlibError } from '../errors.ts';
import type { EventLog } from '../events/event-log.ts';
import { processorTopic } from '../events/topics.ts';
import type { ProcessorId } from '../ids.ts';
import type { LaneDeadLetter } from '../lane/dead-letter.ts';
import type { FromLane } from '../lane/messages.ts';
import { pageOf } from '../messages/page.ts';
import { DEFAULT_MAX_DEAD_LETTERS, type DeadLetter, type DeadLetterStore } from './dead-letter-store.ts';

/** What dead letters are kept in, and who is told of them. */
export interface DeadLettersOptions {
  readonly store: DeadLetterStore;
  readonly records: Records;
  readonly events: EventLog;
  /** Throws PROCESSOR_NOT_FOUND. */
  recordOf(processorId: string): ProcessorRecord;
  /** Where the events stand that a list contains. */
  position(): { readonly streamId: string; readonly asOfSequence: bigint };
}

/** The dead letters of the graph: takes them from lanes, lists them, gives them back and forgets them. */
export class DeadLetters {
  readonly #options: DeadLettersOptions;
  /** Whose letters are kept: one that is removed and added again is another one. */
  readonly #owners = new Map<ProcessorId, ProcessorRecord>();

  constructor(options: DeadLettersOptions) {
    this.#options = options;
  }

  /** Keeps what a lane could not have processed. */
  take({ letters, evicted }: Pick<Extract<FromLane, { kind: 'dead_letters' }>, 'letters' | 'evicted'>): void {
    this.prune();
    for (const { processorId, count } of evicted) {
      const record = this.#options.records.processors.get(processorId);
      if (record !== undefined) this.#storeOf(record).countEvicted(processorId, count);
    }
    for (const letter of letters) this.#add(letter);
  }

  /** Throws PROCESSOR_NOT_FOUND. */
  list(request: ListDeadLettersRequest): ListDeadLettersResponse {
    const { recordOf, position } = this.#options;
    const record = recordOf(request.processorId);
    const { processorId } = record.spec;
    const store = this.#storeOf(record);
    const { items, nextPageToken } = pageOf(request, {
      from: (after) => store.list(processorId, after),
      idOf: ({ deadLetterId }) => deadLetterId,
      wanted: () => true,
    });
    return create(ListDeadLettersResponseSchema, {
      deadLetters: items.map(messageOf),
      nextPageToken,
      evicted: BigInt(store.evicted(processorId)),
      ...position(),
    });
  }

  /**
   * Gives a frame to the input that it came to once more, and forgets the letter: a frame that fails again becomes a new
   * one, whose attempts go on. Throws PROCESSOR_NOT_FOUND, DEAD_LETTER_NOT_FOUND, NOT_RUNNING where the processor reads
   * nothing, or QUEUE_FULL where too many wait to be read.
   */
  async reinject(id: string, deadLetterId: string): Promise<void> {
    const { recordOf, store } = this.#options;
    const { lane } = recordOf(id);
    const letter = this.#letterOf(id, deadLetterId);
    if (lane === undefined) {
      const text = `${id} must be running to be given a frame again, and has no lane`;
      throw new StreamlibError('NOT_RUNNING', text, { path: 'processor_id' });
    }
    // NB: forgotten at once, so that no second call reinjects it as well.
    store.delete(letter);
    try {
      const [result] = await lane.control([{ step: 'reinject', processorId: letter.processorId, letter }]);
      if (result?.error !== undefined) throw StreamlibError.fromPlain(result.error);
    } catch (error) {
      this.#add(letter);
      throw error;
    }
  }

  /** Throws PROCESSOR_NOT_FOUND or DEAD_LETTER_NOT_FOUND. */
  delete(id: string, deadLetterId: string): void {
    this.#options.store.delete(this.#letterOf(id, deadLetterId));
  }

  /** How many of a processor are kept. */
  count(record: ProcessorRecord): number {
    return this.#storeOf(record).count(record.spec.processorId);
  }

  /** Forgets those of processors that are gone. */
  prune(): void {
    const { store, records } = this.#options;
    for (const [processorId, record] of this.#owners) {
      if (records.processors.get(processorId) === record) continue;
      this.#owners.delete(processorId);
      store.forget(processorId);
    }
  }

  /** The store, without what is left of another processor that had the same id. */
  #storeOf(record: ProcessorRecord): DeadLetterStore {
    const { store } = this.#options;
    const { processorId } = record.spec;
    if (this.#owners.get(processorId) !== record) store.forget(processorId);
    return store;
  }

  #add(letter: LaneDeadLetter): void {
    const { records, events } = this.#options;
    const { processorId, error } = letter;
    const record = records.processors.get(processorId);
    if (record === undefined) return;
    const store = this.#storeOf(record);
    this.#owners.set(processorId, record);
    const { maxDeadLetters = DEFAULT_MAX_DEAD_LETTERS } = record.spec.supervision;
    const { deadLetterId } = store.add(letter, maxDeadLetters);
    const kept = store.count(processorId);
    const evicted = BigInt(store.evicted(processorId));
    const { code, message } = error;
    events.emit(
      {
        case: 'deadLetterAdded',
        value: { processorId, deadLetterId, error: { code, message }, kept, evicted },
      },
      { topic: processorTopic(processorId) },
    );
  }

  #letterOf(id: string, deadLetterId: string): DeadLetter {
    const record = this.#options.recordOf(id);
    const letter = this.#storeOf(record).get(record.spec.processorId, deadLetterId);
    if (letter !== undefined) return letter;
    const text = `dead_letter_id names no dead letter of ${id}, was ${JSON.stringify(deadLetterId)}`;
    throw new StreamlibError('DEAD_LETTER_NOT_FOUND', text, {
      path: 'dead_letter_id',
      details: { processor_id: id, dead_letter_id: deadLetterId },
    });
  }
}

const messageOf = (letter: DeadLetter): DeadLetterMessage =>
  create(DeadLetterSchema, {
    deadLetterId: letter.deadLetterId,
    processorId: letter.processorId,
    inputPort: letter.inputPort,
    frame: fromBinary(FrameSchema, letter.bytes),
    error: { code: letter.error.code, message: letter.error.message },
    time: timestampFromMs(letter.failedAtMs),
    attempts: letter.attempts,
  });
