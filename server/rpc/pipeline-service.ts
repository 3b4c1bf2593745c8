import type { HandlerContext, ServiceImpl } from '@connectrpc/connect';
import { type PipelineCommand, PipelineService } from '../../gen/ts/streamlib/v1/pipeline_pb.ts';
import type { RuntimeOperations } from '../runtime/index.ts';
import { commandOptions, type MutatingRequest, readOptions } from './call-context.ts';

/** The calls about pipelines, dead letters and metrics: each is the member of PipelineCommand of the same name. */
export function createPipelineService(
  runtime: RuntimeOperations,
): Partial<ServiceImpl<typeof PipelineService>> {
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
  return Object.fromEntries(unary.map(({ localName }) => [localName, forward(localName)]));
}

const isMutating = (request: object): request is MutatingRequest => 'requestId' in request;
