import { mediaClock } from '../../runtime/index.ts';
import { absMoney } from '../broker/money.ts';
import { type PeerStand, type RunnerStand, sumOfStands } from '../risk/engine-risk.ts';
import type { StandReport } from '../runner/runner-messages.ts';
import type { RunnerEntry } from './runner-entry.ts';

/** What is told meanwhile goes on together; so much later other lanes know. */
const TOLD_AFTER_MS = 5;
const MINUTE_S = 60;

/** Orders of one thread in one second of this machine's time. */
interface OrderCount {
  readonly second: number;
  readonly threadId: number;
  count: number;
}

/**
 * Tells each lane how the runners of the others stand, so that all are held to the limits of the engine. A runner in no
 * lane counts as it was at its end. Orders count for a minute of this machine's time. Runtime's thread.
 */
export class RiskExchange implements Disposable {
  readonly #entries: () => readonly RunnerEntry[];
  /** Of runners that are in a lane. */
  readonly #stands = new WeakMap<RunnerEntry, RunnerStand>();
  #orders: OrderCount[] = [];
  #soon: NodeJS.Timeout | undefined;
  #lapse: NodeJS.Timeout | undefined;

  /** `entries` answers those that there are now. */
  constructor(entries: () => readonly RunnerEntry[]) {
    this.#entries = entries;
  }

  /** A runner is there from now on. */
  add(entry: RunnerEntry): void {
    entry.channel.peersOf = (threadId) => this.#peersOf(threadId);
    entry.channel.onStand = (stand) => this.#onStand(entry, stand);
  }

  /** A runner is gone, or in no lane any more. */
  onEnd(): void {
    this.#tellSoon();
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#soon);
    clearTimeout(this.#lapse);
  }

  #onStand(entry: RunnerEntry, { orders, ...stand }: StandReport): void {
    this.#stands.set(entry, stand);
    const { threadId } = entry.channel;
    if (orders > 0 && threadId !== undefined) this.#countOrders(threadId, orders);
    this.#tellSoon();
  }

  #countOrders(threadId: number, count: number): void {
    const second = nowS();
    const last = this.#orders.findLast((each) => each.threadId === threadId);
    if (last?.second === second) last.count += count;
    else this.#orders.push({ second, threadId, count });
  }

  #tellSoon(): void {
    this.#soon ??= setTimeout(() => {
      this.#soon = undefined;
      this.#tell();
    }, TOLD_AFTER_MS).unref();
  }

  #tell(): void {
    const since = nowS() - MINUTE_S;
    this.#orders = this.#orders.filter(({ second }) => second >= since);
    const told = new Set<number>();
    for (const { channel } of this.#entries()) {
      const { threadId } = channel;
      if (threadId === undefined || told.has(threadId)) continue;
      told.add(threadId);
      channel.tellPeers(this.#peersOf(threadId));
    }
    clearTimeout(this.#lapse);
    const [oldest] = this.#orders;
    if (oldest === undefined) return;
    this.#lapse = setTimeout(() => this.#tellSoon(), (oldest.second + 1 - since) * 1000).unref();
  }

  #peersOf(threadId: number): PeerStand {
    const since = nowS() - MINUTE_S;
    const orders = this.#orders.filter((each) => each.threadId !== threadId && each.second >= since);
    const elsewhere = this.#entries().filter(({ channel }) => channel.threadId !== threadId);
    return {
      ...sumOfStands(elsewhere.flatMap((entry) => this.#standOf(entry) ?? [])),
      ordersInLastMinute: orders.reduce((sum, { count }) => sum + count, 0),
    };
  }

  #standOf(entry: RunnerEntry): RunnerStand | undefined {
    const { isOpen, lastView } = entry.channel;
    if (isOpen || lastView === undefined) return this.#stands.get(entry);
    const { equity, dailyPnl, peakEquity, position, markTicks = 0 } = lastView;
    const positionsValue = absMoney(entry.instrument.value(markTicks, position?.lots ?? 0));
    return { equity, dailyPnl, peakEquity, positionsValue };
  }
}

const nowS = (): number => Math.floor(mediaClock.nowUs() / 1e6);
