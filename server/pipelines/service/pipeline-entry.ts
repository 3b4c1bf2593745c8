import { isDeepStrictEqual } from 'node:util';
import { type PlainError, type ProcessorState, StreamlibError } from '../../runtime/index.ts';
import { isReserved } from '../config/check-nodes.ts';
import { compilePipeline } from '../config/check-pipeline.ts';
import type { CompiledPipeline } from '../config/compiled-pipeline.ts';
import type { PipelineSpec } from '../config/pipeline-spec.ts';
import type { PipelineTypes } from '../config/pipeline-types.ts';
import { closeChannels, openChannels, type PipelineChannels } from '../parts/pipeline-channels.ts';
import { ExecutionPool } from '../pool/execution-pool.ts';
import type { PoolStats } from '../pool/pool-statistics.ts';
import { type PipelinePart, specOfPart } from './pipeline-part.ts';
import { poolIdOf } from './pipeline-record.ts';
import { type PipelineState, pipelineStateOf } from './pipeline-state.ts';

/** What stands behind a pipeline where its instances come from. */
export interface EntryOptions {
  readonly types: PipelineTypes;
  /** Addresses of the lists of processor types. */
  readonly registries: readonly string[];
}

/** One pipeline of the runtime: what the graph has of it, its pool, and what its processors are doing. */
export class PipelineEntry {
  readonly channels: PipelineChannels;
  readonly #options: EntryOptions;
  readonly #states = new Map<string, ProcessorState>();
  #part: PipelinePart;
  #spec: PipelineSpec;
  #compiled: CompiledPipeline | undefined;
  /** Why the config, which was right when it was given, cannot be used now. */
  #fault: StreamlibError | undefined;
  #pool: ExecutionPool | undefined;
  /** The node that failed first, and its error. */
  #failure: { readonly nodeId: string; readonly error: PlainError } | undefined;

  constructor(part: PipelinePart, options: EntryOptions) {
    this.#options = options;
    this.#part = part;
    this.channels = openChannels(part.record.key);
    this.#spec = specOfPart(part);
    this.#follow();
  }

  get part(): PipelinePart {
    return this.#part;
  }

  /** As it is now, with what was edited in the graph. */
  get spec(): PipelineSpec {
    return this.#spec;
  }

  /** Throws why the config cannot be used, for instance because a type is not there any more. */
  get compiled(): CompiledPipeline {
    if (this.#compiled !== undefined) return this.#compiled;
    throw this.#fault ?? new TypeError('a pipeline is compiled or has a fault');
  }

  /** Throws likewise. */
  get pool(): ExecutionPool {
    this.#pool ??= new ExecutionPool(this.compiled, this.channels.pool);
    return this.#pool;
  }

  /** The figures of the pool; undefined while the config cannot be used. */
  stats(): PoolStats | undefined {
    return this.#compiled === undefined ? this.#pool?.stats() : this.pool.stats();
  }

  get failure(): { readonly nodeId: string; readonly error: PlainError } | undefined {
    return this.#failure;
  }

  /** That of its nodes; that of the pool where there are no others. */
  get state(): PipelineState {
    if (this.#failure !== undefined) return 'failed';
    const { record, processors } = this.#part;
    const isNode = (id: string): boolean =>
      record.spec.settings.mode === 'pooled' || !isReserved(id.slice(record.pipelineId.length + 1));
    const states = processors.flatMap(({ processorId }): ProcessorState[] =>
      isNode(processorId) ? [this.#states.get(processorId) ?? 'pending'] : [],
    );
    // NB: of a node that has failed it is not known at once whether it comes back.
    return pipelineStateOf(states.map((state) => (state === 'failed' ? 'backoff' : state)));
  }

  /** Takes what the graph has now. Answers which of the top-level fields of the pipeline differ. */
  update(part: PipelinePart): string[] {
    const before = { record: this.#part.record, spec: this.#spec };
    this.#part = part;
    this.#spec = specOfPart(part);
    const present = new Set<string>(part.processors.map(({ processorId }) => processorId));
    for (const id of this.#states.keys()) if (!present.has(id)) this.#states.delete(id);
    const { pipelineId } = part.record;
    if (this.#failure !== undefined && !present.has(`${pipelineId}.${this.#failure.nodeId}`))
      this.#failure = undefined;
    const fields = Object.entries({
      display_name: [before.record.displayName, part.record.displayName],
      nodes: [before.spec.nodes, this.#spec.nodes],
      connections: [before.spec.connections, this.#spec.connections],
      pipeline_config: [before.spec.settings, this.#spec.settings],
      labels: [before.record.labels, part.record.labels],
    }).flatMap(([field, [old, present]]) => (isDeepStrictEqual(old, present) ? [] : [field]));
    if (fields.length > 0) this.#follow();
    return fields;
  }

  /** A processor of the pipeline is in another state. */
  noteState(processorId: string, state: ProcessorState, error: PlainError | undefined): void {
    this.#states.set(processorId, state);
    const { pipelineId } = this.#part.record;
    if (processorId === poolIdOf(pipelineId) && (state === 'failed' || state === 'stopped'))
      this.channels.pool.lose(
        error === undefined
          ? new StreamlibError('NOT_RUNNING', 'the pool of the pipeline was stopped')
          : StreamlibError.fromPlain(error),
      );
  }

  /** A processor of the pipeline has failed and does not come back by itself. */
  noteFailure(processorId: string, error: PlainError): void {
    this.#failure ??= { nodeId: this.#nodeOf(processorId), error };
  }

  /** It is set up again after all, since somebody asked for it. */
  forgetFailure(processorId: string): void {
    if (this.#failure?.nodeId === this.#nodeOf(processorId)) this.#failure = undefined;
  }

  #nodeOf(processorId: string): string {
    return processorId.slice(this.#part.record.pipelineId.length + 1);
  }

  /** The runtime has stopped: nobody is there to execute what waits. */
  cancelExecutions(): void {
    this.#pool?.cancelAll(new StreamlibError('NOT_RUNNING', 'the runtime was stopped'));
  }

  /** The pipeline is gone: what waits or runs is cancelled. */
  async close(): Promise<void> {
    closeChannels(this.#part.record.key);
    const removed = new StreamlibError(
      'CANCELLED',
      `the pipeline "${this.#part.record.pipelineId}" was removed`,
    );
    await this.#pool?.close(removed);
  }

  #follow(): void {
    const { types, registries } = this.#options;
    try {
      const pipeline = compilePipeline(this.#spec, types);
      this.#compiled = pipeline;
      this.#fault = undefined;
      this.channels.pool.blueprint = { pipelineId: this.#part.record.pipelineId, pipeline, registries };
      if (this.#pool !== undefined) this.#pool.pipeline = pipeline;
    } catch (error) {
      this.#compiled = undefined;
      this.#fault = StreamlibError.from(error);
    }
  }
}
