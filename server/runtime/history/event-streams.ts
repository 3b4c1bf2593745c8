import type { StoredEvents, StoredSnapshot } from '../../../gen/ts/streamlib/v1/journal_pb.ts';

/** How many incarnations of the event log are known: after so many restarts a point of an earlier one is lost. */
export const REMEMBERED_STREAMS = 1_000;

/** An incarnation of the event log by its records. */
export interface EventStream {
  readonly streamId: string;
  readonly firstRecord: number;
  /** Its last record; undefined of the newest incarnation. */
  readonly lastRecord: number | undefined;
}

/** Which incarnations of the event log a journal has, and where their records begin. */
export class EventStreams {
  /** Oldest first. */
  #streams: { readonly streamId: string; readonly firstRecord: number }[] = [];

  /** Notes that a durable record has events, or the beginning, of an incarnation. */
  note({ streamId }: StoredEvents, recordSequence: number): void {
    if (streamId === this.#streams.at(-1)?.streamId) return;
    this.#streams.push({ streamId, firstRecord: recordSequence });
    if (this.#streams.length > REMEMBERED_STREAMS) this.#streams.shift();
  }

  /** Undefined for one that is not known, or not any more. */
  find(streamId: string): EventStream | undefined {
    const index = this.#streams.findIndex((each) => each.streamId === streamId);
    const found = this.#streams[index];
    const next = this.#streams[index + 1];
    return found && { ...found, lastRecord: next && next.firstRecord - 1 };
  }

  /** Takes over what a snapshot has. */
  takeSnapshot({ streams }: StoredSnapshot): void {
    this.#streams = streams.map(({ streamId, firstRecord }) => ({
      streamId,
      firstRecord: Number(firstRecord),
    }));
  }

  /** What a snapshot is to have. */
  toSnapshot(): { streamId: string; firstRecord: bigint }[] {
    return this.#streams.map(({ streamId, firstRecord }) => ({
      streamId,
      firstRecord: BigInt(firstRecord),
    }));
  }
}
