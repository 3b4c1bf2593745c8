import type { MessageInitShape } from '@bufbuild/protobuf';
import type { EventSchema } from '../../../gen/ts/streamlib/v1/event_pb.ts';
import type { PipelineStatsSchema } from '../../../gen/ts/streamlib/v1/metrics_pb.ts';
import type { PipelineSchema } from '../../../gen/ts/streamlib/v1/pipeline_pb.ts';
import { latencyMessage, vocabulary } from '../../runtime/index.ts';
import { specToMessage } from './config-messages.ts';
import type { PipelineEntry } from './pipeline-entry.ts';
import type { PipelineNews } from './pipeline-news.ts';
import { PIPELINE_STATES } from './pipeline-state.ts';

const { numberOf } = vocabulary;

type EventPayload = NonNullable<MessageInitShape<typeof EventSchema>['payload']> & { case: string };

/** A pipeline as the schema shows it. */
export function pipelineMessage(
  entry: PipelineEntry,
  times: Pick<MessageInitShape<typeof PipelineSchema>, 'createTime' | 'updateTime'> = {},
): MessageInitShape<typeof PipelineSchema> {
  const { record, processors, links } = entry.part;
  const { pipelineId, displayName, labels } = record;
  return {
    pipelineId,
    displayName,
    ...specToMessage(entry.spec),
    labels: { ...labels },
    state: numberOf(PIPELINE_STATES, entry.state),
    error: errorMessage(entry),
    processorIds: processors.map(({ processorId }) => processorId),
    linkIds: links.map(({ linkId }) => linkId),
    stats: statsMessage(entry),
    ...times,
  };
}

/** The pool of a pipeline in numbers; all 0 where its config cannot be used. */
export function statsMessage(entry: PipelineEntry): MessageInitShape<typeof PipelineStatsSchema> {
  const { pipelineId } = entry.part.record;
  const triggers = BigInt(entry.channels.triggers.triggers);
  const stats = entry.stats();
  if (stats === undefined) return { pipelineId, triggers };
  return {
    pipelineId,
    triggers,
    inUse: stats.inUse,
    idle: stats.idle,
    waiting: stats.waiting,
    rejected: BigInt(stats.rejected),
    executions: BigInt(stats.executions),
    succeeded: BigInt(stats.succeeded),
    failed: BigInt(stats.failed),
    cancelled: BigInt(stats.cancelled),
    timedOut: BigInt(stats.timedOut),
    instancesCreated: BigInt(stats.instancesCreated),
    maxConcurrent: stats.maxConcurrent,
    latency: latencyMessage(stats.latency),
    waitTime: latencyMessage(stats.waitTime),
  };
}

/** What became of a pipeline, as an event. */
export function newsPayload(told: PipelineNews): EventPayload {
  const { entry } = told;
  const { pipelineId, displayName } = entry.part.record;
  switch (told.news) {
    case 'created':
      return { case: 'pipelineCreated', value: { pipelineId, displayName } };
    case 'updated':
      return { case: 'pipelineUpdated', value: { pipelineId, fields: [...told.fields] } };
    case 'removed':
      return { case: 'pipelineRemoved', value: { pipelineId, stats: statsMessage(entry) } };
    case 'state':
      return {
        case: 'pipelineStateChanged',
        value: {
          pipelineId,
          fromState: numberOf(PIPELINE_STATES, told.from),
          toState: numberOf(PIPELINE_STATES, told.to),
          error: told.to === 'failed' ? errorMessage(entry) : undefined,
        },
      };
  }
}

function errorMessage({ failure }: PipelineEntry) {
  if (failure === undefined) return undefined;
  const { code, message } = failure.error;
  return { nodeId: failure.nodeId, error: { code, message } };
}
