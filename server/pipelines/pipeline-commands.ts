import { create } from '@bufbuild/protobuf';
import {
  type PipelineCommand,
  type PipelineResult,
  PipelineResultSchema,
} from '../../gen/ts/streamlib/v1/pipeline_pb.ts';
import {
  type CommandOptions,
  commandOptionsOf,
  pipelineTopic,
  type RoomHandler,
  type RoomInternals,
  type RoomRuntime,
  StreamlibError,
} from '../runtime/index.ts';
import { PipelineManager } from './service/pipeline-manager.ts';
import { newsPayload } from './service/pipeline-messages.ts';
import { PipelineRpcs } from './service/pipeline-rpcs.ts';

type PipelineCase = NonNullable<PipelineCommand['command']['case']>;
type RequestOf<C extends PipelineCase> = Extract<PipelineCommand['command'], { case: C }>['value'];
type ResponseOf<C extends PipelineCase> = Extract<PipelineResult['result'], { case: C }>['value'];
/** A response as plain data. */
type Init<Message> = Omit<Partial<Record<keyof Message, unknown>>, '$typeName' | '$unknown'>;

type Handler<C extends PipelineCase> = (
  request: RequestOf<C>,
  options: CommandOptions,
) => Init<ResponseOf<C>> | Promise<Init<ResponseOf<C>>>;

/** One for each member of the command oneof; one that is not there yet is UNIMPLEMENTED. */
type Handlers = { readonly [C in PipelineCase]?: Handler<C> };

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
  const handlers: Handlers = {
    createPipeline: (request, options) => rpcs.create(request, options),
    getPipeline: (request) => rpcs.get(request),
    listPipelines: (request) => rpcs.list(request),
    deletePipeline: (request, options) => rpcs.remove(request, options),
    validatePipeline: (request) => rpcs.validate(request),
    executePipeline: (request, options) => rpcs.execute(request, options),
    triggerPipeline: (request) => rpcs.trigger(request),
    getPipelineStats: (request) => rpcs.stats(request),
    getMetrics: (request) => measure(request, rpcs.allStats()),
  };
  return async ({ command }, context) => {
    if (command.case === undefined)
      throw new StreamlibError('FIELD_INVALID', 'command is required, was empty', { path: 'command' });
    // The request and its handler belong together, which a union of all does not tell.
    const handle = handlers[command.case] as Handler<PipelineCase> | undefined;
    if (handle === undefined)
      throw new StreamlibError('UNIMPLEMENTED', `the command ${command.case} is not there yet`);
    const value = await handle(command.value, commandOptionsOf(context));
    return create(PipelineResultSchema, { result: { case: command.case, value } as never });
  };
}
