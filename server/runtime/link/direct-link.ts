import type { FramePool } from '../frame/frame-pool.ts';
import type { Frame } from '../frame/frame-type.ts';
import type { Segment } from '../frame/segment.ts';
import {
  type AnyFrameType,
  CHECKED,
  passFrame,
  referenceOf,
  type SlotReference,
} from '../frame/slot-reference.ts';
import type { Delivery } from '../vocabulary.ts';
import { type DropReason, LinkCounterWriter } from './link-counters.ts';
import type { HoldReason, LinkConsumer, LinkProducer, LinkReader } from './link-end.ts';
import { LinkLatencyWriter } from './link-latency.ts';

const FIRST_SIZE = 16;

/** What a link inside a lane is made from. */
export interface DirectLinkOptions {
  readonly segment: Segment;
  readonly countersPlace: number;
  readonly delivery: Delivery;
  readonly capacityFrames: number;
  readonly pool: FramePool;
  /** See link-latency.ts. */
  readonly latency?: SharedArrayBuffer | undefined;
  /** Called when there is something to `publish`, once until that is done. */
  readonly onChange: (link: DirectLink) => void;
}

/**
 * Both ends of a link inside one lane: views are handed over and nothing is copied. What it counts it keeps to itself
 * until `publish`, which the lane calls before it sleeps or lets others look.
 */
export class DirectLink implements LinkProducer, LinkConsumer {
  /** The oldest frame; most links never hold more than this one. Inside a turn it is set by FusedHop. */
  head: Frame | undefined;
  /** The type of frame that FusedHop may leave at `head`; undefined if every frame is to go through the ports. */
  fusedType: AnyFrameType | undefined;
  readonly latency: LinkLatencyWriter | undefined;
  readonly #producer: LinkCounterWriter;
  readonly #consumer: LinkCounterWriter;
  readonly #pool: FramePool;
  readonly #onChange: (link: DirectLink) => void;
  #lossless: boolean;
  #latest: boolean;
  #capacityFrames: number;
  #emptyCredit: number;
  /** The frames behind `head`: a circle whose length is a power of two and grows with what it has to hold. */
  #frames: (Frame | undefined)[] = Array.from({ length: FIRST_SIZE }, () => undefined);
  #mask = FIRST_SIZE - 1;
  #first = 0;
  #behind = 0;
  #reader: LinkReader | undefined;
  #closed = false;
  /** Why what finds the link full is dropped. */
  #fullReason: 'full' | HoldReason = 'full';
  #changed = false;
  #delivered = 0;
  #publishedQueued = 0;
  /** The most that waited behind `head` since the last `publish`. */
  #mostBehind = -1;
  readonly #dropped = new Map<DropReason, number>();

  constructor(options: DirectLinkOptions) {
    const { delivery, capacityFrames, segment, countersPlace, pool, onChange } = options;
    this.#lossless = delivery === 'lossless';
    this.#latest = delivery === 'latest';
    this.#capacityFrames = capacityFrames;
    this.#emptyCredit = this.#lossless ? capacityFrames : Number.POSITIVE_INFINITY;
    this.#pool = pool;
    this.#onChange = onChange;
    this.latency = options.latency && new LinkLatencyWriter(options.latency);
    this.#producer = new LinkCounterWriter(segment, countersPlace, 'producer');
    this.#consumer = new LinkCounterWriter(segment, countersPlace, 'consumer');
  }

  get credit(): number {
    // NB: a source asks before each frame, and nearly always the link is empty.
    if (this.head === undefined) return this.#emptyCredit;
    return this.#lossless ? Math.max(0, this.#capacityFrames - this.queued) : Number.POSITIVE_INFINITY;
  }

  get hasCredit(): boolean {
    return !this.#lossless || this.queued < this.#capacityFrames;
  }

  get hasQueued(): boolean {
    return this.head !== undefined;
  }

  get queued(): number {
    return this.head === undefined ? 0 : this.#behind + 1;
  }

  get ended(): boolean {
    return this.#closed && this.head === undefined;
  }

  tryWrite(frame: Frame): boolean {
    if (this.head !== undefined) return this.#tryWriteBehind(frame);
    this.head = this.#take(frame);
    if (!this.#changed) this.#change();
    this.tellReader();
    return true;
  }

  tell(reader: LinkReader | undefined): boolean {
    this.#reader = reader;
    return true;
  }

  /** Has whoever reads look at the link; for FusedHop, which leaves a frame here. */
  tellReader(): void {
    const reader = this.#reader;
    if (reader !== undefined && !reader.isReady) reader.makeReady();
  }

  tryRead(): Frame | undefined {
    if (this.#latest) this.#dropOldest('stale', this.queued - 1);
    const frame = this.takeHead();
    if (frame === undefined) return undefined;
    this.#delivered++;
    if (!this.#changed) this.#change();
    return frame;
  }

  /** The oldest frame, in the hands of whoever takes it; `countDelivered` is to follow. */
  takeHead(): Frame | undefined {
    const frame = this.head;
    if (frame === undefined) return undefined;
    this.head = this.#behind === 0 ? undefined : this.#takeBehind();
    (frame.slot as SlotReference).hold();
    return frame;
  }

  /** Counts frames that were taken by `takeHead`. */
  countDelivered(frames: number): void {
    this.#delivered += frames;
    if (!this.#changed) this.#change();
  }

  tryReadLatest(): Frame | undefined {
    this.#dropOldest('stale', this.queued - 1);
    return this.tryRead();
  }

  open(): void {
    this.#closed = false;
  }

  close(): void {
    this.#closed = true;
    this.tellReader();
  }

  setPaused(paused: boolean, reason: HoldReason = 'paused'): void {
    this.#fullReason = paused ? reason : 'full';
  }

  discard(reason: DropReason): number {
    return this.#dropOldest(reason, this.queued);
  }

  detach(reason: DropReason): number {
    this.#closed = true;
    const dropped = this.discard(reason);
    this.publish();
    return dropped;
  }

  /** Changes profile and capacity; answers how many frames no longer fit. A lossless link keeps them all. */
  reshape(delivery: Delivery, capacityFrames: number): number {
    this.#lossless = delivery === 'lossless';
    this.#latest = delivery === 'latest';
    this.#capacityFrames = capacityFrames;
    this.#emptyCredit = this.#lossless ? capacityFrames : Number.POSITIVE_INFINITY;
    return this.#lossless ? 0 : this.#dropOldest('rewired', this.queued - capacityFrames);
  }

  /** Lets everybody see what was counted. */
  publish(): void {
    const { queued } = this;
    let dropped = 0;
    for (const count of this.#dropped.values()) dropped += count;
    this.#changed = false;
    // What was produced is what went away and what is queued now, less what was queued before.
    // ORDER: as on a ring, so that whoever reads in between finds no frame twice.
    this.#producer.countProduced(this.#delivered + dropped + queued - this.#publishedQueued);
    this.#producer.publishQueued(queued);
    this.#consumer.countDelivered(this.#delivered);
    for (const [reason, count] of this.#dropped) this.#consumer.countDropped(reason, count);
    this.#consumer.noteQueued(Math.max(this.#mostBehind + 1, queued, this.#delivered > 0 ? 1 : 0));
    this.#mostBehind = -1;
    this.#publishedQueued = queued;
    this.#delivered = 0;
    if (dropped > 0) this.#dropped.clear();
  }

  #tryWriteBehind(frame: Frame): boolean {
    const surplus = this.queued - this.#capacityFrames + 1;
    if (surplus > 0) {
      if (this.#lossless) return false;
      this.#dropOldest(this.#fullReason, surplus);
      if (this.head === undefined) return this.tryWrite(frame);
    }
    if (this.#behind > this.#mask) this.#grow();
    this.#frames[(this.#first + this.#behind) & this.#mask] = this.#take(frame);
    this.#behind++;
    if (this.#behind > this.#mostBehind) this.#mostBehind = this.#behind;
    if (!this.#changed) this.#change();
    return true;
  }

  #dropOldest(reason: DropReason, count: number): number {
    if (count <= 0) return 0;
    for (let i = 0; i < count; i++) this.takeHead()?.release();
    this.#dropped.set(reason, (this.#dropped.get(reason) ?? 0) + count);
    if (!this.#changed) this.#change();
    return count;
  }

  /**
   * Takes a view over from the code that wrote it. That code may still release it, at the end of a `using`: where it
   * has ended before the reader begins the view can be kept, elsewhere the reader is given another one.
   */
  #take(frame: Frame): Frame {
    if (CHECKED || !this.#pool.reusesViews) return passFrame(frame);
    referenceOf(frame).queue();
    return frame;
  }

  #takeBehind(): Frame {
    const frame = this.#frames[this.#first] as Frame;
    this.#frames[this.#first] = undefined;
    this.#first = (this.#first + 1) & this.#mask;
    this.#behind--;
    return frame;
  }

  #change(): void {
    this.#changed = true;
    this.#onChange(this);
  }

  #grow(): void {
    const { length } = this.#frames;
    const frames = Array.from<Frame | undefined>({ length: length * 2 }).fill(undefined);
    for (let i = 0; i < length; i++) frames[i] = this.#frames[(this.#first + i) & this.#mask];
    this.#frames = frames;
    this.#mask = length * 2 - 1;
    this.#first = 0;
  }
}
