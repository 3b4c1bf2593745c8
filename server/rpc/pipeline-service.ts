import type { HandlerContext, ServiceImpl } from '@connectrpc/connect';
import { type PipelineCommand, PipelineService } from '../../gen/ts/streamlib/v1/pipeline_pb.ts';
import { commandOptions, type MutatingRequest, readOptions } from './call-context.ts';
import { type WatchSource, watchPipeline } from './pipeline-watch.ts';

/** The calls about pipelines, dead letters and metrics: each but the watch is the member of PipelineCommand of its name. */
export function createPipelineService(source: WatchSource): Partial<ServiceImpl<typeof PipelineService>> {
  const { runtime } = source;
  const forward = (name: string) => async (request: object, context: HandlerContext) => {
    // A method, its command and its result have one name; the schema's comments promise it.
    const command = { case: name, value: request } as PipelineCommand['command'];
    const { result } = await runtime.execute(
      { case: 'pipeline', value: { command } },
      isMutating(request) ? commandOptions(request, context) : readOptions(context),
    );
    return result.value;
  };
  const unary = PipelineService.methods.filter(({ methodKind }) => methodKind === 'unary');
  return {
    ...Object.fromEntries(unary.map(({ localName }) => [localName, forward(localName)])),
    watchPipeline: (request, context) => watchPipeline(request, source, context),
  };
}

const isMutating = (request: object): request is MutatingRequest => 'requestId' in request;
