import type { JsonObject } from '../../server/runtime/json.ts';
import type { StreamRuntime } from '../../server/runtime/stream-runtime.ts';

/** What is published. */
export interface SteadyEvents {
  readonly topic: string;
  readonly eventsPerSecond: number;
  readonly seconds: number;
  readonly data?: JsonObject;
}

const DATA: JsonObject = { channel: 'rms', value: 0.25, limit: 0.2, direction: 'rising' };

/** Publishes custom events from the loop, evenly to the millisecond, and answers how many. */
export async function publishSteadily(
  { events }: StreamRuntime,
  { topic, eventsPerSecond, seconds, data = DATA }: SteadyEvents,
): Promise<number> {
  const count = Math.round(eventsPerSecond * seconds);
  const startedMs = performance.now();
  let published = 0;
  await new Promise<void>((resolve) => {
    const timer = setInterval(() => {
      const due = Math.min(Math.floor(((performance.now() - startedMs) * eventsPerSecond) / 1000), count);
      while (published < due) {
        events.publish(topic, { name: 'threshold_crossed', data });
        published++;
      }
      if (published < count) return;
      clearInterval(timer);
      resolve();
    }, 1);
  });
  return published;
}
