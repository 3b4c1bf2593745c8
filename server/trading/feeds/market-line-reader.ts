import { fileError } from '../../recordings/file-error.ts';
import { LineReader } from '../../recordings/line-reader.ts';
import type { StreamlibError } from '../../runtime/errors.ts';
import type { MarketTick } from '../market/market-tick.ts';
import { type BrokenRowPolicy, BrokenRows } from './broken-rows.ts';
import type { MarketFeed } from './market-feed.ts';
import { parseMarketLine } from './parse-market-line.ts';

const LINES_PER_READ = 256;

/** The ticks of a file of JSON lines, read as they are asked for. */
export class MarketLineReader implements MarketFeed {
  readonly #policy: BrokenRowPolicy;
  readonly #lines: LineReader;
  readonly #broken: BrokenRows;
  #first: string | undefined;
  #fault: StreamlibError | undefined;

  constructor(policy: BrokenRowPolicy) {
    this.#policy = policy;
    this.#lines = new LineReader(policy.path);
    this.#broken = new BrokenRows(policy);
  }

  async open(): Promise<void> {
    try {
      this.#first = await this.#lines.next();
    } catch (cause) {
      throw fileError('read the market data of', this.#policy.path, cause);
    }
  }

  async read(): Promise<readonly MarketTick[] | undefined> {
    if (this.#fault !== undefined) throw this.#fault;
    const ticks: MarketTick[] = [];
    for (let count = 0; count < LINES_PER_READ; count++) {
      const text = await this.#nextLine();
      if (text === undefined) return ticks.length === 0 && count === 0 ? undefined : ticks;
      const tick = this.#parse(text);
      if (tick !== undefined) ticks.push(tick);
      if (this.#fault !== undefined) break;
    }
    if (ticks.length === 0 && this.#fault !== undefined) throw this.#fault;
    return ticks;
  }

  async close(): Promise<void> {
    this.#broken.close();
    await this.#lines.close();
  }

  async #nextLine(): Promise<string | undefined> {
    const first = this.#first;
    this.#first = undefined;
    if (first !== undefined) return first;
    try {
      return await this.#lines.next();
    } catch (cause) {
      throw fileError('read the market data of', this.#policy.path, cause, 'PROCESS_FAILED');
    }
  }

  #parse(text: string): MarketTick | undefined {
    try {
      return parseMarketLine(text);
    } catch (cause) {
      this.#fault = this.#broken.judge(this.#lines.line, (cause as Error).message, cause);
      return undefined;
    }
  }
}
