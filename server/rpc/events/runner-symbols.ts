import type { Event } from '../../../gen/ts/streamlib/v1/event_pb.ts';

/**
 * The symbols of the runners, learned from the events that name both: every tick does, and comes before what follows
 * from it, so that the other events of a runner can be told by its symbol as well. One entry for each runner there is.
 */
export class RunnerSymbols {
  readonly #symbols = new Map<string, string>();

  /**
   * Takes the next event and answers the symbol that it is about, also where it does not name it; undefined where it is
   * about none, or about a runner of which nothing was told yet.
   */
  symbolOf({ payload }: Event): string | undefined {
    const { runnerId, symbol } = (payload.value ?? {}) as { runnerId?: unknown; symbol?: unknown };
    if (typeof runnerId !== 'string') return typeof symbol === 'string' ? symbol : undefined;
    if (typeof symbol === 'string') {
      this.#symbols.set(runnerId, symbol);
      return symbol;
    }
    const known = this.#symbols.get(runnerId);
    if (payload.case === 'runnerRemoved') this.#symbols.delete(runnerId);
    return known;
  }
}
