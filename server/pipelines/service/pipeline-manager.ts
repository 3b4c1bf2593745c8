import { randomUUID } from 'node:crypto';
import type { Event } from '../../../gen/ts/streamlib/v1/event_pb.ts';
import {
  type CommandOptions,
  type EventBus,
  type FinalFailure,
  type Graph,
  makePipelineId,
  mediaClock,
  type PlainError,
  parsePipelineId,
  type RoomInternals,
  type RuntimeOperations,
  StreamlibError,
  vocabulary,
} from '../../runtime/index.ts';
import { checkPipeline, type PipelineCheck } from '../config/check-pipeline.ts';
import type { CompiledPipeline } from '../config/compiled-pipeline.ts';
import { faultsError } from '../config/pipeline-fault.ts';
import { type PipelineSpec, settingOf } from '../config/pipeline-spec.ts';
import type { DataFrameValue } from '../instance/data-frame-value.ts';
import { sourceOf } from '../instance/pipeline-instance.ts';
import type { ExecuteOptions, ExecutionResult } from '../pool/execution.ts';
import { type EntryOptions, PipelineEntry } from './pipeline-entry.ts';
import type { PipelineNews } from './pipeline-news.ts';
import { ownerOf, pipelineIdOf, pipelinesIn } from './pipeline-part.ts';
import { partsOf } from './pipeline-parts.ts';
import type { PipelineRecord } from './pipeline-record.ts';
import { type PipelineState, takesExecutions } from './pipeline-state.ts';

const { PROCESSOR_STATES, RUNTIME_STATUSES, wordOf } = vocabulary;

/** The runtime as pipelines need it. */
export interface PipelineHost extends EntryOptions {
  readonly operations: RuntimeOperations;
  readonly events: EventBus;
  /** The newest graph that is durable. */
  graph(): Graph;
  /** Which processors fail for good, and how what feeds them is ended. */
  readonly failures: Pick<RoomInternals, 'onFinalFailure' | 'isFailed' | 'endSources'>;
  /** Tells everybody what became of a pipeline. */
  tell(news: PipelineNews): void;
}

/** What is wanted of a new pipeline. */
export interface PipelineRequest {
  /** Made where it is empty. */
  readonly pipelineId: string;
  readonly displayName: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly spec: PipelineSpec;
}

type Outcome = Awaited<ReturnType<RuntimeOperations['applyGraph']>>;

/**
 * Every pipeline of a runtime. What pipelines there are follows from the graph alone: edits, rollbacks and restarts of
 * the server need nothing else. Runtime's thread.
 */
export class PipelineManager implements Disposable {
  readonly #host: PipelineHost;
  readonly #entries = new Map<string, PipelineEntry>();
  /** The last states that were told. */
  readonly #told = new Map<string, PipelineState>();
  readonly #listeners: readonly Disposable[];

  constructor(host: PipelineHost) {
    this.#host = host;
    this.#listeners = [
      host.events.subscribe('runtime:global', (event) => this.#onRuntimeEvent(event)),
      host.events.subscribe('processor:*', (event) => this.#onProcessorEvent(event)),
      host.failures.onFinalFailure((failure) => this.#onFinalFailure(failure)),
    ];
    this.#follow(false);
  }

  /** In order of their ids. */
  get entries(): PipelineEntry[] {
    const inOrder = [...this.#entries].sort(([a], [b]) => (a < b ? -1 : 1));
    return inOrder.map(([, entry]) => entry);
  }

  /** Throws PIPELINE_NOT_FOUND. */
  entry(pipelineId: string): PipelineEntry {
    this.#follow(true);
    const entry = this.#entries.get(pipelineId);
    if (entry !== undefined) return entry;
    parsePipelineId(pipelineId);
    const message = `pipeline_id names no pipeline, was ${JSON.stringify(pipelineId)}`;
    throw new StreamlibError('PIPELINE_NOT_FOUND', message, {
      path: 'pipeline_id',
      details: { pipeline_id: pipelineId },
    });
  }

  check(spec: PipelineSpec): PipelineCheck {
    return checkPipeline(spec, this.#host.types);
  }

  /** Makes a pipeline in one transaction. Throws ID_TAKEN, every fault of the config as one error, or what the edit does. */
  async create(
    request: PipelineRequest,
    options: CommandOptions,
  ): Promise<{ readonly entry: PipelineEntry; readonly outcome: Outcome }> {
    const pipelineId = request.pipelineId === '' ? makePipelineId() : parsePipelineId(request.pipelineId);
    if (this.#entries.has(pipelineId)) {
      const message = `pipeline_id must be new, was "${pipelineId}", which there is`;
      throw new StreamlibError('ID_TAKEN', message, { path: 'pipeline_id' });
    }
    const { faults, pipeline } = this.check(request.spec);
    if (pipeline === undefined) throw faultsError(faults);
    const { displayName, labels, spec } = request;
    const record: PipelineRecord = { pipelineId, displayName, labels, spec, key: randomUUID() };
    const outcome = await this.#apply(pipelineId, partsOf(record, pipeline), options);
    return { entry: this.entry(pipelineId), outcome };
  }

  /** Removes a pipeline with all its parts; executions that wait or run are cancelled. */
  async remove(pipelineId: string, options: CommandOptions): Promise<Outcome> {
    this.entry(pipelineId);
    const outcome = await this.#apply(pipelineId, { processors: [], links: [] }, options);
    this.#follow(true);
    return outcome;
  }

  /** Sends a frame through an instance of the pool. */
  async execute(
    pipelineId: string,
    frame: DataFrameValue | undefined,
    options: ExecuteOptions,
  ): Promise<ExecutionResult> {
    const entry = this.entry(pipelineId);
    await this.#assertRunning(entry);
    return await entry.pool.execute(frame, options).result;
  }

  /** Hands a frame to a source of the continuous instance, and answers its sequence. */
  async trigger(pipelineId: string, frame: DataFrameValue | undefined, nodeId: string): Promise<number> {
    const entry = this.entry(pipelineId);
    const { compiled, spec, channels } = entry;
    if (spec.settings.mode === 'pooled') throw notContinuous(pipelineId);
    const source = triggeredSource(compiled, nodeId);
    await this.#assertRunning(entry);
    const { triggers } = channels;
    const given = frame ?? { timestampUs: mediaClock.utcUs(), sequenceId: triggers.triggers, payload: {} };
    triggers.push(source, given, settingOf(spec.settings, 'channelCapacity'));
    return given.sequenceId;
  }

  [Symbol.dispose](): void {
    for (const listener of this.#listeners) listener[Symbol.dispose]();
    for (const entry of this.#entries.values()) void entry.close();
  }

  #apply(
    pipelineId: string,
    graph: ReturnType<typeof partsOf>,
    { requestId: _requestId, ...options }: CommandOptions,
  ): Promise<Outcome> {
    const owner = ownerOf(pipelineId);
    // NB: the request is remembered with the command that this is a part of.
    return this.#host.operations
      .execute(
        { case: 'applyGraph', value: { target: { owner, graph } } },
        { onFailure: 'keep', ...options, owner },
      )
      .then((outcome) => ({ ...outcome }));
  }

  async #assertRunning({ failure, part }: PipelineEntry): Promise<void> {
    const { pipelineId } = part.record;
    if (failure !== undefined) {
      const message = `the pipeline "${pipelineId}" failed at "${failure.nodeId}": ${failure.error.message}`;
      throw new StreamlibError('NOT_RUNNING', message, { details: { node_id: failure.nodeId } });
    }
    const { status } = await this.#host.operations.getState();
    const word = wordOf(RUNTIME_STATUSES, status) ?? 'initial';
    if (takesExecutions(word)) return;
    throw new StreamlibError('NOT_RUNNING', `the runtime must run, was ${word}`);
  }

  /** Makes the entries those of the graph. */
  #follow(tells: boolean): void {
    const parts = pipelinesIn(this.#host.graph());
    for (const [pipelineId, entry] of this.#entries) {
      const part = parts.get(pipelineId);
      if (part?.record.key === entry.part.record.key) continue;
      this.#entries.delete(pipelineId);
      this.#told.delete(pipelineId);
      void entry.close();
      if (tells) this.#host.tell({ news: 'removed', entry });
    }
    for (const [pipelineId, part] of parts) {
      const known = this.#entries.get(pipelineId);
      if (known === undefined) {
        const entry = new PipelineEntry(part, this.#host);
        this.#entries.set(pipelineId, entry);
        this.#told.set(pipelineId, entry.state);
        if (tells) this.#host.tell({ news: 'created', entry });
        continue;
      }
      const fields = known.update(part);
      if (fields.length > 0) this.#host.tell({ news: 'updated', entry: known, fields });
    }
  }

  #onRuntimeEvent({ payload }: Event): void {
    if (payload.case === 'graphDidChange' && pipelineIdOf(payload.value.owner) !== undefined)
      this.#follow(true);
    if (payload.case !== 'runtimeStateChanged') return;
    const status = wordOf(RUNTIME_STATUSES, payload.value.toStatus) ?? 'initial';
    if (takesExecutions(status)) return;
    for (const entry of this.#entries.values()) entry.cancelExecutions();
  }

  #onProcessorEvent({ payload }: Event): void {
    if (payload.case !== 'processorStateChanged' && payload.case !== 'processorFailed') return;
    const { processorId } = payload.value;
    const entry = this.#entryWith(processorId);
    if (entry === undefined) return;
    if (payload.case === 'processorFailed') {
      const { code = 'PROCESS_FAILED', message = '' } = payload.value.error ?? {};
      entry.noteState(processorId, 'failed', plainError(code, message));
    } else
      entry.noteState(processorId, wordOf(PROCESSOR_STATES, payload.value.toState) ?? 'pending', undefined);
    // NB: of a failure one hears before the events that led to it.
    if (!this.#host.failures.isFailed(processorId)) entry.forgetFailure(processorId);
    this.#tellState(entry);
  }

  /** A pipeline one of whose nodes has failed for good stops: no more frames come, and those on their way come to their ends. */
  #onFinalFailure({ record, error }: FinalFailure): void {
    const { processorId, owner } = record.spec;
    // What fails in its setup does so before the edit that brought it is heard of.
    if (pipelineIdOf(owner) !== undefined) this.#follow(true);
    const entry = this.#entryWith(processorId);
    if (entry === undefined) return;
    entry.noteFailure(processorId, error);
    entry.channels.triggers.end();
    this.#host.failures.endSources(owner);
    this.#tellState(entry);
  }

  /** The pipeline that has a processor; its id is what the processor's begins with. */
  #entryWith(processorId: string): PipelineEntry | undefined {
    return this.#entries.get(processorId.slice(0, Math.max(0, processorId.indexOf('.'))));
  }

  #tellState(entry: PipelineEntry): void {
    const { pipelineId } = entry.part.record;
    const { state } = entry;
    const from = this.#told.get(pipelineId) ?? 'pending';
    if (from === state) return;
    this.#told.set(pipelineId, state);
    this.#host.tell({ news: 'state', entry, from, to: state });
  }
}

const plainError = (code: string, message: string): PlainError =>
  new StreamlibError(code as PlainError['code'], message).toPlain();

const notContinuous = (pipelineId: string): StreamlibError =>
  new StreamlibError('NOT_RUNNING', `the pipeline "${pipelineId}" is pooled and has no continuous instance`);

/** The source that is meant, which must take frames. Throws FIELD_INVALID. */
function triggeredSource(pipeline: CompiledPipeline, nodeId: string): string {
  const names = pipeline.entries.map((entry) => entry.nodeId);
  const [only] = names;
  if (nodeId === '' && names.length === 1 && only !== undefined) return only;
  const source = sourceOf(pipeline, nodeId);
  if (names.includes(source)) return source;
  const message = `node_id must be a source that takes frames, was "${source}", which runs by itself`;
  throw new StreamlibError('FIELD_INVALID', message, { path: 'node_id' });
}
