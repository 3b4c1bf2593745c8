import pino from 'pino';
import { StreamlibError } from './errors.ts';
import type { JsonObject } from './json.ts';
import type { Logger, LogRecord } from './log.ts';
import { LOG_LEVELS, type LogLevel } from './vocabulary.ts';

/** The level of each area; '' is every area that is not named. */
export type LogLevels = Readonly<Record<string, LogLevel | 'silent'>>;

const LEVELS: ReadonlySet<string> = new Set([...LOG_LEVELS.slice(1), 'silent']);

/**
 * Reads `STREAMLIB_LOG`: a level, and levels of areas, as in `info,runtime=debug,processors=trace`. Default `info`.
 * Throws FIELD_INVALID naming the part that it does not understand.
 */
export function parseLogLevels(text: string): LogLevels {
  const levels: Record<string, LogLevel | 'silent'> = { '': 'info' };
  for (const part of text.split(',').map((piece) => piece.trim())) {
    if (part === '') continue;
    const [area, level] = part.includes('=') ? part.split('=', 2) : ['', part];
    if (area === undefined || level === undefined || !LEVELS.has(level)) {
      const message = `STREAMLIB_LOG must be levels (${[...LEVELS].join(', ')}) as in "info,runtime=debug", was ${JSON.stringify(part)}`;
      throw new StreamlibError('FIELD_INVALID', message, { path: 'STREAMLIB_LOG' });
    }
    levels[area] = level as LogLevel | 'silent';
  }
  return levels;
}

/** Whether a line of this area and level is to be written. */
export function isLogged(levels: LogLevels, area: string, level: LogLevel): boolean {
  const threshold = levels[area] ?? levels[''] ?? 'info';
  return threshold !== 'silent' && LOG_LEVELS.indexOf(level) >= LOG_LEVELS.indexOf(threshold);
}

/** The log of a process: JSON lines on standard error. The runtime's thread only. */
export interface Log {
  readonly levels: LogLevels;
  /** A logger of one area of this thread. */
  area(name: string): Logger;
  /** Writes what other threads logged. */
  write(records: readonly LogRecord[]): void;
}

/** Opens the log; `destination` is a file descriptor, default standard error. */
export function createLog(levels: LogLevels, destination = 2): Log {
  // pino's own threshold stays open: areas decide, on the thread where the line is made.
  const sink = pino(
    { level: 'trace', base: { pid: process.pid } },
    pino.destination({ dest: destination, sync: true }),
  );

  function areaLogger(name: string): Logger {
    const at = (level: LogLevel) => (message: string, fields?: JsonObject) => {
      if (isLogged(levels, name, level)) sink[level]({ area: name, ...fields }, message);
    };
    return { trace: at('trace'), debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
  }

  return {
    levels,
    area: areaLogger,
    write(records) {
      for (const { level, area, processorId, message, fields, timeMs } of records) {
        sink[level]({ area, processor_id: processorId, at: timeMs, ...fields }, message);
      }
    },
  };
}
