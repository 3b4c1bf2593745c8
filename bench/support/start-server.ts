import type { JsonObject } from '../../server/runtime/json.ts';
import type { StreamRuntime } from '../../server/runtime/stream-runtime.ts';

/** Serves the API of a runtime on a free port and answers its address. It ends with the runtime. */
export async function startServer(runtime: StreamRuntime, config: JsonObject = {}): Promise<string> {
  const listening = Promise.withResolvers<string>();
  using _listener = runtime.events.subscribe('processor:api-server', ({ payload }) => {
    if (payload.case !== 'custom' || payload.value.name !== 'listening') return;
    listening.resolve(String(payload.value.data?.url));
  });
  await runtime.addService({ type: 'ApiServer', id: 'api-server', config: { port: 0, ...config } });
  return await listening.promise;
}
