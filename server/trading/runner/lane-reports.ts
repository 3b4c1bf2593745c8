import type { RuntimeContext } from '../../runtime/processor.ts';
import type { RunnerStand } from '../risk/engine-risk.ts';
import type { RunnerEvent } from './runner-event.ts';
import type { RunnerAnswer, RunnerRemains, RunnerReport } from './runner-messages.ts';

type Sender = Pick<RuntimeContext, 'runOnMainAsync' | 'log'>;

/** Events that may wait in a lane for its next turn; a full batch is sent at once. */
const EVENTS_PER_BATCH = 1024;

/**
 * The reports of all runners of a lane, sent to the runtime's thread as one message per turn of the lane: at thousands of
 * ticks a second the messages cost more than the ticks.
 */
export class LaneReports {
  readonly #reports = new Map<string, RunnerReport>();
  #events = 0;
  #isDue = false;

  /** Adds what a runner has to tell; `sender` is the context of its processor. */
  add(key: string, events: readonly RunnerEvent[], sender: Sender): void {
    if (events.length === 0) return;
    this.#reportOf(key).events.push(...events);
    this.#events += events.length;
    if (this.#events >= EVENTS_PER_BATCH) this.flush(sender);
    else this.#flushSoon(sender);
  }

  /** How a runner stands now. */
  stand(key: string, stand: RunnerStand, sender: Sender): void {
    this.#reportOf(key).stand = stand;
    this.#flushSoon(sender);
  }

  /** Sent at once, behind what happened before: an answer that waited would seem to know what came after it. */
  answer(key: string, answer: RunnerAnswer, sender: Sender): void {
    this.#reportOf(key).answers.push(answer);
    this.flush(sender);
  }

  /** The last word of a runner, which is sent at once, since its context ends with it. */
  leave(key: string, last: RunnerRemains | undefined, sender: Sender): void {
    if (last !== undefined) this.#reportOf(key).last = last;
    this.flush(sender);
  }

  /** Sends what there is. */
  flush(sender: Sender): void {
    if (this.#reports.size === 0) return;
    const batch = [...this.#reports.values()];
    this.#reports.clear();
    this.#events = 0;
    sender.runOnMainAsync('reportRunners', batch).catch((error) => {
      sender.log.error(`what runners did is not known: ${String(error)}`);
    });
  }

  #reportOf(key: string): RunnerReport {
    let report = this.#reports.get(key);
    if (report === undefined) {
      report = { key, events: [], answers: [] };
      this.#reports.set(key, report);
    }
    return report;
  }

  #flushSoon(sender: Sender): void {
    if (this.#isDue) return;
    this.#isDue = true;
    setImmediate(() => {
      this.#isDue = false;
      this.flush(sender);
    });
  }
}
