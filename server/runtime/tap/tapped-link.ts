import type { MediaClock } from '../clock.ts';
import { EvenPace } from '../even-pace.ts';
import { encodeObserved, type ObservedFrame } from '../frame/frame-message.ts';
import type { Frame } from '../frame/frame-type.ts';
import type { TapOrder, TappedFrame } from './messages.ts';

/** How many frames may be on their way to an observer, and about how many bytes; one that is larger goes alone. */
const MOST_FRAMES = 64;
const MOST_BYTES = 1024 * 1024;
/** How far ahead of an even rate frames may be shown, so that a steady stream that jitters is shown whole. */
const BURST_SECONDS = 0.1;
/** How many frames in a row are looked at in vain before nobody looks until the next one is due. */
const LOOKS_IN_VAIN = 16;

/** Sees the frames of a link that is watched, before they are written. */
export interface FrameWatcher {
  /** `place` is how many frames were written before. */
  see(frame: Frame, place: number): void;
  /** The frame that was seen last was not written after all. */
  unsee(): void;
}

/** The producing end of a link, of which nobody but the one watcher that it has at a time knows that it is watched. */
export interface WatchableLink {
  watch(watcher: FrameWatcher | undefined): void;
}

/** One tap in the lane that writes its link. */
class LaneTap {
  readonly order: TapOrder;
  readonly #pace: EvenPace;
  #frames = 0;
  #bytes = 0;

  constructor(order: TapOrder) {
    this.order = order;
    this.#pace = new EvenPace(order.maxRate, BURST_SECONDS);
  }

  forgetSent(): void {
    this.#frames = 0;
    this.#bytes = 0;
  }

  isDue(nowUs: number): boolean {
    return this.#frames < MOST_FRAMES && this.#bytes < MOST_BYTES && this.#pace.isDue(nowUs);
  }

  sent(bytes: number, nowUs: number): void {
    this.#frames++;
    this.#bytes += bytes;
    this.#pace.advance(nowUs);
  }

  // NB: what the lane had copied that wrote the link before is given back here as well.
  gaveBack(frames: number, bytes: number): void {
    this.#frames = Math.max(0, this.#frames - frames);
    this.#bytes = Math.max(0, this.#bytes - bytes);
  }
}

/**
 * The taps of one link in the lane that writes it. The link is watched while one of them is due a frame, and written
 * to as if there were none in between: at 30 frames of a million nobody looks at the rest.
 */
export class TappedLink implements FrameWatcher {
  readonly #clock: MediaClock;
  readonly #outbox: TappedFrame[];
  readonly #taps = new Map<number, LaneTap>();
  #link: WatchableLink | undefined;
  #isWatching = false;
  #inVain = 0;
  #lastSeen = 0;

  /** What is copied is put into the outbox. */
  constructor(clock: MediaClock, outbox: TappedFrame[]) {
    this.#clock = clock;
    this.#outbox = outbox;
  }

  /** Has these taps and no others; those that stay go on as they are. */
  setTaps(orders: readonly TapOrder[]): void {
    const keys = new Set(orders.map(({ tapKey }) => tapKey));
    for (const tapKey of this.#taps.keys()) if (!keys.has(tapKey)) this.#taps.delete(tapKey);
    for (const order of orders)
      if (!this.#taps.has(order.tapKey)) this.#taps.set(order.tapKey, new LaneTap(order));
    if (this.#taps.size === 0) this.#watch(false);
  }

  /** Where the frames are written from now on; undefined if that is another lane's. */
  setLink(link: WatchableLink | undefined): void {
    if (link === this.#link) return;
    this.#watch(false);
    // What was sent from here before the link came back is another lane's to hear of, or nobody's.
    if (this.#link === undefined) for (const tap of this.#taps.values()) tap.forgetSent();
    this.#link = link;
  }

  /** Has the link watched if one of the taps is due a frame. */
  watchDue(nowUs: number): void {
    if (!this.#isWatching && this.#isDue(nowUs)) this.#watch(true);
  }

  gaveBack(tapKey: number, frames: number, bytes: number): void {
    this.#taps.get(tapKey)?.gaveBack(frames, bytes);
  }

  see(frame: Frame, place: number): void {
    const nowUs = this.#clock.nowUs();
    let whole: ObservedFrame | undefined;
    let header: ObservedFrame | undefined;
    this.#lastSeen = this.#outbox.length;
    for (const tap of this.#taps.values()) {
      if (!tap.isDue(nowUs)) continue;
      const { tapKey, maxBytes } = tap.order;
      const isWhole = frame.byteLength <= maxBytes;
      if (isWhole) whole ??= encodeObserved(frame, true);
      else header ??= encodeObserved(frame, false);
      const shown = (isWhole ? whole : header) as ObservedFrame;
      tap.sent(shown.bytes.length, nowUs);
      this.#outbox.push({ tapKey, place, utcUs: this.#clock.utcUs(), ...shown });
    }
    if (this.#outbox.length > this.#lastSeen) this.#inVain = 0;
    else if (++this.#inVain >= LOOKS_IN_VAIN) this.#watch(false);
  }

  unsee(): void {
    for (const { tapKey, bytes } of this.#outbox.splice(this.#lastSeen))
      this.gaveBack(tapKey, 1, bytes.length);
  }

  #isDue(nowUs: number): boolean {
    for (const tap of this.#taps.values()) if (tap.isDue(nowUs)) return true;
    return false;
  }

  #watch(isWatching: boolean): void {
    this.#inVain = 0;
    if (isWatching === this.#isWatching || this.#link === undefined) return;
    this.#isWatching = isWatching;
    this.#link.watch(isWatching ? this : undefined);
  }
}
