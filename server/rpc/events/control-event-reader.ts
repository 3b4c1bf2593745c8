import type { Event } from '../../../gen/ts/streamlib/v1/event_pb.ts';
import { type RuntimeOperations, StreamlibError } from '../../runtime/index.ts';

/** How many subscribers read the journal at the same time; a thousand that come back after a restart take turns. */
const READS_AT_ONCE = 8;

/** A point in an event log. */
export interface ResumePoint {
  readonly streamId: string;
  /** Events after it follow. */
  readonly sequence: number;
  /** The field of the request that named it, for its errors. */
  readonly path: string;
}

/** Reads control events from the journal of a runtime, page by page, so that a long tail is never in memory. */
export class ControlEventReader {
  readonly #runtime: RuntimeOperations;
  #free = READS_AT_ONCE;
  readonly #waiting: (() => void)[] = [];

  constructor(runtime: RuntimeOperations) {
    this.#runtime = runtime;
  }

  /**
   * The control events after a point: those of the present stream, or, after a point of an earlier one, those up to the
   * last restart. Throws RESUME_POINT_LOST where one of them may be missing.
   */
  async *read(point: ResumePoint): AsyncGenerator<readonly Event[]> {
    for (let nextRecord = 0n; ; ) {
      const page = await this.#page(point, nextRecord);
      yield page.events;
      if (page.nextRecord === 0n) return;
      nextRecord = page.nextRecord;
    }
  }

  async #page({ streamId, sequence, path }: ResumePoint, nextRecord: bigint) {
    await this.#take();
    try {
      const value = { streamId, afterSequence: BigInt(sequence), nextRecord };
      return await this.#runtime.execute({ case: 'listControlEvents', value });
    } catch (error) {
      const { code, message } = StreamlibError.from(error);
      throw new StreamlibError(code, `${path} cannot be resumed from: ${message}`, { path, cause: error });
    } finally {
      this.#give();
    }
  }

  async #take(): Promise<void> {
    if (this.#free > 0) this.#free--;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  #give(): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#free++;
    else next();
  }
}

const readers = new WeakMap<RuntimeOperations, ControlEventReader>();

/** The one reader of a runtime. */
export function controlEventReaderOf(runtime: RuntimeOperations): ControlEventReader {
  const known = readers.get(runtime);
  if (known !== undefined) return known;
  const reader = new ControlEventReader(runtime);
  readers.set(runtime, reader);
  return reader;
}
