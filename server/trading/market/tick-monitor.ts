import { isBar, type MarketTick } from './market-tick.ts';
import { tickFault } from './tick-fault.ts';

/**
 * What a tick is beside the ones before it of its symbol.
 * - `regular`: it follows the one before.
 * - `gap`: it does, and something is missing in between.
 * - `out_of_order`: its exchange time is before that of another that came earlier.
 * - `duplicate`: the one before over again. Of bars there is one per time; ticks and quotes may share one, so that
 *   they must be equal in every field.
 * - `invalid`: one of its numbers is none; see `tickFault`.
 */
export type TickVerdict = 'regular' | 'gap' | 'out_of_order' | 'duplicate' | 'invalid';

/** What came of one symbol. `ticks` counts all but the other four's last three. */
export interface TickCounts {
  readonly ticks: number;
  readonly gaps: number;
  readonly outOfOrder: number;
  readonly duplicates: number;
  readonly invalid: number;
}

interface SymbolHistory {
  ticks: number;
  gaps: number;
  outOfOrder: number;
  duplicates: number;
  invalid: number;
  last: MarketTick | undefined;
  /** The shortest distance of two bars so far. */
  barMs: number;
}

/** Bars further apart than so many of the shortest distance have a gap between them. */
const BARS_PER_GAP = 1.5;

/** Watches the ticks of any number of symbols for gaps, disorder, repetition and broken numbers, and counts them. */
export class TickMonitor {
  readonly #gapAfterMs: number;
  readonly #symbols = new Map<string, SymbolHistory>();

  /**
   * `gapAfterMs`: a longer silence in exchange time is a gap. With 0, bars further apart than one and a half times the
   * shortest distance of two bars so far have one between them, and other ticks never do: they come as trade comes.
   */
  constructor(gapAfterMs = 0) {
    this.#gapAfterMs = gapAfterMs;
  }

  /** The symbols seen so far, in order of their first ticks. */
  get symbols(): readonly string[] {
    return [...this.#symbols.keys()];
  }

  /** Takes a tick and says what it is. The tick must not change afterwards. */
  judge(tick: MarketTick): TickVerdict {
    const history = this.#historyOf(tick.symbol);
    const verdict = tickFault(tick) === undefined ? this.#place(tick, history) : 'invalid';
    switch (verdict) {
      case 'invalid':
        history.invalid++;
        return verdict;
      case 'out_of_order':
        history.outOfOrder++;
        return verdict;
      case 'duplicate':
        history.duplicates++;
        return verdict;
      case 'gap':
        history.gaps++;
        break;
    }
    history.ticks++;
    history.last = tick;
    return verdict;
  }

  /** What came of a symbol; zeros for one that was not seen. */
  counts(symbol: string): TickCounts {
    const {
      ticks = 0,
      gaps = 0,
      outOfOrder = 0,
      duplicates = 0,
      invalid = 0,
    } = this.#symbols.get(symbol) ?? {};
    return { ticks, gaps, outOfOrder, duplicates, invalid };
  }

  /** The newest tick of a symbol that was regular or followed a gap. */
  last(symbol: string): MarketTick | undefined {
    return this.#symbols.get(symbol)?.last;
  }

  #historyOf(symbol: string): SymbolHistory {
    let history = this.#symbols.get(symbol);
    if (history === undefined) {
      history = {
        ticks: 0,
        gaps: 0,
        outOfOrder: 0,
        duplicates: 0,
        invalid: 0,
        last: undefined,
        barMs: Number.POSITIVE_INFINITY,
      };
      this.#symbols.set(symbol, history);
    }
    return history;
  }

  #place(tick: MarketTick, history: SymbolHistory): Exclude<TickVerdict, 'invalid'> {
    const { last } = history;
    if (last === undefined) return 'regular';
    const distanceMs = tick.timestampMs - last.timestampMs;
    if (distanceMs < 0) return 'out_of_order';
    const bars = isBar(tick) && isBar(last);
    if (distanceMs === 0) return bars || isSame(tick, last) ? 'duplicate' : 'regular';
    const { barMs } = history;
    if (bars && distanceMs < barMs) history.barMs = distanceMs;
    if (this.#gapAfterMs > 0) return distanceMs > this.#gapAfterMs ? 'gap' : 'regular';
    return bars && distanceMs > barMs * BARS_PER_GAP ? 'gap' : 'regular';
  }
}

function isSame(a: MarketTick, b: MarketTick): boolean {
  return (
    a.price === b.price && a.size === b.size && a.bid === b.bid && a.ask === b.ask && a.volume === b.volume
  );
}
