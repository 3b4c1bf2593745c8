import type {
  CommandContext,
  CommandResult,
  RuntimeCommand,
} from '../../../gen/ts/streamlib/v1/command_pb.ts';
import type { ResultOf } from '../commands.ts';

/** The commands whose rooms are no part of the runtime. */
export type RoomCase = 'pipeline' | 'runner' | 'strategy' | 'backtest';

type RoomCommand<C extends RoomCase> = Extract<RuntimeCommand['command'], { case: C }>['value'];

/**
 * Executes the commands of one room, on the runtime's thread. What it throws, or rejects with, is the answer; a
 * StreamlibError keeps its code.
 */
export type RoomHandler<C extends RoomCase> = (
  command: RoomCommand<C>,
  context: CommandContext | undefined,
) => ResultOf<C> | Promise<ResultOf<C>>;

/** What executes the commands of rooms; those of one without a handler are UNIMPLEMENTED. */
export type RoomHandlers = { readonly [C in RoomCase]?: RoomHandler<C> } & {
  /** Ends what the rooms have begun; called when the runtime closes, once its lanes have ended. Never throws. */
  readonly close?: () => Promise<void>;
};

/** What answers a command of a room, or undefined where nothing does. */
export function executeInRoom(
  handlers: RoomHandlers,
  command: Extract<RuntimeCommand['command'], { case: RoomCase }>,
  context: CommandContext | undefined,
): CommandResult['result'] | Promise<CommandResult['result']> | undefined {
  // The command and its handler belong together, which a union of both does not tell.
  const handler = handlers[command.case] as RoomHandler<RoomCase> | undefined;
  if (handler === undefined) return undefined;
  const result = (value: ResultOf<RoomCase>) => ({ case: command.case, value }) as CommandResult['result'];
  const answer = handler(command.value, context);
  return answer instanceof Promise ? answer.then(result) : result(answer);
}
