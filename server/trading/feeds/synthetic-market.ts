import type { MarketTick } from '../market/market-tick.ts';
import { type RandomState, SeededRandom } from '../market/seeded-random.ts';
import type { MarketFeed } from './market-feed.ts';

/** A market that is made up. */
export interface SyntheticMarketOptions {
  readonly symbols: readonly string[];
  readonly seed: number;
  /** Exchange time of the first ticks. */
  readonly startMs: number;
  /** Between two ticks of a symbol. */
  readonly intervalMs: number;
  /** Ticks of each symbol; Infinity for no end. */
  readonly ticks: number;
  readonly initialPrice: number;
  /** As 0.05 for 5 % per year. */
  readonly annualDrift: number;
  /** Standard deviation of the yearly return. */
  readonly annualVolatility: number;
  readonly jumpsPerYear: number;
  /** Standard deviation of a jump, as a return. */
  readonly jumpVolatility: number;
  readonly tickSize: number;
  /** Distance of bid and ask in basis points of the price; 0 makes trades without quotes. */
  readonly spreadBps: number;
}

/** Where a market is. */
export interface SyntheticMarketState {
  /** Exchange time of its first ticks. */
  readonly startMs: number;
  /** Ticks of each symbol that were made. */
  readonly step: number;
  /** Of each symbol, in the order of the options. */
  readonly symbols: readonly { readonly random: RandomState; readonly logPrice: number }[];
}

const YEAR_MS = 365 * 86_400_000;
const TICKS_PER_READ = 256;
/** Sizes are multiples of it. */
const SIZE_STEP = 0.001;

/**
 * Prices that follow a geometric Brownian motion with jumps (Merton's model), the same for the same options. What a
 * symbol does depends on the seed and its name only, not on the other symbols. Sizes are exponential with mean 1.
 */
export class SyntheticMarket implements MarketFeed {
  readonly #options: SyntheticMarketOptions;
  readonly #symbols: { readonly symbol: string; random: SeededRandom; logPrice: number }[];
  readonly #drift: number;
  readonly #deviation: number;
  readonly #jumpChance: number;
  #startMs: number;
  #step = 0;
  #atLastRead: SyntheticMarketState;

  constructor(options: SyntheticMarketOptions) {
    this.#options = options;
    this.#startMs = options.startMs;
    const { seed, initialPrice, annualDrift, annualVolatility, jumpsPerYear, intervalMs } = options;
    const years = intervalMs / YEAR_MS;
    this.#drift = (annualDrift - annualVolatility ** 2 / 2) * years;
    this.#deviation = annualVolatility * Math.sqrt(years);
    this.#jumpChance = 1 - Math.exp(-jumpsPerYear * years);
    this.#symbols = options.symbols.map((symbol) => ({
      symbol,
      random: SeededRandom.of(seed, symbol),
      logPrice: Math.log(initialPrice),
    }));
    this.#atLastRead = this.#state();
  }

  /** Where it was before the last `read`. */
  get atLastRead(): SyntheticMarketState {
    return this.#atLastRead;
  }

  /** Goes on where a market of the same options was. */
  goOn({ startMs, step, symbols }: SyntheticMarketState): void {
    this.#startMs = startMs;
    this.#step = step;
    for (const [i, each] of this.#symbols.entries()) {
      const { random, logPrice } = symbols[i] as SyntheticMarketState['symbols'][number];
      each.random = SeededRandom.at(random);
      each.logPrice = logPrice;
    }
    this.#atLastRead = this.#state();
  }

  async open(): Promise<void> {}

  async read(): Promise<readonly MarketTick[] | undefined> {
    if (this.#step >= this.#options.ticks) return undefined;
    this.#atLastRead = this.#state();
    const ticks: MarketTick[] = [];
    // All symbols have a tick at each time, so that what is handed over is always whole.
    do ticks.push(...this.#next());
    while (ticks.length < TICKS_PER_READ && this.#step < this.#options.ticks);
    return ticks;
  }

  async close(): Promise<void> {}

  /** The ticks of the next time, one of each symbol in the order of the options. */
  #next(): MarketTick[] {
    const timestampMs = this.#startMs + this.#step * this.#options.intervalMs;
    this.#step++;
    return this.#symbols.map((each) => {
      // The first tick is at the initial price.
      if (this.#step > 1) each.logPrice += this.#move(each.random);
      return this.#tick(each.symbol, timestampMs, Math.exp(each.logPrice), each.random.uniform());
    });
  }

  #state(): SyntheticMarketState {
    const symbols = this.#symbols.map(({ random, logPrice }) => ({ random: random.state, logPrice }));
    return { startMs: this.#startMs, step: this.#step, symbols };
  }

  #move(random: SeededRandom): number {
    const diffusion = this.#drift + this.#deviation * random.normal();
    // NB: as many numbers are drawn with jumps as without, so that a seed means the same ticks but for the jumps.
    const jumps = random.uniform() < this.#jumpChance;
    const jump = this.#options.jumpVolatility * random.normal();
    return jumps ? diffusion + jump : diffusion;
  }

  #tick(symbol: string, timestampMs: number, exact: number, chance: number): MarketTick {
    const { tickSize, spreadBps } = this.#options;
    const price = onGrid(exact, tickSize);
    const size = round(Math.max(1, Math.round(-Math.log(1 - chance) / SIZE_STEP)) * SIZE_STEP);
    if (spreadBps === 0) return { symbol, timestampMs, price, size };
    const half = (price * spreadBps) / 20_000;
    const bid = onGrid(price - half, tickSize);
    const ask = Math.max(onGrid(price + half, tickSize), round(bid + tickSize));
    return { symbol, timestampMs, price, size, bid, ask };
  }
}

/** The nearest multiple of the tick size, and at least one of it. */
function onGrid(price: number, tickSize: number): number {
  return round(Math.max(1, Math.round(price / tickSize)) * tickSize);
}

/** Without the digits that binary fractions leave behind: 0.30000000000000004 becomes 0.3. */
function round(value: number): number {
  return Number(value.toPrecision(12));
}
