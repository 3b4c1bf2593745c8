import type { BatchMemory } from './batch-memory.ts';
import type { EventWindow, WindowEntry } from './event-window.ts';
import type { EventsItem, ItemForm } from './subscription-item.ts';

/** What a batch is made from. */
interface EventBatchParts {
  readonly after: number;
  readonly through: number;
  readonly entries: readonly WindowEntry[];
  readonly isFull: boolean;
}

/**
 * Events that match one filter, between two sequences. All readers with that filter who come to the same place get
 * the same batch, and the same bytes of it.
 */
export class EventBatch implements EventsItem {
  readonly kind = 'events';
  readonly after: number;
  /** Everything up to here is in it, or does not match. */
  readonly through: number;
  readonly entries: readonly WindowEntry[];
  /** Whether it ended because it was large enough, so that it stays the same while events come. */
  readonly isFull: boolean;
  readonly #window: EventWindow;
  readonly #memory: BatchMemory;
  readonly #encoded = new Map<ItemForm, Uint8Array>();

  constructor(
    window: EventWindow,
    memory: BatchMemory,
    { after, through, entries, isFull }: EventBatchParts,
  ) {
    this.#window = window;
    this.#memory = memory;
    this.after = after;
    this.through = through;
    this.entries = entries;
    this.isFull = isFull;
  }

  /** Made by the first one who asks. */
  bytes(form: ItemForm): Uint8Array {
    const known = this.#encoded.get(form);
    if (known !== undefined) return known;
    const bytes = form.encodeEvents(this.entries, (entry, kept) => this.#window.grow(entry, kept));
    this.#encoded.set(form, bytes);
    this.#memory.grow(this, bytes.length);
    return bytes;
  }
}
