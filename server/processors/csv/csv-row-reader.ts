import { CsvError, type CsvRecord } from '../../recordings/csv-records.ts';
import { fileError } from '../../recordings/file-error.ts';
import { readCsv } from '../../recordings/read-csv.ts';
import type { RecordReader } from '../../recordings/recording.ts';
import { StreamlibError } from '../../runtime/errors.ts';
import type { Logger } from '../../runtime/log.ts';
import { type CsvColumnChoice, CsvColumns, type CsvRow } from './csv-columns.ts';

/** What a row reader reads, and how. */
export interface CsvRowReaderOptions {
  readonly path: string;
  readonly delimiter: string;
  readonly choice: CsvColumnChoice;
  /** Whether broken records are counted and left out instead of thrown. */
  readonly skipBroken: boolean;
  readonly log: Logger;
}

/** The rows of a CSV file, one after the other. Open it first and close it after use. */
export class CsvRowReader implements RecordReader<CsvRow> {
  readonly #options: CsvRowReaderOptions;
  readonly #batches: AsyncGenerator<(CsvRecord | CsvError)[], void>;
  #batch: (CsvRecord | CsvError)[] = [];
  #at = 0;
  #columns!: CsvColumns;
  #next: CsvRow | undefined;
  #skipped = 0;

  constructor(options: CsvRowReaderOptions) {
    this.#options = options;
    this.#batches = readCsv(options.path, options.delimiter);
  }

  /** Reads the header and answers the names of the channels. Throws SETUP_FAILED. */
  async open(): Promise<readonly string[]> {
    const { path, choice } = this.#options;
    try {
      const header = await this.#peekRecord();
      if (header === undefined) throw new Error('it has no header row');
      if (header instanceof CsvError) throw header;
      this.#at++;
      const first = await this.#peekRecord();
      this.#columns = new CsvColumns(header, first instanceof CsvError ? undefined : first, choice);
    } catch (cause) {
      const place = cause instanceof CsvError ? ` at line ${cause.line}` : '';
      throw fileError('read the CSV file', path + place, cause);
    }
    return this.#columns.channelNames;
  }

  /** The next row, again and again until it is taken; undefined at the end. Throws PROCESS_FAILED. */
  async peek(): Promise<CsvRow | undefined> {
    while (this.#next === undefined) {
      const record = await this.#readRecord();
      if (record === undefined) return undefined;
      this.#next = this.#parse(record);
      this.#at++;
    }
    return this.#next;
  }

  take(): void {
    this.#next = undefined;
  }

  async close(): Promise<void> {
    const { path, log } = this.#options;
    if (this.#skipped > 0) log.warn('broken CSV records were skipped', { path, records: this.#skipped });
    await this.#batches.return();
  }

  async #readRecord(): Promise<CsvRecord | CsvError | undefined> {
    try {
      return await this.#peekRecord();
    } catch (cause) {
      throw fileError('read the CSV file', this.#options.path, cause, 'PROCESS_FAILED');
    }
  }

  async #peekRecord(): Promise<CsvRecord | CsvError | undefined> {
    while (this.#at >= this.#batch.length) {
      const batch = await this.#batches.next();
      if (batch.done) return undefined;
      this.#batch = batch.value;
      this.#at = 0;
    }
    return this.#batch[this.#at];
  }

  #parse(record: CsvRecord | CsvError): CsvRow | undefined {
    try {
      if (record instanceof CsvError) throw record;
      return this.#columns.parse(record);
    } catch (cause) {
      this.#judge(cause as CsvError);
      return undefined;
    }
  }

  #judge(cause: CsvError): void {
    const { path, skipBroken, log } = this.#options;
    const line = String(cause.line);
    if (!skipBroken) {
      const text = `${path}, line ${line}: ${cause.message}`;
      throw new StreamlibError('PROCESS_FAILED', text, {
        path: 'config.path',
        details: { file: path, line },
        cause,
      });
    }
    if (this.#skipped++ === 0)
      log.warn(`a broken CSV record is skipped: ${cause.message}`, { path, line: cause.line });
  }
}
