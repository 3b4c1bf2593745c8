import { setImmediate as nextTurn } from 'node:timers/promises';
import type { EventFilter } from './event-filter.ts';
import type { EventWindow, WindowEntry } from './event-window.ts';
import { formatCursor } from './position.ts';

/** How many events one read looks at before the other readers have their turn. */
const SCANNED_AT_ONCE = 2048;

/** What a read found. */
export type CursorRead =
  | { readonly kind: 'entries'; readonly entries: readonly WindowEntry[] }
  /** These events were evicted before they were read; the next read goes on behind them. */
  | { readonly kind: 'gap'; readonly from: number; readonly to: number };

/** One subscriber's place in the window. It holds no events. */
export class EventCursor {
  readonly #window: EventWindow;
  readonly #filter: EventFilter;
  readonly #signals: readonly AbortSignal[];
  readonly #unwatch: () => void;
  #sequence: number;
  #wake: (() => void) | undefined;
  /** Whether the last read stopped before the newest event. */
  #isBehind = false;

  /** It begins after `sequence`. A wait also ends when one of the signals aborts. */
  constructor(window: EventWindow, filter: EventFilter, sequence: number, signals: readonly AbortSignal[]) {
    this.#window = window;
    this.#filter = filter;
    this.#sequence = sequence;
    this.#signals = signals;
    this.#unwatch = window.watch(this.#onWake);
    for (const signal of signals) signal.addEventListener('abort', this.#onWake);
  }

  /** Everything up to here was handed out, or did not match. */
  get sequence(): number {
    return this.#sequence;
  }

  /** The same as a client keeps it. */
  get position(): string {
    return formatCursor(this.#window.streamId, this.#sequence);
  }

  /** The next events that match, at most `limit`; a gap instead where the next event is gone. */
  read(limit: number): CursorRead {
    const scanned = this.#window.readAfter(this.#sequence, SCANNED_AT_ONCE);
    const matching: WindowEntry[] = [];
    for (const entry of scanned) {
      if (entry.sequence > this.#sequence + 1) {
        // What matched before the hole goes out first; the next read begins at it.
        if (matching.length > 0) break;
        const from = this.#sequence + 1;
        this.#sequence = entry.sequence - 1;
        return { kind: 'gap', from, to: entry.sequence - 1 };
      }
      this.#sequence = entry.sequence;
      if (this.#filter.matches(entry.event) && matching.push(entry) === limit) break;
    }
    this.#isBehind = this.#sequence < this.#window.last;
    return { kind: 'entries', entries: matching };
  }

  /** Goes on after this sequence. */
  skipTo(sequence: number): void {
    this.#sequence = sequence;
  }

  /** Resolves when events came, when a signal aborts or after `timeoutMs`; after one turn while there is more to read. */
  async wait(timeoutMs: number): Promise<void> {
    if (this.#isBehind && this.#sequence < this.#window.last) {
      await nextTurn();
      return;
    }
    if (this.#signals.some((signal) => signal.aborted)) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, timeoutMs);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    this.#wake = undefined;
  }

  [Symbol.dispose](): void {
    this.#unwatch();
    for (const signal of this.#signals) signal.removeEventListener('abort', this.#onWake);
    this.#wake?.();
  }

  readonly #onWake = (): void => this.#wake?.();
}
