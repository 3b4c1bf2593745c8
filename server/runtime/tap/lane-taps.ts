import type { MediaClock } from '../clock.ts';
import type { LinkId } from '../ids.ts';
import type { TapOrder, TappedFrame } from './messages.ts';
import { TappedLink, type WatchableLink } from './tapped-link.ts';

/** What the taps of a lane need from it. */
export interface LaneTapsOptions {
  readonly clock: MediaClock;
  /** The end of a link that frames are written to here, if this lane writes it. */
  producingEndOf(linkId: LinkId): WatchableLink | undefined;
}

/**
 * The taps of the runtime as one lane knows them: all of them, since any lane may come to write any link. It copies
 * for those whose links it writes.
 */
export class LaneTaps {
  readonly #options: LaneTapsOptions;
  readonly #links = new Map<LinkId, TappedLink>();
  readonly #outbox: TappedFrame[] = [];
  /** Those that this lane writes. */
  #written: TappedLink[] = [];

  constructor(options: LaneTapsOptions) {
    this.#options = options;
  }

  /** These are the taps from now on. */
  setTaps(orders: readonly TapOrder[]): void {
    const byLink = Map.groupBy(orders, ({ linkId }) => linkId);
    for (const [linkId, link] of this.#links) {
      if (byLink.has(linkId)) continue;
      link.setTaps([]);
      this.#links.delete(linkId);
    }
    for (const [linkId, taps] of byLink) {
      let link = this.#links.get(linkId);
      if (link === undefined) {
        link = new TappedLink(this.#options.clock, this.#outbox);
        this.#links.set(linkId, link);
      }
      link.setTaps(taps);
    }
    this.updateLinks();
  }

  /** To be called after links came or went. */
  updateLinks(): void {
    if (this.#links.size === 0 && this.#written.length === 0) return;
    this.#written = [];
    for (const [linkId, link] of this.#links) {
      const end = this.#options.producingEndOf(linkId);
      link.setLink(end);
      if (end !== undefined) this.#written.push(link);
    }
  }

  /** An observer has taken frames, and may be sent as many more. */
  gaveBack(tapKey: number, frames: number, bytes: number): void {
    for (const link of this.#written) link.gaveBack(tapKey, frames, bytes);
  }

  /** Before the lane's processors are called: has those links watched that are due a frame. */
  watchDue(): void {
    if (this.#written.length === 0) return;
    const nowUs = this.#options.clock.nowUs();
    for (const link of this.#written) link.watchDue(nowUs);
  }

  /** What was copied since the last call. */
  takeFrames(): TappedFrame[] {
    return this.#outbox.length === 0 ? [] : this.#outbox.splice(0);
  }
}
