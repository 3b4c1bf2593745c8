import type { Committer } from '../commit/committer.ts';
import { isUserProcessor, type ProcessorRecord, type Records } from '../commit/records.ts';
import { isFinalReason, type PlainError, StreamlibError } from '../errors.ts';
import type { EventLog } from '../events/event-log.ts';
import { RUNTIME_TOPIC } from '../events/topics.ts';
import { type Circuit, failuresOf } from '../lane/circuit-breaker.ts';
import type { Logger } from '../log.ts';
import { durationOfMs } from '../loop/views.ts';
import type { ProcessorState } from '../vocabulary.ts';
import { emitCircuitChange } from './circuit-event.ts';
import type { RestartBudget } from './restart-budget.ts';
import {
  NO_FAILURES,
  type RestartEvent,
  type RestartState,
  restartPolicyOf,
  stepRestart,
} from './restart-policy.ts';

/** What the supervisor acts on. */
export interface RestartSupervisorOptions {
  readonly records: Records;
  readonly committer: Pick<Committer, 'restart'>;
  readonly budget: RestartBudget;
  /** Does work between commits. */
  enqueue(work: () => Promise<unknown>): Promise<unknown>;
  /** Whether processors are hosted. */
  isLive(): boolean;
  /** Whether the runtime as a whole is paused. */
  isPaused(): boolean;
  /** Shows a state, and tells it. */
  setState(record: ProcessorRecord, state: ProcessorState, error?: PlainError): void;
  readonly events: EventLog;
  readonly log: Logger;
  /** A clock that never goes back. */
  monotonicMs(): number;
  /** Of the calendar. */
  wallMs(): number;
  /** From 0 up to 1. */
  random(): number;
}

/** A processor that has failed and does not come back by itself. */
export interface FinalFailure {
  readonly record: ProcessorRecord;
  readonly error: PlainError;
}

interface Waiting {
  /** What it failed with. */
  readonly error: PlainError;
  /** The restart policy that it waits by. */
  readonly policyText: string;
  timer: NodeJS.Timeout | undefined;
  /** Its time has come, and a pause holds it up. */
  isDue: boolean;
}

/**
 * Sets failed processors up again as their restart strategies say: the effects of `stepRestart`. A processor that waits
 * is `backoff` or `open`, and whatever else is decided for it meanwhile (a removal, a new config, a stop, a restart that
 * was asked for) ends the wait. A pause holds it up.
 *
 * ```
 *   failed ─▶ backoff ─┬▶ starting ─▶ running          the strategy or the budget is exhausted, or `never`:
 *      └────▶ open ────┘                               it stays failed, and the listeners are told
 * ```
 */
export class RestartSupervisor {
  readonly #options: RestartSupervisorOptions;
  readonly #states = new WeakMap<ProcessorRecord, RestartState>();
  readonly #waiting = new Map<ProcessorRecord, Waiting>();
  /** Failed in a commit of which it is not clear yet whether it is taken back. */
  readonly #undecided = new Set<ProcessorRecord>();
  /** Those that are being set up again by this. */
  readonly #returning = new Set<ProcessorRecord>();
  readonly #listeners = new Set<(failure: FinalFailure) => void>();

  constructor(options: RestartSupervisorOptions) {
    this.#options = options;
  }

  /** Calls a listener for each processor that has failed and does not come back by itself. */
  onFinalFailure(listener: (failure: FinalFailure) => void): Disposable {
    this.#listeners.add(listener);
    return { [Symbol.dispose]: () => this.#listeners.delete(listener) };
  }

  /** Takes note of a state that a processor has reached. */
  reached(record: ProcessorRecord, state: ProcessorState, error: PlainError | undefined): void {
    if (!isUserProcessor(record)) return;
    if (state === 'failed' && error !== undefined) this.failed(record, error);
    else if (state === 'running') this.#step(record, 'running');
    else if (state === 'starting' && !this.#returning.has(record)) this.forget(record);
  }

  /** Decides what becomes of a processor that has failed. One whose edit may be taken back is decided on after that. */
  failed(record: ProcessorRecord, error: PlainError): void {
    if (record.isActivated) this.#decide(record, error);
    else this.#undecided.add(record);
  }

  /** The first call of a probe succeeded. */
  proved(record: ProcessorRecord): void {
    this.#step(record, 'proved');
    record.restartStatus = { attempts: 0, nextAttemptMs: undefined };
  }

  /** Somebody else sees to the processor: it does not wait any longer, and its failures are forgotten. */
  forget(record: ProcessorRecord): void {
    this.#stopWaiting(record);
    this.#states.delete(record);
    if (record.restartStatus !== undefined) record.restartStatus = { attempts: 0, nextAttemptMs: undefined };
  }

  /** Whether the processor waits to be set up again, and has no instance that could be lost. */
  isWaiting(record: ProcessorRecord): boolean {
    return this.#waiting.has(record);
  }

  /** Looks at what waits again: after each commit, and when a pause ends. */
  reconsider(): void {
    for (const record of this.#undecided) {
      const isFailed = this.#isThere(record) && record.state === 'failed' && record.error !== undefined;
      if (isFailed && !record.isActivated) continue;
      this.#undecided.delete(record);
      if (isFailed) this.#decide(record, record.error as PlainError);
    }
    for (const [record, waiting] of this.#waiting) {
      if (!this.#mayReturn(record)) this.#stopWaiting(record);
      else if (waiting.policyText !== policyText(record)) {
        this.#states.delete(record);
        this.#decide(record, waiting.error);
      } else if (waiting.isDue && !this.#isPaused(record)) this.#returnSoon(record, waiting);
    }
  }

  /** Nothing runs any more. */
  stop(): void {
    for (const record of [...this.#waiting.keys()]) this.#stopWaiting(record);
    this.#undecided.clear();
  }

  #decide(record: ProcessorRecord, error: PlainError): void {
    this.#stopWaiting(record);
    if (isFinalReason(error.code)) {
      this.#giveUp(record, error, false);
      return;
    }
    const action = this.#step(record, 'failed');
    switch (action.kind) {
      case 'none':
        return;
      case 'stay':
        this.#giveUp(record, error, action.isExhausted);
        return;
      case 'restart':
        this.#wait(record, 'backoff', action.afterMs, error);
        return;
      case 'open':
        this.#wait(record, 'open', action.forMs, error);
        return;
    }
  }

  #wait(record: ProcessorRecord, state: 'backoff' | 'open', forMs: number, error: PlainError): void {
    const { setState, wallMs } = this.#options;
    const waiting: Waiting = { error, policyText: policyText(record), timer: undefined, isDue: false };
    this.#waiting.set(record, waiting);
    record.waitsWith = record.spec;
    record.restartStatus = { attempts: this.#stateOf(record).attempts, nextAttemptMs: wallMs() + forMs };
    setState(record, state, error);
    if (forMs < 1) this.#returnSoon(record, waiting);
    else {
      waiting.timer = setTimeout(() => this.#returnSoon(record, waiting), forMs);
      waiting.timer.unref();
    }
  }

  #returnSoon(record: ProcessorRecord, waiting: Waiting): void {
    waiting.isDue = true;
    this.#options
      .enqueue(() => this.#return(record, waiting))
      .catch((error) => {
        const { code, message } = StreamlibError.from(error);
        this.#options.log.error(`${record.spec.processorId} could not be set up again: ${message}`, {
          reason: code,
        });
      });
  }

  /** Unless something else was decided meanwhile. */
  async #return(record: ProcessorRecord, waiting: Waiting): Promise<void> {
    if (this.#waiting.get(record) !== waiting) return;
    if (!this.#mayReturn(record)) {
      this.#stopWaiting(record);
      return;
    }
    if (this.#isPaused(record)) return;
    if (!this.#hasBudget(record, waiting)) return;
    this.#stopWaiting(record);
    const action = this.#step(record, 'due');
    record.isProbe = action.kind === 'restart' && action.isProbe;
    record.restartStatus = { attempts: this.#stateOf(record).attempts, nextAttemptMs: undefined };
    this.#returning.add(record);
    try {
      await this.#options.committer.restart(record, returnReason(record, waiting.error));
    } finally {
      this.#returning.delete(record);
    }
    this.reconsider();
  }

  #hasBudget(record: ProcessorRecord, { error }: Waiting): boolean {
    const { budget, events, monotonicMs } = this.#options;
    const grant = budget.take(monotonicMs());
    if (grant === 'granted') return true;
    const { restarts, windowMs } = budget.limits;
    const { processorId } = record.spec;
    if (grant === 'exhausted')
      events.emit(
        {
          case: 'restartBudgetExhausted',
          value: { processorId, restarts, window: durationOfMs(windowMs) },
        },
        { topic: RUNTIME_TOPIC },
      );
    const text = `is not set up again, since the graph had ${restarts} restarts within ${windowMs} ms; it had failed with ${error.code}: ${error.message}`;
    this.#giveUp(record, new StreamlibError('RESTART_BUDGET', text).toPlain(), true);
    return false;
  }

  #giveUp(record: ProcessorRecord, error: PlainError, isExhausted: boolean): void {
    const { setState, log } = this.#options;
    const { processorId } = record.spec;
    this.#stopWaiting(record);
    if (record.restartStatus !== undefined || isExhausted)
      record.restartStatus = { attempts: this.#stateOf(record).attempts, nextAttemptMs: undefined };
    if (record.state !== 'failed') setState(record, 'failed', error);
    if (isExhausted) log.error(`${processorId} stays failed: ${error.message}`, { reason: error.code });
    // NB: a lane that is lost before it hears of it keeps nothing either.
    record.lane?.control([{ step: 'give_up', processorId }]).catch(() => {});
    for (const listener of this.#listeners) listener({ record, error });
  }

  #stopWaiting(record: ProcessorRecord): void {
    clearTimeout(this.#waiting.get(record)?.timer);
    this.#waiting.delete(record);
    record.waitsWith = undefined;
  }

  #step(record: ProcessorRecord, event: RestartEvent) {
    const { monotonicMs, random } = this.#options;
    const before = this.#stateOf(record);
    const policy = restartPolicyOf(record.spec.supervision.restart);
    const { state, action } = stepRestart(policy, before, event, monotonicMs(), random());
    this.#states.set(record, state);
    // NB: that a probe succeeded was told by the lane, which knows it first.
    if (event !== 'proved') this.#tellCircuit(record, before.circuit, state.circuit);
    return action;
  }

  #tellCircuit({ spec }: ProcessorRecord, before: Circuit, after: Circuit): void {
    if (before.kind === after.kind) return;
    const { events, wallMs, monotonicMs } = this.#options;
    const probeInMs = after.kind === 'open' ? after.probeAtMs - monotonicMs() : undefined;
    const change = { from: before.kind, to: after.kind, failures: failuresOf(after), probeInMs };
    emitCircuitChange(events, spec.processorId, change, wallMs());
  }

  #stateOf(record: ProcessorRecord): RestartState {
    return this.#states.get(record) ?? NO_FAILURES;
  }

  #isThere(record: ProcessorRecord): boolean {
    return this.#options.records.processors.get(record.spec.processorId) === record;
  }

  #mayReturn(record: ProcessorRecord): boolean {
    const isDown = record.state === 'backoff' || record.state === 'open';
    return isDown && this.#isThere(record) && this.#options.isLive();
  }

  #isPaused({ spec }: ProcessorRecord): boolean {
    return spec.paused || this.#options.isPaused();
  }
}

const policyText = ({ spec }: ProcessorRecord): string =>
  JSON.stringify(restartPolicyOf(spec.supervision.restart));

/** Why it is started, as events and reports say it. */
function returnReason({ isProbe }: ProcessorRecord, error: PlainError): string {
  if (isProbe) return 'probe';
  return error.code === 'LANE_LOST' ? 'lane_lost' : 'failed';
}
