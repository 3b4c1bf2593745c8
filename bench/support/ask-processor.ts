import type { JsonObject } from '../../server/runtime/json.ts';
import type { StreamRuntime } from '../../server/runtime/stream-runtime.ts';

/** The topic of questions to processors of bench/ and of their answers. */
export const BENCH_TOPIC = 'bench';

let lastQuestion = 0;

/**
 * Publishes a custom event and resolves with the data of the event `answer` that carries its number. Rejects with
 * the error that the processor answers instead.
 */
export async function askProcessor(
  runtime: StreamRuntime,
  name: string,
  data: JsonObject,
): Promise<JsonObject> {
  const question = ++lastQuestion;
  const answered = Promise.withResolvers<JsonObject>();
  using _listener = runtime.events.subscribe(BENCH_TOPIC, ({ payload }) => {
    if (payload.case !== 'custom' || payload.value.data?.question !== question) return;
    if (payload.value.name === 'answer') answered.resolve(payload.value.data);
    if (payload.value.name === 'refusal') answered.reject(new Error(String(payload.value.data.error)));
  });
  runtime.events.publish(BENCH_TOPIC, { name, data: { ...data, question } });
  return await answered.promise;
}
