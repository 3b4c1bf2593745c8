import type { Frame } from '../frame/frame-type.ts';
import type { Delivery } from '../vocabulary.ts';
import { type DropReason, LinkCounterWriter } from './link-counters.ts';
import type { LinkConsumer, LinkProducer } from './link-end.ts';

const FIRST_SIZE = 16;

/** What a link inside a lane is made from. */
export interface DirectLinkOptions {
  readonly delivery: Delivery;
  readonly capacityFrames: number;
  readonly counters: SharedArrayBuffer;
}

/** Both ends of a link inside one lane: references are handed over and nothing is copied. */
export class DirectLink implements LinkProducer, LinkConsumer {
  readonly #producer: LinkCounterWriter;
  readonly #consumer: LinkCounterWriter;
  #delivery: Delivery;
  #capacityFrames: number;
  /** A circle whose length is a power of two and grows with what it has to hold. */
  #frames: (Frame | undefined)[] = new Array(FIRST_SIZE).fill(undefined);
  #first = 0;
  #queued = 0;
  #closed = false;
  #paused = false;

  constructor({ delivery, capacityFrames, counters }: DirectLinkOptions) {
    this.#delivery = delivery;
    this.#capacityFrames = capacityFrames;
    this.#producer = new LinkCounterWriter(counters, 'producer');
    this.#consumer = new LinkCounterWriter(counters, 'consumer');
  }

  get credit(): number {
    if (this.#delivery !== 'lossless') return Number.POSITIVE_INFINITY;
    return Math.max(0, this.#capacityFrames - this.#queued);
  }

  get queued(): number {
    return this.#queued;
  }

  get ended(): boolean {
    return this.#closed && this.#queued === 0;
  }

  tryWrite(frame: Frame): boolean {
    if (this.#queued >= this.#capacityFrames) {
      if (this.#delivery === 'lossless') return false;
      this.#dropOldest(this.#paused ? 'paused' : 'full', this.#queued - this.#capacityFrames + 1);
    }
    this.#producer.countProduced();
    if (this.#queued === this.#frames.length) this.#grow();
    this.#frames[(this.#first + this.#queued) & (this.#frames.length - 1)] = frame;
    this.#setQueued(this.#queued + 1);
    return true;
  }

  tryRead(): Frame | undefined {
    if (this.#delivery === 'latest') this.#dropOldest('stale', this.#queued - 1);
    if (this.#queued === 0) return undefined;
    const frame = this.#takeFirst();
    this.#consumer.countDelivered();
    return frame;
  }

  tryReadLatest(): Frame | undefined {
    this.#dropOldest('stale', this.#queued - 1);
    return this.tryRead();
  }

  open(): void {
    this.#closed = false;
  }

  close(): void {
    this.#closed = true;
  }

  setPaused(paused: boolean): void {
    this.#paused = paused;
  }

  discard(reason: DropReason): number {
    return this.#dropOldest(reason, this.#queued);
  }

  detach(reason: DropReason): number {
    this.#closed = true;
    return this.discard(reason);
  }

  /** Changes profile and capacity; answers how many frames no longer fit. A lossless link keeps them all. */
  reshape(delivery: Delivery, capacityFrames: number): number {
    this.#delivery = delivery;
    this.#capacityFrames = capacityFrames;
    return delivery === 'lossless' ? 0 : this.#dropOldest('rewired', this.#queued - capacityFrames);
  }

  #dropOldest(reason: DropReason, count: number): number {
    if (count <= 0) return 0;
    for (let i = 0; i < count; i++) this.#takeFirst()?.release();
    this.#consumer.countDropped(reason, count);
    return count;
  }

  #takeFirst(): Frame | undefined {
    const frame = this.#frames[this.#first];
    this.#frames[this.#first] = undefined;
    this.#first = (this.#first + 1) & (this.#frames.length - 1);
    this.#setQueued(this.#queued - 1);
    return frame;
  }

  #setQueued(queued: number): void {
    this.#queued = queued;
    this.#producer.publishQueued(queued);
  }

  #grow(): void {
    const { length } = this.#frames;
    const frames = new Array<Frame | undefined>(length * 2).fill(undefined);
    for (let i = 0; i < length; i++) frames[i] = this.#frames[(this.#first + i) & (length - 1)];
    this.#frames = frames;
    this.#first = 0;
  }
}
