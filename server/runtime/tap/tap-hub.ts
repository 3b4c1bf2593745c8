import { StreamlibError } from '../errors.ts';
import type { EventBus, EventListener } from '../events/bus.ts';
import { linkTopic } from '../events/topics.ts';
import type { LinkId } from '../ids.ts';
import type { TapNews, TapOrder, TappedFrame, TapsMessage, TapWish } from './messages.ts';
import { tapLimitsOf } from './tap-options.ts';

/** How many taps a runtime has at most: each frame of each of them passes the runtime's thread. */
const MOST_TAPS = 64;

/** A lane, as taps see it. */
export interface TapLane {
  send(message: TapsMessage): void;
}

/** Whoever opens taps: a lane, or the program on the runtime's thread. */
export interface TapObserver {
  tell(tapId: number, news: TapNews): void;
}

/** What the hub needs from the runtime. */
export interface TapHubOptions {
  /** What is known of a link; undefined if there is none. */
  linkOf(linkId: LinkId): { readonly frameType: string } | undefined;
  readonly events: EventBus;
  lanes(): Iterable<TapLane>;
}

interface HubTap {
  readonly order: TapOrder;
  readonly observer: TapObserver;
  readonly tapId: number;
  /** Of the link's end. */
  readonly listener: EventListener;
  /** Which lane copied last. */
  source: TapLane | undefined;
}

/**
 * Knows every tap of the runtime, tells all lanes of them and passes on what they copied. Every lane knows every tap,
 * so that a link may move, come apart and come together again without anybody having to think of its taps.
 */
export class TapHub {
  readonly #options: TapHubOptions;
  readonly #taps = new Map<number, HubTap>();
  #lastKey = 0;

  constructor(options: TapHubOptions) {
    this.#options = options;
  }

  /** How many are open. */
  get size(): number {
    return this.#taps.size;
  }

  /** What an observer wants. */
  take(observer: TapObserver, tapId: number, wish: TapWish): void {
    if (wish.wish === 'open') {
      try {
        observer.tell(tapId, { news: 'opened', frameType: this.#open(observer, tapId, wish) });
        this.#tellAll();
      } catch (error) {
        observer.tell(tapId, { news: 'refused', error: StreamlibError.from(error).toPlain() });
      }
      return;
    }
    const tap = this.#find(observer, tapId);
    if (tap === undefined) return;
    const { tapKey } = tap.order;
    if (wish.wish === 'close') this.#close([tap]);
    else tap.source?.send({ kind: 'tap_credit', tapKey, frames: wish.frames, bytes: wish.bytes });
  }

  /** What a lane has copied. */
  receive(lane: TapLane, frames: readonly TappedFrame[]): void {
    for (const [tapKey, copied] of Map.groupBy(frames, (frame) => frame.tapKey)) {
      const tap = this.#taps.get(tapKey);
      if (tap === undefined) continue;
      tap.source = lane;
      tap.observer.tell(tap.tapId, { news: 'frames', frames: copied });
    }
  }

  /** Tells a lane that has just begun. */
  greet(lane: TapLane): void {
    if (this.#taps.size > 0) lane.send(this.#message());
  }

  /** Ends every tap of an observer who is gone. */
  forget(observer: TapObserver): void {
    this.#close([...this.#taps.values()].filter((tap) => tap.observer === observer));
  }

  /** Ends every tap, since the runtime ends. */
  close(): void {
    const taps = [...this.#taps.values()];
    this.#close(taps);
    for (const { observer, tapId } of taps) observer.tell(tapId, { news: 'ended', reason: 'shutdown' });
  }

  #open(
    observer: TapObserver,
    tapId: number,
    { linkId: id, ...options }: TapWish & { wish: 'open' },
  ): string {
    const linkId = id as LinkId;
    const limits = tapLimitsOf(options);
    const link = this.#options.linkOf(linkId);
    if (link === undefined) {
      const text = `link_id must be a link of the graph, was ${JSON.stringify(id)}`;
      throw new StreamlibError('LINK_NOT_FOUND', text, { path: 'link_id' });
    }
    if (this.#taps.size >= MOST_TAPS) {
      throw new StreamlibError('QUOTA', `at most ${MOST_TAPS} taps can be open at once`);
    }
    const tapKey = ++this.#lastKey;
    const listener = this.#options.events.subscribe(linkTopic(linkId), ({ payload }) => {
      if (payload.case === 'linkRemoved') this.#end(tapKey);
    });
    const order = { tapKey, linkId, ...limits };
    this.#taps.set(tapKey, { order, observer, tapId, listener, source: undefined });
    return link.frameType;
  }

  #end(tapKey: number): void {
    const tap = this.#taps.get(tapKey);
    if (tap === undefined) return;
    this.#close([tap]);
    tap.observer.tell(tap.tapId, { news: 'ended', reason: 'link_removed' });
  }

  #close(taps: readonly HubTap[]): void {
    if (taps.length === 0) return;
    for (const { order, listener } of taps) {
      this.#taps.delete(order.tapKey);
      listener[Symbol.dispose]();
    }
    this.#tellAll();
  }

  #find(observer: TapObserver, tapId: number): HubTap | undefined {
    for (const tap of this.#taps.values()) if (tap.observer === observer && tap.tapId === tapId) return tap;
    return undefined;
  }

  #tellAll(): void {
    const message = this.#message();
    for (const lane of this.#options.lanes()) lane.send(message);
  }

  #message(): TapsMessage {
    return { kind: 'taps', taps: [...this.#taps.values()].map(({ order }) => order) };
  }
}
