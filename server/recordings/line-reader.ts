import { openText } from './open-text.ts';

/** A line that is longer than this is no text of lines. */
const LONGEST_LINE = 16 * 1024 * 1024;

/** The lines of a file, read as they are asked for; a name that ends in .gz is unpacked. Empty lines are passed over. */
export class LineReader {
  readonly #chunks: AsyncGenerator<string, void>;
  #lines: string[] = [];
  #at = 0;
  #rest = '';
  #ended = false;
  #line = 0;

  constructor(path: string) {
    this.#chunks = openText(path);
  }

  /** Of the line that was answered last, counted from 1. */
  get line(): number {
    return this.#line;
  }

  /** Undefined at the end. Throws the system's error, and one for a line without end. */
  async next(): Promise<string | undefined> {
    for (;;) {
      while (this.#at < this.#lines.length) {
        const line = this.#lines[this.#at++] as string;
        this.#line++;
        if (line.trim() !== '') return line;
      }
      if (this.#ended) return undefined;
      await this.#readChunk();
    }
  }

  async close(): Promise<void> {
    await this.#chunks.return();
  }

  async #readChunk(): Promise<void> {
    const { value, done } = await this.#chunks.next();
    this.#at = 0;
    if (done) {
      this.#ended = true;
      this.#lines = this.#rest === '' ? [] : [this.#rest];
      return;
    }
    this.#lines = (this.#rest + value).split('\n');
    this.#rest = this.#lines.pop() ?? '';
    if (this.#rest.length > LONGEST_LINE)
      throw new Error(`a line must have at most ${LONGEST_LINE} characters`);
  }
}
