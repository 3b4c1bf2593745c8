import { fileError } from '../../recordings/file-error.ts';
import { LineReader } from '../../recordings/line-reader.ts';
import type { RecordReader } from '../../recordings/recording.ts';
import { StreamlibError } from '../../runtime/errors.ts';
import type { Logger } from '../../runtime/log.ts';
import { type FrameRecord, parseFrameRecord } from './frame-record.ts';

/** What a reader of frames reads, and how. */
export interface FrameRecordReaderOptions {
  readonly path: string;
  /** Whether broken lines are counted and left out instead of thrown. */
  readonly skipBroken: boolean;
  readonly log: Logger;
}

/** The data frames of a file of JSON lines. */
export class FrameRecordReader implements RecordReader<FrameRecord> {
  readonly #options: FrameRecordReaderOptions;
  readonly #lines: LineReader;
  #text: string | undefined;
  #next: FrameRecord | undefined;
  #skipped = 0;

  constructor(options: FrameRecordReaderOptions) {
    this.#options = options;
    this.#lines = new LineReader(options.path);
  }

  /** Begins to read. Throws SETUP_FAILED where that cannot be. */
  async open(): Promise<void> {
    try {
      this.#text = await this.#lines.next();
    } catch (cause) {
      throw fileError('read the file', this.#options.path, cause);
    }
  }

  async peek(): Promise<FrameRecord | undefined> {
    while (this.#next === undefined) {
      const text = this.#text ?? (await this.#read());
      this.#text = undefined;
      if (text === undefined) return undefined;
      this.#next = this.#parse(text);
    }
    return this.#next;
  }

  take(): void {
    this.#next = undefined;
  }

  async close(): Promise<void> {
    const { path, log } = this.#options;
    if (this.#skipped > 0) log.warn('broken lines were skipped', { path, lines: this.#skipped });
    await this.#lines.close();
  }

  async #read(): Promise<string | undefined> {
    try {
      return await this.#lines.next();
    } catch (cause) {
      throw fileError('read the file', this.#options.path, cause, 'PROCESS_FAILED');
    }
  }

  #parse(text: string): FrameRecord | undefined {
    try {
      return parseFrameRecord(text);
    } catch (cause) {
      const { path, skipBroken, log } = this.#options;
      const { line } = this.#lines;
      const said = (cause as Error).message;
      if (!skipBroken) {
        const details = { file: path, line: String(line) };
        throw new StreamlibError('PROCESS_FAILED', `${path}, line ${line}: ${said}`, {
          path: 'config.path',
          details,
          cause,
        });
      }
      if (this.#skipped++ === 0) log.warn(`a broken line is skipped: ${said}`, { path, line });
      return undefined;
    }
  }
}
