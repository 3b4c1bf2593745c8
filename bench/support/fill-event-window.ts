import { setImmediate as turn } from 'node:timers/promises';
import type { StreamRuntime } from '../../server/runtime/stream-runtime.ts';

/** What one turn of the loop publishes. */
const AT_ONCE = 500;

/** Publishes so many small events of one topic, which then lie in the window of the server for whoever asks. */
export async function fillEventWindow(runtime: StreamRuntime, topic: string, count: number): Promise<void> {
  for (let index = 0; index < count; index++) {
    runtime.events.publish(topic, { name: 'tick', data: { index } });
    if (index % AT_ONCE === 0) await turn();
  }
}
