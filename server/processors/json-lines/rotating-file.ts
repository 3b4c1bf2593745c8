import { closeSync, existsSync, fstatSync, openSync, renameSync, rmSync } from 'node:fs';
import { appendTo, endsInsideLine, openToAppend } from '../append-file.ts';

/** How large a rotating file and its predecessors may become. */
export interface RotationLimits {
  readonly maxBytes: number;
  /** Earlier files that are kept beside the current one, as `path.1` (the newest) to `path.{n}`. */
  readonly keepFiles: number;
}

/**
 * A text file that is appended to and set aside when it is full, so that all of its generations together never
 * exceed `maxBytes` times (`keepFiles` + 1). Every write goes to the operating system at once.
 */
export class RotatingFile {
  limits: RotationLimits;
  readonly #path: string;
  #file: number | undefined;
  #bytes: number;

  /** Goes on with an existing file; makes missing folders. Throws the system's error. */
  constructor(path: string, limits: RotationLimits) {
    this.#path = path;
    this.limits = limits;
    this.#file = openToAppend(path);
    this.#bytes = fstatSync(this.#file).size;
    // What a crash cut off stays a line of its own.
    if (endsInsideLine(this.#file)) this.#append(Buffer.from('\n'));
  }

  /** Appends whole lines. Answers false, with nothing written, for a text that is larger than a whole file may be. */
  write(text: string): boolean {
    const bytes = Buffer.from(text);
    if (bytes.length > this.limits.maxBytes) return false;
    if (this.#bytes + bytes.length > this.limits.maxBytes) this.#rotate();
    this.#append(bytes);
    return true;
  }

  close(): void {
    if (this.#file !== undefined) closeSync(this.#file);
    this.#file = undefined;
  }

  #append(bytes: Buffer): void {
    appendTo(this.#file as number, bytes);
    this.#bytes += bytes.length;
  }

  #rotate(): void {
    const { keepFiles } = this.limits;
    this.close();
    // The oldest, and what a larger keep_files has left.
    for (let age = Math.max(1, keepFiles); existsSync(`${this.#path}.${age}`); age++)
      rmSync(`${this.#path}.${age}`);
    for (let age = keepFiles - 1; age >= 1; age--)
      renameIfPresent(`${this.#path}.${age}`, `${this.#path}.${age + 1}`);
    if (keepFiles > 0) renameSync(this.#path, `${this.#path}.1`);
    this.#file = openSync(this.#path, 'w+');
    this.#bytes = 0;
  }
}

function renameIfPresent(from: string, to: string): void {
  try {
    renameSync(from, to);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
}
