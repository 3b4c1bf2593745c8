import { DurationHistogram, type DurationSummary } from '../../runtime/duration-histogram.ts';

/** What became of an execution that was admitted. */
export type ExecutionEnd = 'succeeded' | 'failed' | 'cancelled' | 'timedOut';

/** A pool in numbers: `executions = succeeded + failed + cancelled + timedOut + inUse + waiting`, at any moment. */
export interface PoolStats {
  /** Executions that run now. */
  readonly inUse: number;
  /** Instances that are ready and idle. */
  readonly idle: number;
  /** Executions that wait for an instance. */
  readonly waiting: number;
  /** Executions that were turned away because too many waited; they are none of `executions`. */
  readonly rejected: number;
  /** Executions that were admitted. */
  readonly executions: number;
  readonly succeeded: number;
  readonly failed: number;
  /** Given up by their callers, or because the pool was closed. */
  readonly cancelled: number;
  /** Past their deadline. */
  readonly timedOut: number;
  /** Instances that were made, among them those of which a node had to be made anew. */
  readonly instancesCreated: number;
  readonly maxConcurrent: number;
  /** From admission to the answer. */
  readonly latency: DurationSummary;
  /** From admission to the start on an instance. */
  readonly waitTime: DurationSummary;
}

/** Counts what becomes of executions. */
export class PoolStatistics {
  inUse = 0;
  waiting = 0;
  rejected = 0;
  executions = 0;
  readonly #ends: Record<ExecutionEnd, number> = { succeeded: 0, failed: 0, cancelled: 0, timedOut: 0 };
  readonly #latency = new DurationHistogram();
  readonly #waitTime = new DurationHistogram();

  admit(): void {
    this.executions++;
    this.waiting++;
  }

  start(waitedUs: number): void {
    this.waiting--;
    this.inUse++;
    this.#waitTime.record(waitedUs);
  }

  /** An execution comes to its end, having run or not. */
  end(end: ExecutionEnd, hasStarted: boolean, tookUs: number): void {
    if (hasStarted) this.inUse--;
    else this.waiting--;
    this.#ends[end]++;
    this.#latency.record(tookUs);
  }

  read(instances: Pick<PoolStats, 'idle' | 'instancesCreated' | 'maxConcurrent'>): PoolStats {
    const { inUse, waiting, rejected, executions } = this;
    return {
      inUse,
      waiting,
      rejected,
      executions,
      ...this.#ends,
      ...instances,
      latency: this.#latency.summary(),
      waitTime: this.#waitTime.summary(),
    };
  }
}
