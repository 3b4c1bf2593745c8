import { create } from '@bufbuild/protobuf';
import type { CommandContext } from '../../gen/ts/streamlib/v1/command_pb.ts';
import {
  type PipelineCommand,
  type PipelineResult,
  PipelineResultSchema,
} from '../../gen/ts/streamlib/v1/pipeline_pb.ts';
import { type RoomHandler, type RoomRuntime, StreamlibError } from '../runtime/index.ts';

type PipelineCase = NonNullable<PipelineCommand['command']['case']>;
type RequestOf<C extends PipelineCase> = Extract<PipelineCommand['command'], { case: C }>['value'];
type ResponseOf<C extends PipelineCase> = Extract<PipelineResult['result'], { case: C }>['value'];

type Handler<C extends PipelineCase> = (
  request: RequestOf<C>,
  context: CommandContext | undefined,
) => ResponseOf<C> | Promise<ResponseOf<C>>;

/** One for each member of the command oneof; one that is not there yet is UNIMPLEMENTED. */
type Handlers = { readonly [C in PipelineCase]?: Handler<C> };

/** What executes the commands about pipelines, dead letters and metrics. */
export function createPipelineCommands(_runtime: RoomRuntime): RoomHandler<'pipeline'> {
  const handlers: Handlers = {};
  return async ({ command }, context) => {
    if (command.case === undefined)
      throw new StreamlibError('FIELD_INVALID', 'command is required, was empty', { path: 'command' });
    // The request and its handler belong together, which a union of all does not tell.
    const handle = handlers[command.case] as Handler<PipelineCase> | undefined;
    if (handle === undefined)
      throw new StreamlibError('UNIMPLEMENTED', `the command ${command.case} is not there yet`);
    const value = await handle(command.value, context);
    return create(PipelineResultSchema, {
      result: { case: command.case, value } as PipelineResult['result'],
    });
  };
}
