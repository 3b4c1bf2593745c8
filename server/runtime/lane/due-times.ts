/** Something that is due at a time. It is in one `DueTimes` at most, which alone changes its fields. */
export interface DueItem {
  /** Microseconds of the lane's clock. */
  dueUs: number;
  /** Where it is in the heap; -1 outside. */
  duePlace: number;
}

/**
 * What is due when, the earliest first: a heap in which each item knows its place, so that it can be moved and taken
 * out. An operation costs the logarithm of how many wait, and nothing is allocated.
 *
 * ```
 *            0               place p has its children at 2p + 1 and 2p + 2,
 *         ┌──┴──┐            neither of which is due before it
 *         1     2
 *       ┌─┴─┐ ┌─┴─┐
 *       3   4 5   6
 * ```
 */
export class DueTimes<Item extends DueItem> {
  readonly #heap: Item[] = [];

  /** When the first is due; Infinity if none is. */
  get firstUs(): number {
    return this.#heap[0]?.dueUs ?? Number.POSITIVE_INFINITY;
  }

  /** Has an item be due at a time, in place of the one that it had; Infinity is never. */
  set(item: Item, dueUs: number): void {
    if (dueUs === Number.POSITIVE_INFINITY) this.delete(item);
    else {
      item.dueUs = dueUs;
      if (item.duePlace < 0) item.duePlace = this.#heap.push(item) - 1;
      this.#sink(item, this.#rise(item, item.duePlace));
    }
  }

  /** Takes out what is due first, if that is by now. */
  takeDue(nowUs: number): Item | undefined {
    const item = this.#heap[0];
    if (item === undefined || item.dueUs > nowUs) return undefined;
    this.delete(item);
    return item;
  }

  delete(item: Item): void {
    const place = item.duePlace;
    if (place < 0) return;
    item.duePlace = -1;
    const last = this.#heap.pop() as Item;
    if (last !== item) this.#sink(last, this.#rise(last, place));
  }

  /** Puts the item at the place, or above; answers where. */
  #rise(item: Item, from: number): number {
    let place = from;
    while (place > 0) {
      const above = (place - 1) >> 1;
      const other = this.#heap[above] as Item;
      if (other.dueUs <= item.dueUs) break;
      this.#put(other, place);
      place = above;
    }
    this.#put(item, place);
    return place;
  }

  /** Puts the item at the place, or below. */
  #sink(item: Item, from: number): void {
    const heap = this.#heap;
    let place = from;
    for (;;) {
      let below = 2 * place + 1;
      if (below >= heap.length) break;
      if (below + 1 < heap.length && (heap[below + 1] as Item).dueUs < (heap[below] as Item).dueUs) below++;
      const other = heap[below] as Item;
      if (other.dueUs >= item.dueUs) break;
      this.#put(other, place);
      place = below;
    }
    this.#put(item, place);
  }

  #put(item: Item, place: number): void {
    this.#heap[place] = item;
    item.duePlace = place;
  }
}
