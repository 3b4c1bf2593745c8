import type { JsonObject } from '../../server/runtime/json.ts';
import type { StreamRuntime } from '../../server/runtime/stream-runtime.ts';
import { BENCH_TOPIC } from './ask-processor.ts';

let lastId = 0;

/** Starts a broadcaster of events and answers its port. It ends with the runtime. */
export async function startBroadcaster(runtime: StreamRuntime, config: JsonObject): Promise<number> {
  const listening = Promise.withResolvers<number>();
  using _listener = runtime.events.subscribe(BENCH_TOPIC, ({ payload }) => {
    if (payload.case !== 'custom' || payload.value.name !== 'broadcasting') return;
    listening.resolve(Number(payload.value.data?.port));
  });
  await runtime.addService({ type: 'bench.EventBroadcaster', id: `broadcaster-${++lastId}`, config });
  return await listening.promise;
}
