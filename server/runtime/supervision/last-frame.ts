import {
  FRAME_BYTES_WORD,
  FRAME_TIME_WORD,
  FRAME_TYPE_WORD,
  LINE_BYTES,
  SLOT_ENTRY_PLACE_WORD,
  SLOT_ENTRY_WORDS,
  SLOT_PREFIX_BYTES,
  SLOTS_PLACE,
} from '../../../native/index.ts';
import type { LinkRecord, ProcessorRecord } from '../commit/records.ts';
import { threadNames } from '../frame/name-table.ts';
import type { Segment } from '../frame/segment.ts';
import type { LinkId } from '../ids.ts';
import { readLastSlot, readProcessorCounters } from '../lane/processor-counters.ts';

/** A frame as its slot tells it. */
export interface FrameNote {
  readonly frameType: string;
  /** Header and payload. */
  readonly byteLength: number;
  /** When it was made. */
  readonly monotonicNs: bigint;
}

/** The frame that a processor read last, as far as it is known. */
export interface LastFrame {
  /** Undefined where it may have come from several links. */
  readonly linkId: LinkId | undefined;
  /** Undefined where those links carry different types and the frame is not known. */
  readonly frameType: string | undefined;
  /**
   * Which frame of the link it was, or of all inputs without a link; counted from 1. It may be behind by what was read
   * in the present turn: one frame, or up to 256 of a processor whose calls took less than 10 µs until then.
   */
  readonly sequence: number;
  /** What stands in its slot; undefined for a frame that lies in no slot. */
  readonly note: FrameNote | undefined;
}

/** What a processor read last from the links that end at it; undefined where it has read nothing. */
export function lastFrameOf(
  { counters }: ProcessorRecord,
  incoming: readonly LinkRecord[],
  segment: Segment,
): LastFrame | undefined {
  const { framesIn } = readProcessorCounters(counters);
  const note = noteOf(segment, readLastSlot(counters));
  if (framesIn === 0 && note === undefined) return undefined;
  const candidates = incoming
    .map((link) => ({ link, delivered: link.counters.read(link.wiring?.rings).delivered }))
    .filter(({ delivered }) => delivered > 0);
  const [only] = candidates;
  const single = candidates.length === 1 ? only : undefined;
  const types = new Set(candidates.map(({ link }) => link.frameType));
  return {
    linkId: single?.link.spec.linkId,
    frameType: note?.frameType ?? (types.size === 1 ? only?.link.frameType : undefined),
    sequence: single?.delivered ?? framesIn,
    note,
  };
}

function noteOf({ words }: Segment, slotId: number | undefined): FrameNote | undefined {
  if (slotId === undefined) return undefined;
  const entry = SLOTS_PLACE / 4 + slotId * SLOT_ENTRY_WORDS;
  const place = (words[entry + SLOT_ENTRY_PLACE_WORD] as number) * (LINE_BYTES / 4) + SLOT_PREFIX_BYTES / 4;
  const at = (word: number): number => Atomics.load(words, place + word) >>> 0;
  const monotonicNs = (BigInt(at(FRAME_TIME_WORD + 1)) << 32n) | BigInt(at(FRAME_TIME_WORD));
  return {
    frameType: threadNames().nameOf(at(FRAME_TYPE_WORD)),
    byteLength: at(FRAME_BYTES_WORD),
    monotonicNs,
  };
}
