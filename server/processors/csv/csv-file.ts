import { closeSync, fstatSync, mkdirSync, openSync, readSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';

/** A CSV file that is appended to. Every write goes to the operating system at once. */
export class CsvFile {
  readonly #delimiter: string;
  readonly #file: number;

  /** Opens or makes it, and missing folders. Throws the system's error. */
  constructor(path: string, delimiter: string) {
    this.#delimiter = delimiter;
    mkdirSync(dirname(path), { recursive: true });
    this.#file = openSync(path, 'a+');
    if (fstatSync(this.#file).isFile()) return;
    this.close();
    throw new Error('it is not a file');
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
    const [line] = present.toString().split(/\r?\n/);
    if (line !== header)
      throw new Error(`its header must be ${JSON.stringify(header)}, was ${JSON.stringify(line)}…`);
    const last = Buffer.alloc(1);
    readSync(this.#file, last, 0, 1, size - 1);
    // What a crash cut off stays a record of its own.
    if (last[0] !== 0x0a) this.#append('\n');
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
    const bytes = Buffer.from(text);
    for (let done = 0; done < bytes.length; ) done += writeSync(this.#file, bytes, done);
  }
}
