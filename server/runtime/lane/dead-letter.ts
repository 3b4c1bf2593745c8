import type { PlainError } from '../errors.ts';
import type { ProcessorId } from '../ids.ts';

/** A frame that its processor could not process, as it crosses threads. */
export interface LaneDeadLetter {
  readonly processorId: ProcessorId;
  readonly inputPort: string;
  /** The frame as `encodeFrame` encodes it. */
  readonly bytes: Uint8Array;
  readonly error: Pick<PlainError, 'code' | 'message'>;
  /** When the call threw, milliseconds since the Unix epoch. */
  readonly failedAtMs: number;
  /** How often the frame was tried, from 1 on. */
  readonly attempts: number;
}
