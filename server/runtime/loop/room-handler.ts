import { create, type DescMessage } from '@bufbuild/protobuf';
import type { CommandContext } from '../../../gen/ts/streamlib/v1/command_pb.ts';
import type { CommandOptions } from '../commands.ts';
import { StreamlibError } from '../errors.ts';
import { commandOptionsOf } from './command-options.ts';
import type { RoomCase, RoomHandler } from './command-rooms.ts';

type InnerCommand<Room extends RoomCase> = Parameters<RoomHandler<Room>>[0] extends {
  readonly command: infer Command extends AnyCommand;
}
  ? Command
  : never;
type InnerCase<Room extends RoomCase> = NonNullable<InnerCommand<Room>['case']>;
interface AnyCommand {
  readonly case?: string | undefined;
  readonly value?: unknown;
}

/** What executes each command of a room, and answers the fields of its response; one that is absent is UNIMPLEMENTED. */
export type RoomCalls<Room extends RoomCase> = {
  readonly [Case in InnerCase<Room>]?: (
    request: Extract<InnerCommand<Room>, { readonly case: Case; readonly value: unknown }>['value'],
    options: CommandOptions,
  ) => object | Promise<object>;
};

/** A handler that has a command executed by its own call; `schema` is that of the room's results, whose cases are the same. */
export function createRoomHandler<Room extends RoomCase>(
  schema: DescMessage,
  calls: RoomCalls<Room>,
): RoomHandler<Room> {
  const execute = async (
    { command }: { readonly command: AnyCommand },
    context: CommandContext | undefined,
  ) => {
    if (command.case === undefined)
      throw new StreamlibError('FIELD_INVALID', 'command is required, was empty', { path: 'command' });
    // The request and its call belong together, which a union of all does not tell.
    const call = (
      calls as Record<string, ((request: unknown, options: CommandOptions) => unknown) | undefined>
    )[command.case];
    if (call === undefined)
      throw new StreamlibError('UNIMPLEMENTED', `the command ${command.case} is not there yet`);
    const value = await call(command.value, commandOptionsOf(context));
    return create(schema, { result: { case: command.case, value } } as never);
  };
  return execute as unknown as RoomHandler<Room>;
}
