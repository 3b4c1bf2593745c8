import type { MessagePort } from 'node:worker_threads';
import { StreamlibError } from '../../server/runtime/errors.ts';
import type { StreamRuntime } from '../../server/runtime/stream-runtime.ts';
import type { PortAnswer, PortCommand } from './port-operations.ts';

/** What a lane sends to open its port: see `process.on('workerMessage')`. */
export interface PortOffer {
  readonly benchPort: MessagePort;
}

/** Answers the commands of ports that lanes offer, one by one, until it is disposed of. */
export function serveOfferedPorts(runtime: StreamRuntime): Disposable {
  const ports = new Set<MessagePort>();
  const onOffer = ({ benchPort: port }: PortOffer) => {
    ports.add(port);
    port.on('message', ({ id, command }: PortCommand) => {
      runtime.execute(command).then(
        (value) => port.postMessage({ id, value } satisfies PortAnswer),
        (error) => port.postMessage({ id, error: StreamlibError.from(error).toPlain() } satisfies PortAnswer),
      );
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
