import type { MediaClock } from '../runtime/clock.ts';
import type { JsonObject } from '../runtime/json.ts';
import type { RuntimeContext, StateOrigin } from '../runtime/processor.ts';
import { CallPace } from './call-pace.ts';
import { Replay } from './replay.ts';
import { countFrom } from './state-fields.ts';

/** The options of a type that replays a file. */
export const RECORDING_OPTIONS = {
  path: {
    type: 'string',
    description: 'The file, relative to the working directory of the server.',
    minLength: 1,
    maxLength: 4096,
  },
  pace: {
    type: 'string',
    description:
      'fast: as fast as the links take it, for lossless links. timestamps: as the times of the records say. rate: rate_hz frames per second.',
    enum: ['fast', 'timestamps', 'rate'],
    default: 'fast',
  },
  speed: {
    type: 'number',
    description: 'With pace timestamps, how many times faster than recorded.',
    exclusiveMinimum: 0,
    maximum: 1_000_000,
    default: 1,
  },
  rate_hz: {
    type: 'number',
    description: 'With pace rate, frames per second.',
    minimum: 0.001,
    maximum: 100_000,
    default: 10,
  },
  on_error: {
    type: 'string',
    description:
      'What a broken record does. stop: the processor fails and names its place. skip: it is counted and left out.',
    enum: ['stop', 'skip'],
    default: 'stop',
  },
} as const;

/** As `RECORDING_OPTIONS` has them. */
export interface RecordingConfig {
  readonly path: string;
  readonly pace: 'fast' | 'timestamps' | 'rate';
  readonly speed: number;
  readonly rate_hz: number;
}

/** The records of a file, one after the other. */
export interface RecordReader<Entry> {
  /** The next record, again and again until it is taken; undefined at the end. Throws PROCESS_FAILED. */
  peek(): Promise<Entry | undefined>;
  take(): void;
  close(): Promise<void>;
}

/** The most records of one `process` call, so that a fast source leaves its lane to others in between. */
const RECORDS_PER_CALL = 128;

/** Replays the records of a file, and goes on behind the last one that was sent after a restart. */
export class Recording<Entry extends { readonly timestampUs: number | undefined }> {
  readonly #reader: RecordReader<Entry>;
  readonly #replay: Replay;
  readonly #isFast: boolean;
  readonly #callPace = new CallPace();
  readonly #origin: { readonly type: string; readonly path: string };
  #sent = 0;
  /** How many were sent by instances before this one, and are still to be passed over. */
  #unread = 0;

  /** `type` is the name of the processor type, by which it knows its own states. */
  constructor(type: string, reader: RecordReader<Entry>, config: RecordingConfig, clock: MediaClock) {
    const { path, pace, speed, rate_hz } = config;
    this.#reader = reader;
    this.#origin = { type, path };
    this.#isFast = pace === 'fast';
    this.#replay = new Replay(clock, { pace, speed, rateHz: rate_hz });
  }

  /** Hands over what is due, with how many were sent before it, as long as the output takes it. */
  async play(
    output: { readonly links: number; readonly credit: number },
    ctx: Pick<RuntimeContext, 'end' | 'setIntervalUs'>,
    write: (entry: Entry, number: number) => void,
  ): Promise<void> {
    this.#callPace.set(this.#isFast && output.links > 0, ctx);
    for (; this.#unread > 0 && (await this.#reader.peek()) !== undefined; this.#unread--) this.#reader.take();
    for (let count = 0; count < RECORDS_PER_CALL && output.links > 0 && output.credit > 0; count++) {
      const entry = await this.#reader.peek();
      if (entry === undefined) {
        ctx.end();
        return;
      }
      if (!this.#replay.isDue(entry)) return;
      this.#reader.take();
      write(entry, this.#sent++);
    }
  }

  checkpoint(): JsonObject {
    return { path: this.#origin.path, records: this.#sent };
  }

  /** Throws an error that names the field of a state which is none; that of another file or type is passed over. */
  restore(state: JsonObject, { processorType }: StateOrigin): void {
    if (processorType !== this.#origin.type || state.path !== this.#origin.path) return;
    this.#sent = countFrom(state, 'records');
    this.#unread = this.#sent;
  }

  async close(): Promise<void> {
    await this.#reader.close();
  }
}
