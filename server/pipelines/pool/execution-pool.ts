import { mediaClock } from '../../runtime/clock.ts';
import { StreamlibError } from '../../runtime/errors.ts';
import type { CompiledPipeline } from '../config/compiled-pipeline.ts';
import type { DataFrameValue } from '../instance/data-frame-value.ts';
import { sourceOf } from '../instance/pipeline-instance.ts';
import type { ExecuteOptions, ExecutionResult, PipelineExecution } from './execution.ts';
import type { InstanceHost, InstanceOutcome } from './instance-host.ts';
import { type ExecutionEnd, PoolStatistics, type PoolStats } from './pool-statistics.ts';

interface OpenExecution {
  readonly executionId: string;
  readonly frame: DataFrameValue | undefined;
  readonly nodeId: string | undefined;
  readonly admittedUs: number;
  readonly settled: PromiseWithResolvers<ExecutionResult>;
  readonly release: () => void;
  startedUs: number | undefined;
  isSettled: boolean;
}

/**
 * Admits executions of one pipeline: at most `maxConcurrent` run, at most `maxWaiting` wait in the order in which they
 * came, and further ones are refused with QUEUE_FULL. What was admitted comes to exactly one end. An instance whose
 * execution was given up takes part in the limit until it is back.
 */
export class ExecutionPool {
  readonly #host: InstanceHost;
  readonly #statistics = new PoolStatistics();
  readonly #waiting = new Set<OpenExecution>();
  readonly #running = new Set<OpenExecution>();
  #pipeline: CompiledPipeline;
  /** Instances in use, also by executions that were given up. */
  #taken = 0;
  #lastId = 0;
  #closing: StreamlibError | undefined;

  constructor(pipeline: CompiledPipeline, host: InstanceHost) {
    this.#pipeline = pipeline;
    this.#host = host;
    host.onReady = () => this.#startWaiting();
  }

  /** What instances are made from, from now on. */
  set pipeline(pipeline: CompiledPipeline) {
    this.#pipeline = pipeline;
    this.#startWaiting();
  }

  /** Throws QUEUE_FULL, FIELD_INVALID for a source that is unclear, CANCELLED, and why the pool was closed. */
  execute(frame: DataFrameValue | undefined, options: ExecuteOptions = {}): PipelineExecution {
    const { nodeId, timeoutMs, signal } = options;
    if (this.#closing !== undefined) throw this.#closing;
    if (signal?.aborted) throw cancelled();
    sourceOf(this.#pipeline, nodeId);
    const mustWait = !this.#host.isReady || this.#taken >= this.#pipeline.maxConcurrent;
    if (mustWait && this.#waiting.size >= this.#pipeline.maxWaiting) throw this.#refuse();
    const executionId = `execution-${++this.#lastId}`;
    const limitMs = Math.min(timeoutMs ?? Number.POSITIVE_INFINITY, this.#pipeline.executionTimeoutMs);
    const timer = setTimeout(() => this.#giveUp(execution, 'timedOut', deadlineExceeded(limitMs)), limitMs);
    const cancel = () => this.#giveUp(execution, 'cancelled', cancelled());
    signal?.addEventListener('abort', cancel);
    const execution: OpenExecution = {
      executionId,
      frame,
      nodeId,
      admittedUs: mediaClock.nowUs(),
      settled: Promise.withResolvers(),
      release: () => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', cancel);
      },
      startedUs: undefined,
      isSettled: false,
    };
    // NB: who has no use for the result need not wait for it.
    execution.settled.promise.catch(() => {});
    this.#statistics.admit();
    this.#waiting.add(execution);
    this.#startWaiting();
    return { executionId, result: execution.settled.promise, cancel };
  }

  stats(): PoolStats {
    const { idle, instancesCreated } = this.#host;
    return this.#statistics.read({ idle, instancesCreated, maxConcurrent: this.#pipeline.maxConcurrent });
  }

  /** Ends every execution that waits or runs. */
  cancelAll(reason: StreamlibError): void {
    for (const execution of [...this.#waiting, ...this.#running])
      this.#giveUp(execution, 'cancelled', reason);
  }

  /** Likewise, and refuses new ones with `reason`. */
  async close(reason: StreamlibError = cancelled()): Promise<void> {
    this.#closing ??= reason;
    this.cancelAll(reason);
    await this.#host.close();
  }

  #startWaiting(): void {
    for (const execution of this.#waiting) {
      if (!this.#host.isReady || this.#taken >= this.#pipeline.maxConcurrent) return;
      this.#waiting.delete(execution);
      this.#start(execution);
    }
  }

  #start(execution: OpenExecution): void {
    const { executionId, frame, nodeId, admittedUs } = execution;
    this.#taken++;
    this.#running.add(execution);
    execution.startedUs = mediaClock.nowUs();
    this.#statistics.start(execution.startedUs - admittedUs);
    const run = this.#host.run(executionId, { frame, nodeId }, (outcome) => this.#take(execution, outcome));
    void run.then(() => {
      this.#taken--;
      this.#startWaiting();
    });
  }

  #take(execution: OpenExecution, outcome: InstanceOutcome): void {
    if (outcome.error !== undefined) this.#end(execution, 'failed', outcome.error);
    else this.#succeed(execution, outcome.outputs);
  }

  #succeed(execution: OpenExecution, outputs: ExecutionResult['outputs']): void {
    const { executionId, admittedUs, startedUs = admittedUs, settled } = execution;
    if (!this.#count(execution, 'succeeded')) return;
    const runUs = mediaClock.nowUs() - startedUs;
    settled.resolve({ executionId, outputs, waitUs: startedUs - admittedUs, runUs });
  }

  /** Its caller hears at once; its instance is in use until it is back. */
  #giveUp(execution: OpenExecution, end: ExecutionEnd, error: StreamlibError): void {
    if (execution.isSettled) return;
    const isRunning = this.#running.has(execution);
    this.#waiting.delete(execution);
    this.#end(execution, end, error);
    if (isRunning) this.#host.abandon(execution.executionId);
  }

  #end(execution: OpenExecution, end: ExecutionEnd, error: StreamlibError): void {
    if (this.#count(execution, end)) execution.settled.reject(error);
  }

  /** Whether this is the one end that the execution comes to. */
  #count(execution: OpenExecution, end: ExecutionEnd): boolean {
    if (execution.isSettled) return false;
    execution.isSettled = true;
    execution.release();
    this.#running.delete(execution);
    const tookUs = mediaClock.nowUs() - execution.admittedUs;
    this.#statistics.end(end, execution.startedUs !== undefined, tookUs);
    return true;
  }

  #refuse(): StreamlibError {
    this.#statistics.rejected++;
    const { maxConcurrent, maxWaiting } = this.#pipeline;
    const message = `at most ${maxWaiting} executions wait for ${maxConcurrent} instances, and as many do`;
    return new StreamlibError('QUEUE_FULL', message, { details: { waiting: String(this.#waiting.size) } });
  }
}

const cancelled = (): StreamlibError => new StreamlibError('CANCELLED', 'the execution was cancelled');

const deadlineExceeded = (limitMs: number): StreamlibError =>
  new StreamlibError('DEADLINE_EXCEEDED', `the execution must end within ${limitMs} ms, was longer`);
