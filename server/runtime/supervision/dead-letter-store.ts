import type { ProcessorId } from '../ids.ts';
import type { LaneDeadLetter } from '../lane/dead-letter.ts';

/** A frame that its processor could not process, kept until it is reinjected, deleted or evicted. */
export interface DeadLetter extends LaneDeadLetter {
  readonly deadLetterId: string;
}

interface Kept {
  /** Oldest first, which is the order of their ids. */
  readonly letters: Map<string, DeadLetter>;
  evicted: number;
}

/** How many dead letters of a processor are kept that does not say. */
export const DEFAULT_MAX_DEAD_LETTERS = 1_000;
/** What all dead letters together may take: a bound for graphs whose frames are pictures. */
export const DEFAULT_DEAD_LETTER_BYTES = 64 * 1024 * 1024;

/** The dead letters of all processors, bounded in number and in bytes; the oldest goes first, and is counted. */
export class DeadLetterStore {
  readonly #mostBytes: number;
  readonly #idPrefix: string;
  readonly #kept = new Map<ProcessorId, Kept>();
  /** All of them, oldest first. */
  readonly #all = new Map<string, DeadLetter>();
  #bytes = 0;
  #lastId = 0;

  /** Ids begin with the prefix, so that those of another start of the server are not mistaken for these. */
  constructor(mostBytes: number, idPrefix: string) {
    this.#mostBytes = mostBytes;
    this.#idPrefix = idPrefix;
  }

  /** Keeps a letter, and as many of its processor as `most` says. */
  add(letter: LaneDeadLetter, most: number): DeadLetter {
    const deadLetterId = `${this.#idPrefix}-${String(++this.#lastId).padStart(12, '0')}`;
    const kept: DeadLetter = { ...letter, deadLetterId };
    const { letters } = this.#keptOf(letter.processorId);
    letters.set(deadLetterId, kept);
    this.#all.set(deadLetterId, kept);
    this.#bytes += letter.bytes.length;
    while (letters.size > most) this.#evict(letters.values().next().value as DeadLetter);
    while (this.#bytes > this.#mostBytes) this.#evict(this.#all.values().next().value as DeadLetter);
    return kept;
  }

  /** Counts letters that were given up before they came here. */
  countEvicted(processorId: ProcessorId, count: number): void {
    this.#keptOf(processorId).evicted += count;
  }

  /** Those of a processor whose ids come after `after`, oldest first. */
  *list(processorId: ProcessorId, after = ''): Generator<DeadLetter> {
    for (const letter of this.#kept.get(processorId)?.letters.values() ?? [])
      if (letter.deadLetterId > after) yield letter;
  }

  get(processorId: ProcessorId, deadLetterId: string): DeadLetter | undefined {
    return this.#kept.get(processorId)?.letters.get(deadLetterId);
  }

  count(processorId: ProcessorId): number {
    return this.#kept.get(processorId)?.letters.size ?? 0;
  }

  /** How many of a processor were given up because too many were kept. */
  evicted(processorId: ProcessorId): number {
    return this.#kept.get(processorId)?.evicted ?? 0;
  }

  /** Forgets a letter; nothing where it is not kept. */
  delete({ processorId, deadLetterId, bytes }: DeadLetter): void {
    if (!this.#all.delete(deadLetterId)) return;
    this.#kept.get(processorId)?.letters.delete(deadLetterId);
    this.#bytes -= bytes.length;
  }

  /** Forgets all of a processor, and what was counted. */
  forget(processorId: ProcessorId): void {
    for (const letter of [...this.list(processorId)]) this.delete(letter);
    this.#kept.delete(processorId);
  }

  #evict(letter: DeadLetter): void {
    this.delete(letter);
    this.#keptOf(letter.processorId).evicted++;
  }

  #keptOf(processorId: ProcessorId): Kept {
    let kept = this.#kept.get(processorId);
    if (kept === undefined) {
      kept = { letters: new Map(), evicted: 0 };
      this.#kept.set(processorId, kept);
    }
    return kept;
  }
}
