import { PipelineResultSchema } from '../../gen/ts/streamlib/v1/pipeline_pb.ts';
import {
  createRoomHandler,
  pipelineTopic,
  type RoomHandler,
  type RoomInternals,
  type RoomRuntime,
} from '../runtime/index.ts';
import { PipelineManager } from './service/pipeline-manager.ts';
import { newsPayload } from './service/pipeline-messages.ts';
import { PipelineRpcs } from './service/pipeline-rpcs.ts';

/** What executes the commands about pipelines, dead letters and metrics. */
export function createPipelineCommands(
  runtime: RoomRuntime,
  { types, registries, graph, measure, emit, ...failures }: RoomInternals,
): RoomHandler<'pipeline'> {
  const manager = new PipelineManager({
    operations: runtime,
    events: runtime.events,
    types,
    registries,
    graph,
    failures,
    tell: (news) => emit(newsPayload(news), { topic: pipelineTopic(news.entry.part.record.pipelineId) }),
  });
  const rpcs = new PipelineRpcs(manager, runtime);
  return createRoomHandler<'pipeline'>(PipelineResultSchema, {
    createPipeline: (request, options) => rpcs.create(request, options),
    getPipeline: (request) => rpcs.get(request),
    listPipelines: (request) => rpcs.list(request),
    deletePipeline: (request, options) => rpcs.remove(request, options),
    validatePipeline: (request) => rpcs.validate(request),
    executePipeline: (request, options) => rpcs.execute(request, options),
    triggerPipeline: (request) => rpcs.trigger(request),
    getPipelineStats: (request) => rpcs.stats(request),
    getMetrics: (request) => measure(request, rpcs.allStats()),
  });
}
