import { mediaClock } from '../../runtime/index.ts';
import { absMoney } from '../broker/money.ts';
import { type RunnerStand, sumOfStands } from '../risk/engine-risk.ts';
import type { RunnerEntry } from './runner-entry.ts';

/** What is told meanwhile goes on together; so much later other lanes know. */
const TOLD_AFTER_MS = 5;
const MINUTE_MS = 60_000;

interface ToldStand {
  readonly stand: RunnerStand;
  readonly toldMs: number;
}

/**
 * Tells each lane how the runners of the others stand, so that all are held to the limits of the engine. A runner in no
 * lane counts as it was at its end. The orders of one that says nothing more count for a minute of this machine's time.
 * Runtime's thread.
 */
export class RiskExchange implements Disposable {
  readonly #entries: () => readonly RunnerEntry[];
  readonly #told = new WeakMap<RunnerEntry, ToldStand>();
  #soon: NodeJS.Timeout | undefined;
  #lapse: NodeJS.Timeout | undefined;

  /** `entries` answers those that there are now. */
  constructor(entries: () => readonly RunnerEntry[]) {
    this.#entries = entries;
  }

  /** A runner is there from now on. */
  add(entry: RunnerEntry): void {
    const { channel } = entry;
    channel.peersOf = (threadId) => this.#peersOf(threadId);
    channel.onStand = (stand) => {
      this.#told.set(entry, { stand, toldMs: nowMs() });
      this.#tellSoon();
    };
  }

  /** A runner is gone, or in no lane any more. */
  onEnd(): void {
    this.#tellSoon();
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#soon);
    clearTimeout(this.#lapse);
  }

  #tellSoon(): void {
    this.#soon ??= setTimeout(() => {
      this.#soon = undefined;
      this.#tell();
    }, TOLD_AFTER_MS).unref();
  }

  #tell(): void {
    const lanes = new Map(
      this.#entries().flatMap(({ channel }) =>
        channel.threadId === undefined ? [] : [[channel.threadId, channel] as const],
      ),
    );
    for (const [threadId, channel] of lanes) channel.tellPeers(this.#peersOf(threadId));
    // Where nothing is told any more, the last orders lapse all the same.
    clearTimeout(this.#lapse);
    this.#lapse = this.#entries().some((entry) => (this.#standOf(entry)?.ordersInLastMinute ?? 0) > 0)
      ? setTimeout(() => this.#tellSoon(), MINUTE_MS).unref()
      : undefined;
  }

  #peersOf(threadId: number): RunnerStand {
    const elsewhere = this.#entries().filter(({ channel }) => channel.threadId !== threadId);
    return sumOfStands(elsewhere.flatMap((entry) => this.#standOf(entry) ?? []));
  }

  #standOf(entry: RunnerEntry): RunnerStand | undefined {
    const { isOpen, lastView } = entry.channel;
    const { stand, toldMs } = this.#told.get(entry) ?? {};
    const ordersInLastMinute = nowMs() - (toldMs ?? 0) < MINUTE_MS ? (stand?.ordersInLastMinute ?? 0) : 0;
    if (isOpen || lastView === undefined) return stand && { ...stand, ordersInLastMinute };
    const { equity, dailyPnl, peakEquity, position, markTicks = 0 } = lastView;
    const positionsValue = absMoney(entry.instrument.value(markTicks, position?.lots ?? 0));
    return { equity, dailyPnl, peakEquity, positionsValue, ordersInLastMinute };
  }
}

const nowMs = (): number => mediaClock.nowUs() / 1000;
