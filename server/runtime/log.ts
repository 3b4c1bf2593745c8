import type { JsonObject } from './json.ts';
import type { LogLevel } from './vocabulary.ts';

/** Five levels; a level that is off costs a comparison. Fields are logged as JSON beside the text. */
export interface Logger {
  trace(message: string, fields?: JsonObject): void;
  debug(message: string, fields?: JsonObject): void;
  info(message: string, fields?: JsonObject): void;
  warn(message: string, fields?: JsonObject): void;
  error(message: string, fields?: JsonObject): void;
}

/** One log line on its way to the runtime's thread. */
export interface LogRecord {
  readonly level: LogLevel;
  /** The part of streamlib that speaks: `processors`, `runtime`, `rpc`, …. */
  readonly area: string;
  readonly processorId: string;
  readonly message: string;
  readonly fields?: JsonObject;
  /** Milliseconds since the Unix epoch. */
  readonly timeMs: number;
}
