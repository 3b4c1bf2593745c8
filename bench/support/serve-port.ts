import type { MessagePort } from 'node:worker_threads';
import { create } from '@bufbuild/protobuf';
import {
  type CommandResult,
  CommandResultEnvelopeSchema,
  CommandResultSchema,
} from '../../gen/ts/streamlib/v1/command_pb.ts';
import { type CommandInit, RESULT_OF } from '../../server/runtime/commands.ts';
import { StreamlibError } from '../../server/runtime/errors.ts';
import type { CommandEnvelopeInit } from '../../server/runtime/lane/messages.ts';
import { errorResult } from '../../server/runtime/queue/command-queue.ts';
import type { StreamRuntime } from '../../server/runtime/stream-runtime.ts';

/** What a lane sends to open its port: see `process.on('workerMessage')`. */
export interface PortOffer {
  readonly benchPort: MessagePort;
}

/** Answers the commands of ports that lanes offer, one by one, until it is disposed of. */
export function serveOfferedPorts(runtime: StreamRuntime): Disposable {
  const ports = new Set<MessagePort>();
  const onOffer = ({ benchPort: port }: PortOffer) => {
    ports.add(port);
    port.on('message', async ({ commandId, command }: CommandEnvelopeInit) => {
      const result = await answer(runtime, command?.command as CommandInit);
      port.postMessage(create(CommandResultEnvelopeSchema, { commandId, result }));
    });
  };
  process.on('workerMessage', onOffer);
  return {
    [Symbol.dispose]: () => {
      process.off('workerMessage', onOffer);
      for (const port of ports) port.close();
    },
  };
}

async function answer(runtime: StreamRuntime, command: CommandInit): Promise<CommandResult> {
  try {
    const value = await runtime.execute(command);
    const result = { case: RESULT_OF[command.case], value } as CommandResult['result'];
    return create(CommandResultSchema, { result });
  } catch (error) {
    return errorResult(StreamlibError.from(error));
  }
}
