import {
  closeSync,
  existsSync,
  fstatSync,
  mkdirSync,
  openSync,
  readSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';

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
    mkdirSync(dirname(path), { recursive: true });
    this.#file = openSync(path, 'a+');
    const stat = fstatSync(this.#file);
    if (!stat.isFile()) {
      this.close();
      throw new Error('it is not a file');
    }
    this.#bytes = stat.size;
    if (this.#endsInsideLine()) this.#append(Buffer.from('\n'));
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

  /** What a crash cut off stays a line of its own. */
  #endsInsideLine(): boolean {
    const last = Buffer.alloc(1);
    return (
      this.#bytes > 0 && readSync(this.#file as number, last, 0, 1, this.#bytes - 1) === 1 && last[0] !== 0x0a
    );
  }

  #append(bytes: Buffer): void {
    for (let done = 0; done < bytes.length; ) done += writeSync(this.#file as number, bytes, done);
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
