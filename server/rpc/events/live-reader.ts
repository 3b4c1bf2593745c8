import { GapPolicy, GapReason } from '../../../gen/ts/streamlib/v1/event_pb.ts';
import { StreamlibError } from '../../runtime/index.ts';
import { reasonOf } from '../interceptors.ts';
import type { EventSink } from './event-sink.ts';
import type { EventWindow } from './event-window.ts';
import type { FilterView, MissedEvents } from './filter-view.ts';
import { formatCursor } from './position.ts';
import { createNotice, type SubscriptionItem, type SubscriptionNotice } from './subscription-item.ts';
import { threadWheel } from './timer-wheel.ts';

/** What a reader is to do. */
export interface LiveReaderOptions {
  readonly window: EventWindow;
  readonly view: FilterView;
  /** It begins after this sequence. */
  readonly after: number;
  /** How long it is silent at most. */
  readonly heartbeatMs: number;
  readonly onGap: GapPolicy;
  /** Aborted when the subscriber is gone. */
  readonly signal: AbortSignal;
  /** Aborted when the subscription is to end as planned. */
  readonly ending: AbortSignal;
}

/**
 * One subscriber's place in the window: it holds no events. What comes next is asked for, so that a subscriber who
 * does not read costs nothing more.
 */
export class LiveReader implements Disposable {
  readonly #options: LiveReaderOptions;
  readonly #unwatch: () => void;
  #sequence: number;
  #silentSinceMs = performance.now();
  #heartbeatIsDue = false;
  #stopHeartbeat: () => void;
  #failure: StreamlibError | undefined;
  #wake = (): void => {};

  constructor(options: LiveReaderOptions) {
    const { window, signal, ending, after, heartbeatMs } = options;
    this.#options = options;
    this.#sequence = after;
    this.#unwatch = window.watch(this.#onWake);
    this.#stopHeartbeat = threadWheel.after(heartbeatMs, this.#onHeartbeat);
    signal.addEventListener('abort', this.#onWake);
    ending.addEventListener('abort', this.#onWake);
  }

  /** Resolves when the subscription is to end as planned; until then everything goes to the sink. Throws as `take`. */
  async flowInto(sink: EventSink): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      const flow = (): void => {
        try {
          while (sink.isReady) {
            const item = this.take();
            if (item === undefined) break;
            sink.write(item);
          }
          if (this.#options.signal.aborted) throw reasonOf(this.#options.signal);
          if (this.#options.ending.aborted) resolve();
        } catch (error) {
          reject(error);
        }
      };
      this.#wake = flow;
      sink.onReady(flow);
      flow();
    });
  }

  /** What comes, until the subscription is to end as planned. Throws as `take`. */
  async *items(): AsyncGenerator<SubscriptionItem> {
    while (!this.#options.ending.aborted) {
      const item = this.take();
      if (item !== undefined) yield item;
      else if (!this.#options.ending.aborted) await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }

  /**
   * What is there for the subscriber now. Throws the signal's reason when that is aborted, and RESUME_POINT_LOST
   * after a gap under the policy FAIL.
   */
  take(): SubscriptionItem | undefined {
    const { view, signal, ending, window } = this.#options;
    if (signal.aborted) throw reasonOf(signal);
    if (this.#failure !== undefined) throw this.#failure;
    if (ending.aborted) return undefined;
    const read = view.read(this.#sequence);
    if (read === undefined) return this.#takeHeartbeat();
    if (read.kind === 'missed') return this.#spoken(this.#gap(read));
    this.#sequence = read.through;
    if (read.entries.length > 0) return this.#spoken(read);
    // Nothing matched in what one read looks at; the other readers come first.
    if (this.#sequence < window.shownLast) setImmediate(this.#onWake);
    return this.#takeHeartbeat();
  }

  [Symbol.dispose](): void {
    const { signal, ending } = this.#options;
    this.#unwatch();
    this.#stopHeartbeat();
    signal.removeEventListener('abort', this.#onWake);
    ending.removeEventListener('abort', this.#onWake);
    this.#wake = () => {};
  }

  /** Where the subscriber may resume. */
  get cursor(): string {
    return formatCursor(this.#options.window.streamId, this.#sequence);
  }

  readonly #onWake = (): void => this.#wake();

  readonly #onHeartbeat = (): void => {
    const silentMs = performance.now() - this.#silentSinceMs;
    const restMs = this.#options.heartbeatMs - silentMs;
    this.#heartbeatIsDue = restMs <= 0;
    // NB: it is due until it was taken, which a subscriber who does not read puts off.
    this.#stopHeartbeat = threadWheel.after(
      restMs > 0 ? restMs : this.#options.heartbeatMs,
      this.#onHeartbeat,
    );
    if (this.#heartbeatIsDue) this.#wake();
  };

  #takeHeartbeat(): SubscriptionNotice | undefined {
    if (!this.#heartbeatIsDue) return undefined;
    const value = { last: BigInt(this.#sequence), cursor: this.cursor };
    return this.#spoken(createNotice(this.cursor, { case: 'heartbeat', value }));
  }

  #gap({ from, to }: MissedEvents): SubscriptionNotice {
    this.#sequence = to;
    if (this.#options.onGap === GapPolicy.FAIL) this.#failure = gapError(from, to);
    return createNotice(this.cursor, {
      case: 'gap',
      value: {
        fromSequence: BigInt(from),
        toSequence: BigInt(to),
        dropped: BigInt(to - from + 1),
        reason: GapReason.OVERTAKEN,
      },
    });
  }

  #spoken<Item>(item: Item): Item {
    this.#heartbeatIsDue = false;
    this.#silentSinceMs = performance.now();
    return item;
  }
}

function gapError(from: number, to: number): StreamlibError {
  const message = `events ${from} to ${to} are no longer kept, and on_gap was FAIL`;
  return new StreamlibError('RESUME_POINT_LOST', message, { path: 'on_gap' });
}
