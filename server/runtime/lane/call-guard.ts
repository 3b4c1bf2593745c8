import type { Frame } from '../frame/frame-type.ts';
import { shareFrame } from '../frame/slot-reference.ts';
import type { ErrorPolicy } from '../vocabulary.ts';
import type { ProcessorCounterWriter } from './processor-counters.ts';

/** A frame that a call has read, kept until the call has ended. */
export interface ReadFrame {
  readonly inputPort: string;
  readonly frame: Frame;
  /** How often it was tried, this time included. */
  readonly attempts: number;
}

/**
 * Knows what the call that is under way has read, so that an error policy can tell which frames have failed: all that
 * were read since the call began. Where the policy needs the frames themselves it holds a reference to each, since the
 * processor has let go of them when its exception arrives.
 */
export class CallGuard {
  readonly #counters: ProcessorCounterWriter;
  #errorPolicy: ErrorPolicy = 'propagate';
  #isUnderWay = false;
  #readsBefore = 0;
  #kept: ReadFrame[] = [];

  constructor(counters: ProcessorCounterWriter) {
    this.#counters = counters;
  }

  get errorPolicy(): ErrorPolicy {
    return this.#errorPolicy;
  }

  setPolicy(errorPolicy: ErrorPolicy): void {
    this.#errorPolicy = errorPolicy;
  }

  /** Whether the policy takes care of what the call throws that is under way. */
  get handlesErrors(): boolean {
    return this.#isUnderWay && this.#errorPolicy !== 'propagate';
  }

  /** Before each call. */
  begin(): void {
    this.#isUnderWay = true;
    this.#readsBefore = this.#counters.reads;
  }

  /** Behind each call, however it ended; behind one that threw when its frames were taken care of. */
  end(): void {
    this.#isUnderWay = false;
    const kept = this.#kept;
    if (kept.length === 0) return;
    for (const { frame } of kept) frame.release();
    kept.length = 0;
  }

  /** A frame is read. */
  note(inputPort: string, frame: Frame, attempts: number): void {
    const isKept = this.#errorPolicy === 'dead_letter' || this.#errorPolicy === 'use_default';
    if (isKept && this.#isUnderWay) this.#kept.push({ inputPort, frame: shareFrame(frame), attempts });
  }

  /** How many frames the call has read. */
  get reads(): number {
    return this.#counters.reads - this.#readsBefore;
  }

  /** Those frames, where the policy needs them; valid until `end`. */
  get kept(): readonly ReadFrame[] {
    return this.#kept;
  }
}
