import type { CommandOptions, EventBus, JsonObject, RuntimeOperations } from '../runtime/index.ts';
import { StreamlibError, vocabulary } from '../runtime/index.ts';
import { faultsError } from './config/pipeline-fault.ts';
import { readPipelineConfig } from './config/read-pipeline-config.ts';
import type { DataFrameValue } from './instance/data-frame-value.ts';
import { channelsOf } from './parts/pipeline-channels.ts';
import { specToMessage } from './service/config-messages.ts';
import { frameToMessage } from './service/frame-messages.ts';
import { poolIdOf } from './service/pipeline-record.ts';
import { PIPELINE_STATES } from './service/pipeline-state.ts';

/** The runtime that a pipeline is made in. */
type PipelineRuntime = RuntimeOperations & { readonly events: EventBus };

/** A pipeline as a part of the graph of a runtime in this program: its nodes stream, each in the lane that suits it. */
export class AsyncPipeline implements AsyncDisposable {
  readonly pipelineId: string;
  readonly #runtime: PipelineRuntime;

  /**
   * Makes the pipeline in one transaction; `pipeline_id`, `display_name` and `labels` may stand in the config. Throws one
   * error with every fault. It streams when the runtime runs.
   */
  static async create(
    config: JsonObject,
    runtime: PipelineRuntime,
    options: CommandOptions = {},
  ): Promise<AsyncPipeline> {
    const { spec, faults } = readPipelineConfig(config);
    if (faults.length > 0) throw faultsError(faults);
    const { pipeline_id = '', display_name = '', labels = {} } = config;
    const value = {
      pipelineId: String(pipeline_id),
      displayName: String(display_name),
      labels: labels as Record<string, string>,
      ...specToMessage(spec),
    };
    const { result } = await runtime.execute(
      { case: 'pipeline', value: { command: { case: 'createPipeline', value } } },
      options,
    );
    if (result.case !== 'createPipeline')
      throw new TypeError(`the answer to createPipeline was ${result.case}`);
    return new AsyncPipeline(result.value.pipelineId, runtime);
  }

  private constructor(pipelineId: string, runtime: PipelineRuntime) {
    this.pipelineId = pipelineId;
    this.#runtime = runtime;
  }

  /**
   * Hands a frame to the source and answers the sequence that it has on its way. Rejects with QUEUE_FULL while
   * `channel_capacity` frames wait before the source, and with NOT_RUNNING.
   */
  async trigger(frame?: DataFrameValue, nodeId = ''): Promise<number> {
    const { pipelineId } = this;
    const value = { pipelineId, nodeId, frame: frame && frameToMessage(frame) };
    const { result } = await this.#runtime.execute({
      case: 'pipeline',
      value: { command: { case: 'triggerPipeline', value } },
    });
    if (result.case !== 'triggerPipeline')
      throw new TypeError(`the answer to triggerPipeline was ${result.case}`);
    return Number(result.value.sequenceId);
  }

  /**
   * Ends it by closing: its sources take no more frames, every frame that is on its way comes to its end, and the
   * pipeline is stopped. Sources without inputs end by themselves. Rejects with the error of the node that failed.
   */
  async drain(): Promise<void> {
    const pool = await this.#runtime.getProcessor(poolIdOf(this.pipelineId));
    const { triggers } = await channelsOf(String(pool.effectiveConfig?.key));
    const ended = this.#untilEnded();
    triggers.end();
    await ended;
  }

  /** Removes it from the graph, with what waits in it. */
  async abort(): Promise<void> {
    const value = { pipelineId: this.pipelineId };
    await this.#runtime.execute({
      case: 'pipeline',
      value: { command: { case: 'deletePipeline', value } },
    });
  }

  /** Drains and removes it. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.drain();
    await this.abort();
  }

  #untilEnded(): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const look = async (): Promise<void> => {
      const value = { pipelineId: this.pipelineId };
      const { result } = await this.#runtime.execute({
        case: 'pipeline',
        value: { command: { case: 'getPipeline', value } },
      });
      const pipeline = result.case === 'getPipeline' ? result.value.pipeline : undefined;
      const state = vocabulary.wordOf(PIPELINE_STATES, pipeline?.state);
      if (state === 'stopped' || state === 'pending') resolve();
      if (state !== 'failed') return;
      const { nodeId = '', error } = pipeline?.error ?? {};
      reject(new StreamlibError('PROCESS_FAILED', `node "${nodeId}": ${error?.message ?? ''}`));
    };
    const listener = this.#runtime.events.subscribe(
      `pipeline:${this.pipelineId}`,
      () => void look().catch(reject),
    );
    void look().catch(reject);
    return promise.finally(() => listener[Symbol.dispose]());
  }
}
