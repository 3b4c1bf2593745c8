/** One record of a CSV text. */
export interface CsvRecord {
  /** Where it begins, counted from 1. */
  readonly line: number;
  readonly cells: readonly string[];
}

/** A fault in the text, with the line where its record begins. */
export class CsvError extends Error {
  override readonly name = 'CsvError';
  readonly line: number;

  constructor(line: number, message: string) {
    super(message);
    this.line = line;
  }
}

/** A record that is longer than this is a quote that was never closed. */
const LONGEST_RECORD = 1024 * 1024;

/**
 * Cuts CSV text into records as RFC 4180 has it: cells may be quoted, quoted cells may hold delimiters, doubled
 * quotes and line ends. Lines end in LF or CRLF; empty lines are no records. The text comes in pieces of any size.
 */
export class CsvRecords {
  readonly #delimiter: string;
  #rest = '';
  /** Lines of a record whose quote is still open. */
  #open = '';
  #line = 0;
  #openLine = 0;

  constructor(delimiter: string) {
    this.#delimiter = delimiter;
  }

  /** The records that a further piece of text completes. A faulty one is answered as an error in its place. */
  push(text: string): (CsvRecord | CsvError)[] {
    const lines = (this.#rest + text).split('\n');
    this.#rest = lines.pop() ?? '';
    const records = lines.flatMap((line) => this.#takeLine(line));
    if (this.#rest.length + this.#open.length <= LONGEST_RECORD) return records;
    return [...records, this.#giveUp()];
  }

  /** The record that the end of the text completes. */
  end(): (CsvRecord | CsvError)[] {
    const records = this.#rest === '' ? [] : this.#takeLine(this.#rest);
    this.#rest = '';
    if (this.#open === '') return records;
    return [...records, this.#giveUp()];
  }

  #giveUp(): CsvError {
    const line = this.#open === '' ? this.#line + 1 : this.#openLine;
    const quoted = this.#open !== '' || this.#rest.includes('"');
    this.#open = '';
    this.#rest = '';
    return new CsvError(
      line,
      quoted ? 'a quote is not closed' : `a line must have at most ${LONGEST_RECORD} characters`,
    );
  }

  #takeLine(line: string): (CsvRecord | CsvError)[] {
    this.#line++;
    if (this.#open === '') this.#openLine = this.#line;
    const record = this.#open + line;
    // Quotes come in pairs, doubled ones too: an odd number in all means that the record goes on.
    const oddHere = countQuotes(line) % 2 === 1;
    if (oddHere !== (this.#open !== '')) {
      this.#open = `${record}\n`;
      return [];
    }
    this.#open = '';
    const text = record.endsWith('\r') ? record.slice(0, -1) : record;
    if (text === '') return [];
    try {
      return [{ line: this.#openLine, cells: splitRecord(text, this.#delimiter) }];
    } catch (error) {
      return [new CsvError(this.#openLine, (error as Error).message)];
    }
  }
}

function countQuotes(text: string): number {
  let count = 0;
  for (let at = text.indexOf('"'); at >= 0; at = text.indexOf('"', at + 1)) count++;
  return count;
}

function splitRecord(text: string, delimiter: string): string[] {
  if (!text.includes('"')) return text.split(delimiter);
  const cells: string[] = [];
  for (let at = 0; at <= text.length; ) {
    const end = text[at] === '"' ? endOfQuoted(text, at) : endOfPlain(text, at, delimiter);
    const cell = text.slice(at, end);
    cells.push(text[at] === '"' ? cell.slice(1, -1).replaceAll('""', '"') : cell);
    if (end < text.length && text[end] !== delimiter) {
      throw new Error(
        `a delimiter must follow the closing quote of cell ${cells.length}, was ${JSON.stringify(text[end])}`,
      );
    }
    at = end + 1;
  }
  return cells;
}

function endOfPlain(text: string, at: number, delimiter: string): number {
  const end = text.indexOf(delimiter, at);
  return end < 0 ? text.length : end;
}

function endOfQuoted(text: string, at: number): number {
  let end = text.indexOf('"', at + 1);
  while (text[end + 1] === '"') end = text.indexOf('"', end + 2);
  return end < 0 ? text.length : end + 1;
}
