import type { DescService } from '@bufbuild/protobuf';
import type { HandlerContext, ServiceImpl } from '@connectrpc/connect';
import type { RuntimeCommand } from '../../gen/ts/streamlib/v1/command_pb.ts';
import type { RuntimeOperations } from '../runtime/index.ts';
import { commandOptions, type MutatingRequest, readOptions } from './call-context.ts';

/** The commands of rooms beside the runtime. */
export type Room = 'pipeline' | 'runner' | 'strategy' | 'backtest';

/** The unary calls of a service: each is the member of its room's command of the same name. */
export function createRoomService<Service extends DescService>(
  service: Service,
  room: Room,
  runtime: RuntimeOperations,
): Partial<ServiceImpl<Service>> {
  const forward = (name: string) => async (request: object, context: HandlerContext) => {
    // A method, its command and its result have one name; the schema's comments promise it.
    const command = { case: room, value: { command: { case: name, value: request } } };
    const answer = await runtime.execute(
      command as Extract<RuntimeCommand['command'], { case: Room }>,
      isMutating(request) ? commandOptions(request, context) : readOptions(context),
    );
    return answer.result.value;
  };
  const unary = service.methods.filter(({ methodKind }) => methodKind === 'unary');
  return Object.fromEntries(unary.map(({ localName }) => [localName, forward(localName)])) as never;
}

const isMutating = (request: object): request is MutatingRequest => 'requestId' in request;
