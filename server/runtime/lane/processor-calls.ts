import { StreamlibError } from '../errors.ts';
import type { ProcessorId } from '../ids.ts';
import type { SchedulingDescriptor } from '../processor.ts';
import type { ProcessorState } from '../vocabulary.ts';
import type { CallFailures } from './call-failures.ts';
import { runAsProcessor } from './current-processor.ts';
import type { FusedTurn } from './fused-turn.ts';
import type { LaneServices } from './lane-services.ts';
import { LoopPace } from './loop-pace.ts';
import { ProcessTimer } from './process-timer.ts';
import type { ProcessorCounterWriter } from './processor-counters.ts';
import type { ProcessorPorts } from './processor-io.ts';
import type { TurnSeat } from './turn-seat.ts';

/** How many frames a processor may handle before it is the next one's turn. */
const CALLS_PER_TURN = 256;
/** An hour: what is to happen more seldom is no loop. */
const MAX_INTERVAL_US = 3_600_000_000;

/** Who is called. */
export interface CalledProcessor {
  readonly processorId: ProcessorId;
  readonly state: ProcessorState;
  /** Whether no call is to follow. */
  readonly isEnding: boolean;
  readonly seat: TurnSeat;
  /** Calls `process` of a type that may return a promise. */
  callProcess(): void | Promise<void> | undefined;
  /** What a call threw. */
  failCall(error: unknown): void;
  /** A call has returned, be it with a promise that goes on. */
  hasReturned(): void;
  /** A promise has been kept. */
  hasSettled(): void;
}

/** What calling a processor takes. */
export interface ProcessorCallsOptions {
  readonly scheduling: SchedulingDescriptor;
  readonly services: LaneServices;
  readonly counters: ProcessorCounterWriter;
  readonly ports: ProcessorPorts;
}

/** The calls of `process`: when they are due, how many of them a turn has, and how long they take. */
export class ProcessorCalls {
  readonly timer: ProcessTimer;
  /** The call, or the setup, that has not settled. */
  inFlight: Promise<void> | undefined;
  /** Whether the last one that was due was not made, since a lossless link is full. */
  heldBack = false;
  readonly #processor: CalledProcessor;
  readonly #services: LaneServices;
  readonly #counters: ProcessorCounterWriter;
  readonly #ports: ProcessorPorts;
  readonly #kind: SchedulingDescriptor['kind'];
  readonly #pace: LoopPace;
  #turn: FusedTurn | undefined;

  constructor(processor: CalledProcessor, { scheduling, services, counters, ports }: ProcessorCallsOptions) {
    this.#processor = processor;
    this.#services = services;
    this.#counters = counters;
    this.#ports = ports;
    this.#kind = scheduling.kind;
    this.#pace = new LoopPace(scheduling.kind === 'loop' ? scheduling.intervalUs : undefined);
    this.timer = new ProcessTimer(services.time, counters);
  }

  /** How it is called from now on. */
  setTurn(turn: FusedTurn): void {
    this.#turn = turn;
  }

  /** Leaves out what was missed. */
  restartPace(): void {
    this.#pace.restart();
  }

  /** How often it is called from now on. Throws FIELD_INVALID. */
  setIntervalUs(intervalUs: number): void {
    if (this.#kind !== 'loop') throw invalidInterval('can be set of a loop only', this.#kind);
    if (!(intervalUs >= 0 && intervalUs <= MAX_INTERVAL_US))
      throw invalidInterval(`must be from 0 to ${MAX_INTERVAL_US}`, intervalUs);
    this.#pace.intervalUs = intervalUs;
  }

  /** When the next call is due without anything else happening, microseconds. */
  get nextDueUs(): number {
    if (this.#kind !== 'loop' || this.heldBack || this.inFlight !== undefined)
      return Number.POSITIVE_INFINITY;
    return this.#pace.dueUs;
  }

  /** As many calls as frames waited when it began, within the time that the lane has; answers how many. */
  run(failures: CallFailures): number {
    const { circuit } = failures;
    const { time } = this.#services;
    const isPush = this.#kind === 'push';
    // NB: of a probe it has to be known how its first call ends before there is a second.
    const isProbe = circuit.kind === 'half_open';
    const most = isProbe ? 1 : CALLS_PER_TURN;
    let left = Math.min(isPush ? this.#ports.queued : this.#pace.dueCalls(time.us), most);
    const processor = this.#processor;
    const { state } = processor;
    const failed = failures.count;
    let total = 0;
    this.heldBack = false;
    while (left > 0 && this.#isDue()) {
      const { reads } = this.#counters;
      const calls = this.#turn === undefined ? this.#callAsync(failures) : this.#callSome(this.#turn, left);
      if (this.#kind === 'loop') this.#pace.advance(time.us, calls);
      total += calls;
      if (processor.state !== state || processor.isEnding || time.us >= time.untilUs) break;
      if (this.#turn?.isYielding) break;
      // NB: a call may have read several frames, or none.
      left -= isPush ? Math.max(1, this.#counters.reads - reads) : calls;
    }
    const isProved = isProbe && total > 0 && failures.count === failed;
    if (isProved && this.inFlight === undefined) circuit.succeeded();
    return total;
  }

  #isDue(): boolean {
    if (this.inFlight !== undefined) return false;
    if (this.#kind === 'push' ? !this.#ports.hasQueued : this.#kind === 'manual') return false;
    if (this.#kind === 'loop' && this.#services.time.us < this.#pace.dueUs) return false;
    this.heldBack = this.#ports.heldBack;
    return !this.heldBack;
  }

  /** As many calls as need no timing, or one that is timed; answers how many. */
  #callSome(turn: FusedTurn, most: number): number {
    const untimed = Math.min(this.timer.untimedCalls, most, this.#ports.credit);
    const calls =
      untimed > 0 ? turn.run(untimed, this.#kind === 'push' ? untimed : Number.POSITIVE_INFINITY) : 0;
    if (calls > 0) return calls;
    const startedUs = this.timer.begin();
    turn.runTimed();
    this.timer.end(startedUs);
    return 1;
  }

  #callAsync(failures: CallFailures): number {
    const { turn, pool } = this.#services;
    const processor = this.#processor;
    const startedUs = this.timer.begin();
    pool.beginCall();
    failures.guard.begin();
    turn.isRunning = true;
    try {
      const result = runAsProcessor(processor.processorId, () => processor.callProcess());
      if (result !== undefined && typeof result.then === 'function')
        this.#follow(result, startedUs, failures);
      else failures.guard.end();
    } catch (error) {
      processor.failCall(error);
    } finally {
      turn.isRunning = false;
    }
    if (this.inFlight === undefined) this.timer.end(startedUs);
    processor.hasReturned();
    return 1;
  }

  #follow(result: Promise<void>, startedUs: number, failures: CallFailures): void {
    const processor = this.#processor;
    this.inFlight = result.then(
      () => {
        this.#settle(startedUs);
        failures.guard.end();
        failures.circuit.succeeded();
        processor.hasSettled();
      },
      (error) => {
        this.#settle(startedUs);
        if (processor.state !== 'failed') processor.failCall(error);
        else failures.guard.end();
      },
    );
  }

  #settle(startedUs: number): void {
    this.inFlight = undefined;
    this.timer.end(startedUs);
    this.#processor.seat.makeReady();
    this.#services.wake();
  }
}

function invalidInterval(rule: string, was: unknown): StreamlibError {
  return new StreamlibError('FIELD_INVALID', `intervalUs ${rule}, was ${was}`, { path: 'intervalUs' });
}
