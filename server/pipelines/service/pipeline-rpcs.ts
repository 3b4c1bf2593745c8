import { create, type MessageInitShape } from '@bufbuild/protobuf';
import { type PipelineStats, PipelineStatsSchema } from '../../../gen/ts/streamlib/v1/metrics_pb.ts';
import type {
  CreatePipelineRequest,
  CreatePipelineResponseSchema,
  DeletePipelineRequest,
  DeletePipelineResponseSchema,
  ExecutePipelineRequest,
  ExecutePipelineResponseSchema,
  GetPipelineRequest,
  GetPipelineResponseSchema,
  GetPipelineStatsRequest,
  GetPipelineStatsResponseSchema,
  ListPipelinesRequest,
  ListPipelinesResponseSchema,
  TriggerPipelineRequest,
  TriggerPipelineResponseSchema,
  ValidatePipelineRequest,
  ValidatePipelineResponseSchema,
} from '../../../gen/ts/streamlib/v1/pipeline_pb.ts';
import {
  type CommandOptions,
  eventPosition,
  hasLabel,
  outcomeFields,
  pageOf,
  type RuntimeOperations,
  vocabulary,
  wallClockMs,
} from '../../runtime/index.ts';
import { durationOfMs, specFromMessage } from './config-messages.ts';
import { frameFromMessage, outputToMessage } from './frame-messages.ts';
import type { PipelineEntry } from './pipeline-entry.ts';
import type { PipelineManager } from './pipeline-manager.ts';
import { pipelineMessage, statsMessage } from './pipeline-messages.ts';
import { poolIdOf } from './pipeline-record.ts';
import { PIPELINE_STATES } from './pipeline-state.ts';

/** The calls about pipelines, as the schema has them. Runtime's thread. */
export class PipelineRpcs {
  readonly #manager: PipelineManager;
  readonly #operations: RuntimeOperations;

  constructor(manager: PipelineManager, operations: RuntimeOperations) {
    this.#manager = manager;
    this.#operations = operations;
  }

  async create(
    request: CreatePipelineRequest,
    options: CommandOptions,
  ): Promise<MessageInitShape<typeof CreatePipelineResponseSchema>> {
    const { pipelineId, displayName, labels } = request;
    const spec = specFromMessage(request);
    const { entry, outcome } = await this.#manager.create({ pipelineId, displayName, labels, spec }, options);
    const pipeline = await this.#message(entry);
    return { pipelineId: pipeline.pipelineId, pipeline, ...outcomeFields(outcome) };
  }

  async get({ pipelineId }: GetPipelineRequest): Promise<MessageInitShape<typeof GetPipelineResponseSchema>> {
    const pipeline = await this.#message(this.#manager.entry(pipelineId));
    return { pipeline, ...(await eventPosition(this.#operations)) };
  }

  async list(request: ListPipelinesRequest): Promise<MessageInitShape<typeof ListPipelinesResponseSchema>> {
    const state = vocabulary.wordOf(PIPELINE_STATES, request.state);
    const { entries } = this.#manager;
    const { items, nextPageToken } = pageOf(request, {
      from: (after) => entries.filter((entry) => after === undefined || idOf(entry) > after),
      idOf,
      wanted: (entry) =>
        (state === undefined || entry.state === state) && hasLabel(entry.part.record.labels, request.label),
    });
    const pipelines = await Promise.all(items.map((entry) => this.#message(entry)));
    return { pipelines, nextPageToken, ...(await eventPosition(this.#operations)) };
  }

  async remove(
    { pipelineId }: DeletePipelineRequest,
    options: CommandOptions,
  ): Promise<MessageInitShape<typeof DeletePipelineResponseSchema>> {
    return outcomeFields(await this.#manager.remove(pipelineId, options));
  }

  validate(request: ValidatePipelineRequest): MessageInitShape<typeof ValidatePipelineResponseSchema> {
    const { faults, pipeline } = this.#manager.check(specFromMessage(request));
    const nodeOrder = pipeline?.nodes.map(({ id }) => id) ?? [];
    return { valid: faults.length === 0, faults: faults.map((fault) => ({ ...fault })), nodeOrder };
  }

  async execute(
    { pipelineId, frame, nodeId, timeout }: ExecutePipelineRequest,
    { deadlineMs, signal }: CommandOptions,
  ): Promise<MessageInitShape<typeof ExecutePipelineResponseSchema>> {
    const limits = [
      ...(timeout === undefined ? [] : [Number(timeout.seconds) * 1000 + timeout.nanos / 1e6]),
      ...(deadlineMs === undefined ? [] : [Math.max(0, deadlineMs - wallClockMs())]),
    ];
    const result = await this.#manager.execute(pipelineId, frame && frameFromMessage(frame), {
      nodeId,
      timeoutMs: limits.length === 0 ? undefined : Math.min(...limits),
      signal,
    });
    return {
      executionId: result.executionId,
      outputs: result.outputs.map(outputToMessage),
      waitTime: durationOfMs(result.waitUs / 1000),
      runTime: durationOfMs(result.runUs / 1000),
    };
  }

  async trigger({
    pipelineId,
    frame,
    nodeId,
  }: TriggerPipelineRequest): Promise<MessageInitShape<typeof TriggerPipelineResponseSchema>> {
    const sequence = await this.#manager.trigger(pipelineId, frame && frameFromMessage(frame), nodeId);
    return { sequenceId: BigInt(sequence) };
  }

  stats({ pipelineId }: GetPipelineStatsRequest): MessageInitShape<typeof GetPipelineStatsResponseSchema> {
    return { stats: statsMessage(this.#manager.entry(pipelineId)) };
  }

  /** The pool of every pipeline in numbers. */
  allStats(): PipelineStats[] {
    return this.#manager.entries.map((entry) => create(PipelineStatsSchema, statsMessage(entry)));
  }

  /** A pipeline is as old as its record. */
  async #message(entry: PipelineEntry) {
    const pool = await this.#operations.getProcessor(poolIdOf(idOf(entry)));
    const { createTime, updateTime } = pool;
    return { ...pipelineMessage(entry, { createTime, updateTime }), pipelineId: idOf(entry) };
  }
}

const idOf = (entry: PipelineEntry): string => entry.part.record.pipelineId;
