import { DurationHistogram, type DurationSummary } from '../../runtime/duration-histogram.ts';
import type { JsonObject } from '../../runtime/json.ts';
import type { RunEvent } from '../session/strategy-run.ts';

/** What a runner counts; the names are those of the API. */
const COUNTERS = [
  'ticksProcessed',
  'actionsExecuted',
  'errors',
  'stateTransitions',
  'ordersSubmitted',
  'ordersFilled',
  'ordersRejected',
  'ordersCanceled',
  'ordersRefused',
  'gaps',
  'ticksOutOfOrder',
  'ticksDuplicate',
  'ticksInvalid',
] as const;
type Counter = (typeof COUNTERS)[number];

/** Counts of a runner since it was created, and durations since it was started last. */
export type RunnerFigures = Readonly<Record<Counter, number>> & {
  readonly callbackTime: DurationSummary;
  readonly tickLatency: DurationSummary;
};

/** Counts what a runner does. */
export class RunnerStatistics {
  readonly counts: Record<Counter, number>;
  readonly #callbackTime = new DurationHistogram();
  readonly #tickLatency = new DurationHistogram();

  constructor() {
    this.counts = Object.fromEntries(COUNTERS.map((name) => [name, 0])) as Record<Counter, number>;
  }

  /** `latencyUs`: from the receipt of the tick to the end of its processing; `callbackUs`: what of it was the strategy's. */
  tick(callbackUs: number, latencyUs: number): void {
    this.counts.ticksProcessed++;
    this.#callbackTime.record(callbackUs);
    this.#tickLatency.record(latencyUs);
  }

  count(events: readonly RunEvent[]): void {
    const { counts } = this;
    for (const event of events) {
      switch (event.kind) {
        case 'ActionExecuted':
          counts.actionsExecuted++;
          break;
        case 'StateTransition':
          counts.stateTransitions++;
          break;
        case 'OrderSubmitted':
          counts.ordersSubmitted++;
          break;
        case 'OrderFilled':
          if (event.order.state === 'Filled') counts.ordersFilled++;
          break;
        case 'OrderCanceled':
          counts.ordersCanceled++;
          break;
        case 'OrderRejected':
          // The gate refuses an order before it is submitted, the venue afterwards.
          if (event.refused) counts.ordersRefused++;
          else counts.ordersRejected++;
          break;
        case 'StrategyFault':
        case 'ActionInvalid':
          counts.errors++;
          break;
      }
    }
  }

  figures(): RunnerFigures {
    return {
      ...this.counts,
      callbackTime: this.#callbackTime.summary(),
      tickLatency: this.#tickLatency.summary(),
    };
  }

  state(): JsonObject {
    return { ...this.counts };
  }

  goOn(state: JsonObject): void {
    for (const name of COUNTERS) this.counts[name] = Number(state[name] ?? 0);
  }
}
