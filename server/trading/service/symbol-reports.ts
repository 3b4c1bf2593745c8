import type { Event } from '../../../gen/ts/streamlib/v1/event_pb.ts';
import type { EventBus } from '../../runtime/index.ts';

/** What feeds have counted of a symbol, of those that run or ran since the server started. */
export interface SymbolCounts {
  readonly ticks: bigint;
  readonly gaps: bigint;
  readonly ticksOutOfOrder: bigint;
  readonly ticksDuplicate: bigint;
}

const NOTHING: SymbolCounts = { ticks: 0n, gaps: 0n, ticksOutOfOrder: 0n, ticksDuplicate: 0n };

interface SymbolReport {
  readonly symbol: string;
  readonly ticks: number;
  readonly gaps: number;
  readonly ticks_out_of_order: number;
  readonly ticks_duplicate: number;
}

/** Keeps the newest report of every feed, by its processor and symbol. Runtime's thread. */
export class SymbolReports implements Disposable {
  /** By symbol, then by the topic of the feed: a report has the totals of its feed. */
  readonly #reports = new Map<string, Map<string, SymbolReport>>();
  readonly #listener: Disposable;

  constructor(events: EventBus) {
    this.#listener = events.subscribe('feed:*', (event) => this.#take(event));
  }

  /** All feeds that had the symbol together. */
  of(symbol: string): SymbolCounts {
    return [...(this.#reports.get(symbol)?.values() ?? [])].reduce(
      (sum, report) => ({
        ticks: sum.ticks + BigInt(report.ticks),
        gaps: sum.gaps + BigInt(report.gaps),
        ticksOutOfOrder: sum.ticksOutOfOrder + BigInt(report.ticks_out_of_order),
        ticksDuplicate: sum.ticksDuplicate + BigInt(report.ticks_duplicate),
      }),
      NOTHING,
    );
  }

  #take({ topic, payload }: Event): void {
    if (payload.case !== 'custom' || payload.value.name !== 'FeedReport') return;
    const { symbols = [] } = (payload.value.data ?? {}) as { readonly symbols?: readonly SymbolReport[] };
    for (const report of symbols) {
      const ofSymbol = this.#reports.get(report.symbol) ?? new Map<string, SymbolReport>();
      this.#reports.set(report.symbol, ofSymbol.set(topic, report));
    }
  }

  [Symbol.dispose](): void {
    this.#listener[Symbol.dispose]();
  }
}
