import { CsvError, type CsvRecord } from '../../recordings/csv-records.ts';
import { parseTimestampUs, type TimestampUnit } from '../../recordings/parse-timestamp.ts';

/** Which columns matter, as the user says it. */
export interface CsvColumnChoice {
  /** Empty for none. */
  readonly timestampColumn: string;
  readonly timestampUnit: TimestampUnit;
  /** Empty for all that hold numbers. */
  readonly channels: readonly string[];
}

/** One record as numbers. */
export interface CsvRow {
  readonly timestampUs: number | undefined;
  /** In the order of `channelNames`; NaN where a cell is empty. */
  readonly values: readonly number[];
}

interface Column {
  readonly name: string;
  readonly index: number;
}

/** Text that stands for a missing value. */
const MISSING = new Set(['', 'NaN', 'nan', 'NA', 'null']);

/** What the columns of a CSV file are, from its header and its first record. */
export class CsvColumns {
  readonly #width: number;
  readonly #timestamp: Column | undefined;
  readonly #unit: TimestampUnit;
  readonly #channels: readonly Column[];

  /** Throws a CsvError for a header that does not name its columns or not those of the choice. */
  constructor(header: CsvRecord, first: CsvRecord | undefined, choice: CsvColumnChoice) {
    const columns = header.cells.map((cell, index) => ({ name: cell.trim(), index }));
    this.#width = columns.length;
    checkNames(header, columns);
    this.#unit = choice.timestampUnit;
    this.#timestamp =
      choice.timestampColumn === '' ? undefined : find(header, columns, choice.timestampColumn);
    const others = columns.filter((column) => column !== this.#timestamp);
    this.#channels =
      choice.channels.length > 0
        ? choice.channels.map((name) => find(header, columns, name))
        : others.filter(({ index }) => toNumber(first?.cells[index] ?? '') !== undefined);
    if (this.#channels.length === 0) throw new CsvError(header.line, 'no column holds numbers');
  }

  get channelNames(): readonly string[] {
    return this.#channels.map(({ name }) => name);
  }

  /** Reads the numbers of a record. Throws a CsvError that names the column and what stands there. */
  parse(record: CsvRecord): CsvRow {
    const { line, cells } = record;
    if (cells.length !== this.#width) {
      throw new CsvError(line, `there must be ${this.#width} cells, as in the header, was ${cells.length}`);
    }
    const values = this.#channels.map((column) => {
      const value = toNumber(cells[column.index] as string);
      if (value === undefined) throw broken(record, column, 'a number');
      return value;
    });
    return { timestampUs: this.#timestampOf(record), values };
  }

  #timestampOf(record: CsvRecord): number | undefined {
    const column = this.#timestamp;
    if (column === undefined) return undefined;
    const timestampUs = parseTimestampUs(record.cells[column.index] as string, this.#unit);
    const wanted = this.#unit === 'iso' ? 'an ISO 8601 time' : `a time in ${this.#unit} since 1970`;
    if (timestampUs === undefined) throw broken(record, column, wanted);
    return timestampUs;
  }
}

function checkNames({ line }: CsvRecord, columns: readonly Column[]): void {
  const seen = new Set<string>();
  for (const { name, index } of columns) {
    if (name === '') throw new CsvError(line, `column ${index + 1} has no name`);
    if (seen.has(name)) throw new CsvError(line, `two columns are called ${JSON.stringify(name)}`);
    seen.add(name);
  }
}

function find({ line }: CsvRecord, columns: readonly Column[], name: string): Column {
  const column = columns.find((candidate) => candidate.name === name);
  if (column !== undefined) return column;
  const names = columns.map((candidate) => candidate.name).join(', ');
  throw new CsvError(line, `a column must be one of ${names}, was ${JSON.stringify(name)}`);
}

function toNumber(text: string): number | undefined {
  const trimmed = text.trim();
  if (MISSING.has(trimmed)) return Number.NaN;
  const value = Number(trimmed);
  return Number.isFinite(value) ? value : undefined;
}

function broken({ line, cells }: CsvRecord, { name, index }: Column, wanted: string): CsvError {
  return new CsvError(
    line,
    `column ${JSON.stringify(name)} must be ${wanted}, was ${JSON.stringify(cells[index])}`,
  );
}
