import { fromBinary } from '@bufbuild/protobuf';
import { SubscribeResponseSchema } from '../../gen/ts/streamlib/v1/event_pb.ts';

/** Flags and length before each message of gRPC. */
const ENVELOPE_BYTES = 5;
/** The tag of `batch`. */
const BATCH_TAG_BYTES = 1;

/** How closely a reader looks. */
export interface EventTallyOptions {
  /** Whether it counts every event. */
  readonly isThorough: boolean;
  /** Of so many pieces one is looked at for the age of its events. */
  readonly sampledOf: number;
  /** Its number among the readers, so that not all look at the same piece. */
  readonly place: number;
}

/**
 * What one reader has received. It costs little: bytes are counted, and only of a few pieces is looked at how old their
 * events are. Readers that were told the same have counted the same number of bytes, however it was split.
 */
export abstract class EventTally {
  bytes = 0;
  /** Of a reader that looks at everything. */
  events = 0;
  readonly agesMs: number[] = [];
  protected readonly isThorough: boolean;
  readonly #sampledOf: number;
  #pieces: number;

  constructor({ isThorough, sampledOf, place }: EventTallyOptions) {
    this.isThorough = isThorough;
    this.#sampledOf = sampledOf;
    this.#pieces = place;
  }

  /** Takes what the socket gave. */
  abstract take(chunk: Buffer): void;

  /** Counts from 0 again. */
  begin(): void {
    this.bytes = 0;
    this.events = 0;
    this.agesMs.length = 0;
  }

  protected isSampled(): boolean {
    return this.#pieces++ % this.#sampledOf === 0;
  }

  protected note(monotonicNs: number, nowNs: number): void {
    this.agesMs.push((nowNs - monotonicNs) / 1e6);
  }
}

const MARK = '"sequence":';

/** Frames of a WebSocket, one per event, in whatever pieces. */
export class TextTally extends EventTally {
  #rest = '';

  take(chunk: Buffer): void {
    const nowNs = Number(process.hrtime.bigint());
    this.bytes += chunk.length;
    const isSampled = this.isSampled();
    if (!isSampled && !this.isThorough) return;
    const text = chunk.toString('latin1');
    if (this.isThorough) {
      const parts = (this.#rest + text).split(MARK);
      this.events += parts.length - 1;
      // A mark may be cut in two, and none is counted twice.
      this.#rest = (parts.at(-1) ?? '').slice(1 - MARK.length);
    }
    if (!isSampled) return;
    for (const [, ns] of text.matchAll(/"monotonic_ns":"?(\d{6,})\b/g)) this.note(Number(ns), nowNs);
  }
}

/** Messages of gRPC with several events each; how many is up to the server, so that only the events are counted. */
export class EnvelopeTally extends EventTally {
  #head = Buffer.alloc(0);
  #left = 0;
  #parts: Buffer[] | undefined;

  take(chunk: Buffer): void {
    let rest = chunk;
    while (rest.length > 0) {
      if (this.#left === 0) {
        const missing = ENVELOPE_BYTES - this.#head.length;
        this.#head = Buffer.concat([this.#head, rest.subarray(0, missing)]);
        rest = rest.subarray(missing);
        if (this.#head.length < ENVELOPE_BYTES) return;
        this.#left = this.#head.readUInt32BE(1);
        this.#head = Buffer.alloc(0);
        this.bytes += this.#left - BATCH_TAG_BYTES - lengthBytes(this.#left - BATCH_TAG_BYTES);
        this.#parts = this.isSampled() || this.isThorough ? [] : undefined;
      }
      const part = rest.subarray(0, this.#left);
      this.#parts?.push(part);
      this.#left -= part.length;
      rest = rest.subarray(part.length);
      if (this.#left === 0 && this.#parts !== undefined) this.#look(Buffer.concat(this.#parts));
    }
  }

  #look(bytes: Buffer): void {
    const nowNs = Number(process.hrtime.bigint());
    const { message } = fromBinary(SubscribeResponseSchema, bytes);
    if (message.case !== 'batch') return;
    this.events += message.value.events.length;
    for (const { monotonicNs } of message.value.events) this.note(Number(monotonicNs), nowNs);
  }
}

/** How many of these bytes are the length of the others. */
function lengthBytes(total: number): number {
  for (let bytes = 1; ; bytes++) if (total - bytes < 2 ** (7 * bytes)) return bytes;
}
