import { LastTime } from '../runtime/clock.ts';
import { FramePool } from '../runtime/frame/frame-pool.ts';
import type { JsonObject } from '../runtime/json.ts';
import type { CompiledPipeline } from './config/compiled-pipeline.ts';
import type { PipelineTypes } from './config/pipeline-types.ts';
import { compilePipelineConfig } from './config/read-pipeline-config.ts';
import type { DataFrameValue, PipelineOutputValue } from './instance/data-frame-value.ts';
import { detachedSurroundings, type NodeListeners, type NodeLoader } from './instance/node-surroundings.ts';
import { type ExecutionInput, PipelineInstance } from './instance/pipeline-instance.ts';

/** Where a pipeline that runs without a runtime has its types from. */
export interface LocalPipelineOptions extends NodeListeners {
  /** Types and their modules: what `loadProcessorTypes` answers. */
  readonly types: PipelineTypes & NodeLoader;
}

/**
 * A pipeline that runs on the thread that calls it, frame by frame: no lanes, no queues, no runtime. Its state goes on
 * from frame to frame, as that of a stream does. One call at a time.
 */
export class Pipeline implements AsyncDisposable {
  readonly #instance: PipelineInstance;
  #isBusy = false;

  /** Checks the config and sets the nodes up. Throws one error with every fault, or SETUP_FAILED naming the node. */
  static async create(config: JsonObject, options: LocalPipelineOptions): Promise<Pipeline> {
    const pipeline = compilePipelineConfig(config, options.types);
    return new Pipeline(await createLocalInstance(pipeline, options, createLocalPool()));
  }

  protected constructor(instance: PipelineInstance) {
    this.#instance = instance;
  }

  /**
   * Puts one frame in at the source and answers with what comes out, in order: nothing where a node keeps or drops it.
   * Without a frame the source is only called, as a generator needs it; `nodeId` names one of several sources. What a
   * node throws is thrown as PROCESS_FAILED naming it, and the next frame finds the nodes as that left them.
   */
  async process(frame?: DataFrameValue, { nodeId }: Pick<ExecutionInput, 'nodeId'> = {}) {
    if (this.#isBusy) throw new TypeError('process must not be called before the one before has settled');
    this.#isBusy = true;
    try {
      const outputs: PipelineOutputValue[] = await this.#instance.execute({ frame, nodeId });
      return outputs;
    } finally {
      this.#isBusy = false;
    }
  }

  /** Brings every node back to the state that it had when the pipeline was new. */
  async reset(): Promise<void> {
    await this.#instance.reset();
  }

  /** Tears the nodes down, first to last. */
  close(): Promise<void> {
    return this.#instance.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

/** Frames that stay in this thread. */
export function createLocalPool(): FramePool {
  const time = new LastTime();
  time.read();
  return new FramePool(time);
}

/** An instance without a runtime. */
export function createLocalInstance(
  pipeline: CompiledPipeline,
  { types, ...listeners }: LocalPipelineOptions,
  pool: FramePool,
): Promise<PipelineInstance> {
  const surroundings = detachedSurroundings(types, listeners);
  return PipelineInstance.create({ pipeline, pipelineId: '', loader: types, surroundings, pool });
}
