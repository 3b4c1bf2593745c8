import { closeSync, fstatSync, readSync } from 'node:fs';
import { appendTo, endsInsideLine, openToAppend } from '../append-file.ts';

/** A CSV file that is appended to. Every write goes to the operating system at once. */
export class CsvFile {
  readonly #delimiter: string;
  readonly #file: number;

  /** Opens or makes it, and missing folders. Throws the system's error. */
  constructor(path: string, delimiter: string) {
    this.#delimiter = delimiter;
    this.#file = openToAppend(path);
  }

  /** Writes the header where the file is empty. Throws where it has another one. */
  begin(names: readonly string[]): void {
    const header = names.map((name) => this.#quoted(name)).join(this.#delimiter);
    const { size } = fstatSync(this.#file);
    if (size === 0) {
      this.#append(`${header}\n`);
      return;
    }
    const present = Buffer.alloc(Math.min(size, Buffer.byteLength(header) + 2));
    readSync(this.#file, present, 0, present.length, 0);
    const text = present.toString();
    if (!text.startsWith(`${header}\n`) && !text.startsWith(`${header}\r\n`)) {
      const was = JSON.stringify(text.trimEnd());
      throw new Error(`its header must be ${JSON.stringify(header)}, the file begins with ${was}`);
    }
    // What a crash cut off stays a record of its own.
    if (endsInsideLine(this.#file)) this.#append('\n');
  }

  /** Numbers that are not finite become empty cells. */
  write(records: readonly (readonly number[])[]): void {
    const lines = records.map((record) =>
      record.map((value) => (Number.isFinite(value) ? String(value) : '')).join(this.#delimiter),
    );
    if (lines.length > 0) this.#append(`${lines.join('\n')}\n`);
  }

  close(): void {
    closeSync(this.#file);
  }

  #quoted(name: string): string {
    const isPlain = !name.includes('"') && !name.includes(this.#delimiter) && !/[\r\n]/.test(name);
    return isPlain ? name : `"${name.replaceAll('"', '""')}"`;
  }

  #append(text: string): void {
    appendTo(this.#file, Buffer.from(text));
  }
}
