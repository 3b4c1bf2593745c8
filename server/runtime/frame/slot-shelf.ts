import type { SlotLedger } from './slot-ledger.ts';
import type { SlotMemory } from './slot-memory.ts';

/** How many slots are looked at before the pool grows: those at the front have been lent for longest. */
const LOOKS = 8;

/** The own slots of one size that nobody in this lane holds: those that are free, and those that were lent. */
export class SlotShelf {
  /** Free, the last one given back on top: its memory is warm. */
  readonly free: SlotMemory[] = [];
  /** A circle whose length is a power of two. */
  #lent: (SlotMemory | undefined)[] = new Array(16).fill(undefined);
  #first = 0;
  #count = 0;

  get lent(): number {
    return this.#count;
  }

  lend(memory: SlotMemory): void {
    if (this.#count === this.#lent.length) this.#grow();
    this.#lent[(this.#first + this.#count++) & (this.#lent.length - 1)] = memory;
  }

  /** A slot that was lent and has come back; the longest lent is looked at first, at most `looks` of them. */
  takeBack(ledger: SlotLedger, looks = LOOKS): SlotMemory | undefined {
    for (let look = Math.min(looks, this.#count); look > 0; look--) {
      const memory = this.#lent[this.#first] as SlotMemory;
      this.#lent[this.#first] = undefined;
      this.#first = (this.#first + 1) & (this.#lent.length - 1);
      this.#count--;
      if (ledger.isFree(memory.refsWord)) {
        memory.lent = false;
        return memory;
      }
      this.lend(memory);
    }
    return undefined;
  }

  #grow(): void {
    const { length } = this.#lent;
    const lent = new Array<SlotMemory | undefined>(length * 2).fill(undefined);
    for (let i = 0; i < length; i++) lent[i] = this.#lent[(this.#first + i) & (length - 1)];
    this.#lent = lent;
    this.#first = 0;
  }
}
