import { wallClockMs } from '../clock.ts';
import type { JsonObject } from '../json.ts';
import type { Logger, LogRecord } from '../log.ts';
import { LOG_LEVELS, type LogLevel } from '../vocabulary.ts';

/** How many lines may wait for the end of a turn; what is logged beyond is counted and reported as one line. */
const LIMIT = 2_000;

/** Collects the log lines of a lane, to be sent once per turn. */
export class LaneLog {
  readonly #levels: Readonly<Record<string, LogLevel | 'silent'>>;
  readonly #onPending: () => void;
  #records: LogRecord[] = [];
  #lost = 0;

  constructor(levels: Readonly<Record<string, LogLevel | 'silent'>>, onPending: () => void) {
    this.#levels = levels;
    this.#onPending = onPending;
  }

  /** The logger of one part of the lane. */
  logger(area: string, processorId = ''): Logger {
    const least = this.#levels[area] ?? this.#levels[''] ?? 'info';
    const threshold = least === 'silent' ? LOG_LEVELS.length : LOG_LEVELS.indexOf(least);
    const at = (level: LogLevel) =>
      LOG_LEVELS.indexOf(level) < threshold
        ? () => {}
        : (message: string, fields?: JsonObject) =>
            this.#add({ level, area, processorId, message, fields, timeMs: wallClockMs() });
    return { trace: at('trace'), debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
  }

  /** The lines since the last call. */
  take(): LogRecord[] {
    const records = this.#records;
    if (records.length === 0) return records;
    this.#records = [];
    if (this.#lost > 0) {
      const message = `${this.#lost} log lines of one turn were left out`;
      records.push({ level: 'warn', area: 'runtime', processorId: '', message, timeMs: wallClockMs() });
      this.#lost = 0;
    }
    return records;
  }

  #add(record: LogRecord): void {
    if (this.#records.length >= LIMIT) this.#lost++;
    else if (this.#records.push(record) === 1) this.#onPending();
  }
}
