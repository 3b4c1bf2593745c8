import type { Frame } from '../frame/frame-type.ts';
import { type DropReason, LinkCounterWriter } from '../link/link-counters.ts';
import type { LinkProducer } from '../link/link-end.ts';

/**
 * The producing end of a link as an output port holds it: what a full lossless link does not take waits here, in
 * order, until it does. The processor is not called meanwhile, so that little ever waits.
 */
export class OutputLink {
  #producer: LinkProducer;
  readonly #counters: LinkCounterWriter;
  #overflow: Frame[] = [];
  #closed = false;

  constructor(producer: LinkProducer, counters: SharedArrayBuffer) {
    this.#producer = producer;
    this.#counters = new LinkCounterWriter(counters, 'producer');
  }

  get credit(): number {
    return this.#overflow.length > 0 ? 0 : this.#producer.credit;
  }

  get hasOverflow(): boolean {
    return this.#overflow.length > 0;
  }

  /** Takes the frame over. */
  write(frame: Frame): void {
    if (this.#overflow.length > 0 || !this.#producer.tryWrite(frame)) this.#overflow.push(frame);
  }

  /** Writes what waits as far as the link takes it; answers whether anything still waits. */
  flush(): boolean {
    if (this.#overflow.length === 0) return false;
    let written = 0;
    while (written < this.#overflow.length && this.#producer.tryWrite(this.#overflow[written] as Frame))
      written++;
    this.#overflow.splice(0, written);
    return this.#overflow.length > 0;
  }

  open(): void {
    this.#closed = false;
    this.#producer.open();
  }

  close(): void {
    this.#closed = true;
    this.#producer.close();
  }

  /** Goes on with another producing end after closing the present one. */
  continueWith(producer: LinkProducer): void {
    this.#producer.close();
    this.#producer = producer;
    this.flush();
    if (this.#closed) producer.close();
  }

  /** Drops what waits and ends the producing end; answers how many frames that cost. */
  detach(reason: DropReason): number {
    const waiting = this.#overflow;
    this.#overflow = [];
    for (const frame of waiting) {
      this.#counters.countProduced();
      this.#counters.countDropped(reason);
      frame.release();
    }
    return waiting.length + this.#producer.detach(reason);
  }
}
