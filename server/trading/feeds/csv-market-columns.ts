import { CsvError, type CsvRecord } from '../../recordings/csv-records.ts';
import { parseTimestampUs, type TimestampUnit } from '../../recordings/parse-timestamp.ts';
import { OPTIONAL_MARKET_FIELDS } from '../../runtime/frame/market-data.ts';
import type { MarketTick } from '../market/market-tick.ts';
import { tickFault } from '../market/tick-fault.ts';

/** What a column of market data can be. */
export const MARKET_COLUMNS = ['timestamp', 'symbol', 'price', 'size', ...OPTIONAL_MARKET_FIELDS] as const;
export type MarketColumn = (typeof MARKET_COLUMNS)[number];

/** How to read a table of market data. */
export interface CsvMarketChoice {
  /** Which column is what, by the names in the header; a field that is not there goes by the usual names. */
  readonly columns: Readonly<Partial<Record<MarketColumn, string>>>;
  /** Of every row where no column has it. */
  readonly symbol: string;
  readonly timestampUnit: TimestampUnit;
}

/** What columns are usually called, in lower case. */
const USUAL_NAMES: Readonly<Record<MarketColumn, readonly string[]>> = {
  timestamp: ['timestamp', 'time', 'datetime', 'date', 'ts', 'timestamp_ms', 'open_time'],
  symbol: ['symbol', 'ticker', 'instrument', 'pair'],
  price: ['price', 'last', 'last_price'],
  size: ['size', 'quantity', 'qty', 'amount', 'last_size'],
  bid: ['bid', 'bid_price'],
  ask: ['ask', 'ask_price', 'offer'],
  open: ['open'],
  high: ['high'],
  low: ['low'],
  close: ['close'],
  volume: ['volume', 'vol'],
};

const SYMBOL = /^[A-Z0-9][A-Z0-9:._/-]{0,63}$/;

/** What the columns of a CSV file of ticks, quotes or bars are, and the ticks that its records stand for. */
export class CsvMarketColumns {
  readonly #width: number;
  readonly #names: readonly string[];
  readonly #symbol: string;
  readonly #unit: TimestampUnit;
  readonly #at: Readonly<Record<MarketColumn, number>>;

  /** Throws a CsvError for a header without what a tick needs: a time, a symbol, and a price, a close or bid and ask. */
  constructor({ line, cells }: CsvRecord, { columns, symbol, timestampUnit }: CsvMarketChoice) {
    this.#names = cells.map((cell) => cell.trim());
    this.#width = cells.length;
    this.#symbol = symbol;
    this.#unit = timestampUnit;
    const at = Object.fromEntries(
      MARKET_COLUMNS.map((column) => [column, this.#find(line, column, columns[column])]),
    ) as Record<MarketColumn, number>;
    this.#at = at;
    if (at.timestamp < 0) throw new CsvError(line, this.#missing('the time', 'timestamp'));
    if (at.symbol < 0 && symbol === '') throw new CsvError(line, this.#missing('the symbol', 'symbol'));
    if (at.price < 0 && at.close < 0 && (at.bid < 0 || at.ask < 0))
      throw new CsvError(line, this.#missing('the price', 'price'));
  }

  /** Throws a CsvError that names the column and what stands there. */
  parse(record: CsvRecord): MarketTick {
    const { line, cells } = record;
    if (cells.length !== this.#width)
      throw new CsvError(line, `there must be ${this.#width} cells, as in the header, was ${cells.length}`);
    const bid = this.#number(record, 'bid');
    const ask = this.#number(record, 'ask');
    const close = this.#number(record, 'close');
    const tick: MarketTick = {
      symbol: this.#symbolOf(record),
      timestampMs: this.#timestampMs(record),
      price: this.#number(record, 'price') ?? close ?? middleOf(bid, ask) ?? Number.NaN,
      size: this.#number(record, 'size') ?? 0,
      bid,
      ask,
      open: this.#number(record, 'open'),
      high: this.#number(record, 'high'),
      low: this.#number(record, 'low'),
      close,
      volume: this.#number(record, 'volume'),
    };
    const fault = tickFault(tick);
    if (fault !== undefined) throw new CsvError(line, this.#inColumns(fault));
    return tick;
  }

  #find(line: number, column: MarketColumn, chosen = ''): number {
    if (chosen === '')
      return this.#names.findIndex((name) => USUAL_NAMES[column].includes(name.toLowerCase()));
    const index = this.#names.indexOf(chosen);
    if (index >= 0) return index;
    const names = this.#names.join(', ');
    throw new CsvError(line, `columns.${column} must be one of ${names}, was ${JSON.stringify(chosen)}`);
  }

  #missing(what: string, column: MarketColumn): string {
    return `no column tells ${what}: columns.${column} must be one of ${this.#names.join(', ')}`;
  }

  /** The text of a cell; empty where there is no such column. */
  #cell({ cells }: CsvRecord, column: MarketColumn): string {
    const index = this.#at[column];
    return index < 0 ? '' : (cells[index] as string).trim();
  }

  #number(record: CsvRecord, column: MarketColumn): number | undefined {
    const text = this.#cell(record, column);
    if (text === '') return undefined;
    const value = Number(text);
    if (Number.isFinite(value)) return value;
    throw this.#broken(record, column, 'a number');
  }

  #symbolOf(record: CsvRecord): string {
    if (this.#at.symbol < 0) return this.#symbol;
    const symbol = this.#cell(record, 'symbol');
    if (SYMBOL.test(symbol)) return symbol;
    throw this.#broken(record, 'symbol', `a symbol (${SYMBOL.source})`);
  }

  #timestampMs(record: CsvRecord): number {
    const timestampUs = parseTimestampUs(this.#cell(record, 'timestamp'), this.#unit);
    if (timestampUs !== undefined) return timestampUs / 1000;
    const wanted = this.#unit === 'iso' ? 'an ISO 8601 time' : `a time in ${this.#unit} since 1970`;
    throw this.#broken(record, 'timestamp', wanted);
  }

  #broken(record: CsvRecord, column: MarketColumn, wanted: string): CsvError {
    const name = JSON.stringify(this.#names[this.#at[column]]);
    return new CsvError(
      record.line,
      `column ${name} must be ${wanted}, was ${JSON.stringify(this.#cell(record, column))}`,
    );
  }

  /** A fault with the name that the column has in this file. */
  #inColumns(fault: string): string {
    const field = fault.slice(0, fault.indexOf(' ')) as MarketColumn;
    const name = this.#names[this.#at[field]];
    return name === undefined ? fault : `column ${JSON.stringify(name)}${fault.slice(field.length)}`;
  }
}

function middleOf(bid: number | undefined, ask: number | undefined): number | undefined {
  return bid === undefined || ask === undefined ? undefined : (bid + ask) / 2;
}
