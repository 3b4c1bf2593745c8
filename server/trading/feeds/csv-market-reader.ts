import { CsvError, type CsvRecord } from '../../recordings/csv-records.ts';
import { fileError } from '../../recordings/file-error.ts';
import { readCsv } from '../../recordings/read-csv.ts';
import type { StreamlibError } from '../../runtime/errors.ts';
import type { MarketTick } from '../market/market-tick.ts';
import { type BrokenRowPolicy, BrokenRows } from './broken-rows.ts';
import { type CsvMarketChoice, CsvMarketColumns } from './csv-market-columns.ts';
import type { MarketFeed } from './market-feed.ts';

/** What a reader reads, and how. */
export interface CsvMarketOptions extends CsvMarketChoice, BrokenRowPolicy {
  readonly delimiter: string;
}

/** The ticks of a CSV file, read as they are asked for. */
export class CsvMarketReader implements MarketFeed {
  readonly #options: CsvMarketOptions;
  readonly #batches: AsyncGenerator<(CsvRecord | CsvError)[], void>;
  readonly #broken: BrokenRows;
  #columns!: CsvMarketColumns;
  /** What came with the header. */
  #first: (CsvRecord | CsvError)[] = [];
  #fault: StreamlibError | undefined;

  constructor(options: CsvMarketOptions) {
    this.#options = options;
    this.#batches = readCsv(options.path, options.delimiter);
    this.#broken = new BrokenRows(options);
  }

  /** Rows that were left out so far. */
  get rowsSkipped(): number {
    return this.#broken.skipped;
  }

  async open(): Promise<void> {
    try {
      const [header, ...others] = await this.#firstRecords();
      if (header === undefined) throw new Error('it has no header row');
      if (header instanceof CsvError) throw header;
      this.#first = others;
      this.#columns = new CsvMarketColumns(header, this.#options);
    } catch (cause) {
      const place = cause instanceof CsvError ? `, line ${cause.line}` : '';
      throw fileError('read the market data of', this.#options.path + place, cause);
    }
  }

  async read(): Promise<readonly MarketTick[] | undefined> {
    if (this.#fault !== undefined) throw this.#fault;
    const records = await this.#nextRecords();
    if (records === undefined) return undefined;
    const ticks: MarketTick[] = [];
    for (const record of records) {
      const tick = this.#parse(record);
      if (tick !== undefined) ticks.push(tick);
      if (this.#fault !== undefined) break;
    }
    if (ticks.length === 0 && this.#fault !== undefined) throw this.#fault;
    return ticks;
  }

  async close(): Promise<void> {
    this.#broken.close();
    await this.#batches.return();
  }

  async #firstRecords(): Promise<(CsvRecord | CsvError)[]> {
    for await (const records of { [Symbol.asyncIterator]: () => this.#withoutReturn() })
      if (records.length > 0) return records;
    return [];
  }

  /** The batches for a loop that leaves early and is not to end them. */
  #withoutReturn(): AsyncIterator<(CsvRecord | CsvError)[], void> {
    return { next: () => this.#batches.next() };
  }

  async #nextRecords(): Promise<(CsvRecord | CsvError)[] | undefined> {
    const first = this.#first.splice(0);
    if (first.length > 0) return first;
    try {
      const { value, done } = await this.#batches.next();
      return done ? undefined : value;
    } catch (cause) {
      throw fileError('read the market data of', this.#options.path, cause, 'PROCESS_FAILED');
    }
  }

  #parse(record: CsvRecord | CsvError): MarketTick | undefined {
    try {
      if (record instanceof CsvError) throw record;
      return this.#columns.parse(record);
    } catch (cause) {
      const { line, message } = cause as CsvError;
      this.#fault = this.#broken.judge(line, message, cause);
      return undefined;
    }
  }
}
