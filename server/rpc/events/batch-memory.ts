import type { EventBatch } from './event-batch.ts';

/** What the bytes that are kept for readers who come to the same place may cost together, over all filters. */
const LARGEST_BYTES = 16 * 1024 * 1024;

/** What a batch costs beside its bytes. */
const BATCH_BYTES = 512;

/** Who remembers batches. */
export interface BatchOwner {
  forget(batch: EventBatch): void;
}

/** Bounds what the batches cost that are remembered, oldest first. */
export class BatchMemory {
  readonly #batches = new Map<EventBatch, { readonly owner: BatchOwner; bytes: number }>();
  #bytes = 0;

  /** Counts a batch, and makes its owner forget it once there are too many. */
  remember(batch: EventBatch, owner: BatchOwner): void {
    this.#batches.set(batch, { owner, bytes: BATCH_BYTES });
    this.#count(BATCH_BYTES);
  }

  /** Counts bytes that a batch keeps from now on. Nothing where it is forgotten already. */
  grow(batch: EventBatch, bytes: number): void {
    const counted = this.#batches.get(batch);
    if (counted === undefined) return;
    counted.bytes += bytes;
    this.#count(bytes);
  }

  /** Counts a batch no longer. */
  drop(batch: EventBatch): void {
    const counted = this.#batches.get(batch);
    if (counted === undefined) return;
    this.#batches.delete(batch);
    this.#bytes -= counted.bytes;
  }

  /** Counts no batch of this owner any longer. */
  forgetAll(owner: BatchOwner): void {
    for (const [batch, counted] of this.#batches) if (counted.owner === owner) this.drop(batch);
  }

  #count(bytes: number): void {
    this.#bytes += bytes;
    for (const [batch, { owner }] of this.#batches) {
      if (this.#bytes <= LARGEST_BYTES) return;
      this.drop(batch);
      owner.forget(batch);
    }
  }
}
