import type { Frame } from '../frame/frame-type.ts';
import type { Segment } from '../frame/segment.ts';
import { passFrame } from '../frame/slot-reference.ts';
import { DirectLink } from '../link/direct-link.ts';
import { GapProducer } from '../link/gap-producer.ts';
import { type DropReason, LinkCounterWriter } from '../link/link-counters.ts';
import type { LinkProducer } from '../link/link-end.ts';
import type { FrameWatcher, WatchableLink } from '../tap/tapped-link.ts';

/**
 * The producing end of a link as an output port holds it: what a full lossless link does not take waits here, in
 * order, until it does. The processor is not called meanwhile, so that little ever waits.
 */
export class OutputLink implements WatchableLink {
  #producer: LinkProducer;
  readonly #counters: LinkCounterWriter;
  #overflow: Frame[] = [];
  #closed = false;
  #watcher: FrameWatcher | undefined;

  constructor(producer: LinkProducer, segment: Segment, countersPlace: number) {
    this.#producer = producer;
    this.#counters = new LinkCounterWriter(segment, countersPlace, 'producer');
  }

  get credit(): number {
    return this.#overflow.length > 0 ? 0 : this.#producer.credit;
  }

  get hasCredit(): boolean {
    return this.#overflow.length === 0 && this.#producer.hasCredit;
  }

  get hasOverflow(): boolean {
    return this.#overflow.length > 0;
  }

  /** Whether somebody sees the frames. */
  get isWatched(): boolean {
    return this.#watcher !== undefined;
  }

  /** Has a watcher see every frame from now on, or nobody. */
  watch(watcher: FrameWatcher | undefined): void {
    this.#watcher = watcher;
    // What was handed over inside a turn went by here.
    if (this.#producer instanceof DirectLink) this.#producer.fusedType = undefined;
  }

  /** Takes the frame over and answers true, or leaves it to the caller, who gives it to `hold`. */
  tryWrite(frame: Frame): boolean {
    return this.#overflow.length === 0 && this.#write(frame);
  }

  /** Takes a frame over that has to wait. */
  hold(frame: Frame): void {
    this.#overflow.push(passFrame(frame));
  }

  /** Writes what waits as far as the link takes it; answers whether anything still waits. */
  flush(): boolean {
    if (this.#overflow.length === 0) return false;
    let written = 0;
    while (written < this.#overflow.length && this.#write(this.#overflow[written] as Frame)) written++;
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

  /** Ends the present producing end, unless that was done, for as long as the consumer is away; answers how many frames that cost. */
  suspend(gap: GapProducer, reason: DropReason): number {
    if (this.#producer instanceof GapProducer) return 0;
    const dropped = this.#producer.detach(reason);
    this.#producer = gap;
    return dropped;
  }

  /** Goes on with a producing end behind a gap; answers how many frames that dropped. */
  resume(producer: LinkProducer): number {
    const gap = this.#producer;
    this.#producer = producer;
    this.flush();
    if (this.#closed) producer.close();
    return gap instanceof GapProducer ? gap.dropped : 0;
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

  #write(frame: Frame): boolean {
    const watcher = this.#watcher;
    return watcher === undefined ? this.#producer.tryWrite(frame) : this.#writeSeen(frame, watcher);
  }

  #writeSeen(frame: Frame, watcher: FrameWatcher): boolean {
    const producer = this.#producer;
    if (!producer.hasCredit) return producer.tryWrite(frame);
    // A link inside the lane keeps to itself what it counts until then.
    if (producer instanceof DirectLink) producer.publish();
    watcher.see(frame, this.#counters.produced);
    const isWritten = producer.tryWrite(frame);
    if (!isWritten) watcher.unsee();
    return isWritten;
  }
}
