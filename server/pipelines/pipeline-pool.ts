import type { JsonObject } from '../runtime/json.ts';
import { compilePipelineConfig } from './config/read-pipeline-config.ts';
import type { DataFrameValue } from './instance/data-frame-value.ts';
import { createLocalInstance, createLocalPool, type LocalPipelineOptions } from './pipeline.ts';
import type { ExecuteOptions, PipelineExecution } from './pool/execution.ts';
import { ExecutionPool } from './pool/execution-pool.ts';
import { LocalInstanceHost } from './pool/local-instance-host.ts';
import type { PoolStats } from './pool/pool-statistics.ts';

/**
 * A pool of instances of one pipeline on the thread that calls it. The config is checked once, and instances are made
 * when they are first needed, `max_concurrent` of them at most. Each execution finds an instance that answers exactly as
 * a new one.
 */
export class PipelinePool implements AsyncDisposable {
  readonly #pool: ExecutionPool;

  /** Checks the config and makes the first instance. Throws one error with every fault, or SETUP_FAILED. */
  static async create(config: JsonObject, options: LocalPipelineOptions): Promise<PipelinePool> {
    const pipeline = compilePipelineConfig(config, options.types);
    const frames = createLocalPool();
    const host = new LocalInstanceHost(() => createLocalInstance(pipeline, options, frames));
    await host.warmUp();
    return new PipelinePool(new ExecutionPool(pipeline, host));
  }

  protected constructor(pool: ExecutionPool) {
    this.#pool = pool;
  }

  /**
   * Sends one frame through an instance. Throws QUEUE_FULL where `max_waiting` executions wait already; what was admitted
   * comes to one end, which `result` tells.
   */
  execute(frame?: DataFrameValue, options: ExecuteOptions = {}): PipelineExecution {
    return this.#pool.execute(frame, options);
  }

  stats(): PoolStats {
    return this.#pool.stats();
  }

  /** Ends what waits and runs with CANCELLED, and tears the instances down. */
  close(): Promise<void> {
    return this.#pool.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
