import type { ProcessorId } from '../ids.ts';
import type { LaneDeadLetter } from './dead-letter.ts';
import type { FromLane } from './messages.ts';

/** What may wait in a lane while the runtime's thread takes the letters before: beyond, the oldest goes. */
const MOST_LETTERS = 1_000;
const MOST_BYTES = 16 * 1024 * 1024;

/**
 * Dead letters on their way to the runtime's thread, one batch at a time, so that a processor which fails with every
 * frame fills no memory but a bounded one. What had to go is counted.
 */
export class DeadLetterOutbox {
  #letters: LaneDeadLetter[] = [];
  #bytes = 0;
  #evicted = new Map<ProcessorId, number>();
  #isUnderWay = false;

  add(letter: LaneDeadLetter): void {
    this.#letters.push(letter);
    this.#bytes += letter.bytes.length;
    while (this.#letters.length > MOST_LETTERS || this.#bytes > MOST_BYTES) {
      const { processorId, bytes } = this.#letters.shift() as LaneDeadLetter;
      this.#bytes -= bytes.length;
      this.#evicted.set(processorId, (this.#evicted.get(processorId) ?? 0) + 1);
    }
  }

  /** The runtime has taken the batch before. */
  taken(): void {
    this.#isUnderWay = false;
  }

  /** What is to be sent now, if anything is. */
  take(): Extract<FromLane, { kind: 'dead_letters' }> | undefined {
    if (this.#isUnderWay || (this.#letters.length === 0 && this.#evicted.size === 0)) return undefined;
    const evicted = [...this.#evicted].map(([processorId, count]) => ({ processorId, count }));
    const batch = { kind: 'dead_letters', letters: this.#letters, evicted } as const;
    this.#letters = [];
    this.#bytes = 0;
    this.#evicted = new Map();
    this.#isUnderWay = true;
    return batch;
  }
}
