import type { StreamlibError } from '../errors.ts';
import type { Logger } from '../log.ts';

/** How often errors that a processor survives are logged. */
const INTERVAL_US = 1_000_000;

/** Logs the errors that an error policy took care of, one a second: a processor may throw with every frame. */
export class ErrorLog {
  readonly #log: Logger;
  #nextUs = Number.NEGATIVE_INFINITY;
  #unlogged = 0;

  constructor(log: Logger) {
    this.#log = log;
  }

  write(failure: StreamlibError, fields: Readonly<Record<string, string>>, nowUs: number): void {
    if (nowUs < this.#nextUs) {
      this.#unlogged++;
      return;
    }
    const isAll = this.#unlogged === 0;
    this.#log.error(
      failure.message,
      isAll ? fields : { ...fields, errors_not_logged: String(this.#unlogged) },
    );
    this.#nextUs = nowUs + INTERVAL_US;
    this.#unlogged = 0;
  }
}
