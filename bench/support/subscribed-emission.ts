import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';
import { createBenchRuntime } from './bench-runtime.ts';
import { ReadingProcess } from './reading-process.ts';
import { startServer } from './start-server.ts';

const TOPIC = 'load';
const DATA = { channel: 'rms', value: 0.25, limit: 0.2, direction: 'rising' };
/** From one turn with events to the next: the lane of the server, which shares the cores, has written them by then. */
const PAUSE_MS = 100;

/** How much is published to whom. */
export interface SubscribedEmission {
  readonly subscribers: number;
  readonly eventsPerTurn: number;
  readonly turns: number;
}

/**
 * The CPU time in microseconds that the runtime's thread needs for an event, all that follows from it there included
 * and what it needs anyway left out, while so many WebSockets are told every one. Throws when one of them misses any.
 */
export async function subscribedEmissionUs({
  subscribers,
  eventsPerTurn,
  turns,
}: SubscribedEmission): Promise<number> {
  await using bench = await createBenchRuntime();
  const port = Number(new URL(await startServer(bench.runtime, { ping_ms: 3_600_000 })).port);
  await using readers = new ReadingProcess();
  await readers.open({ port, door: 'webSocket', readers: subscribers, topic: TOPIC });
  const usedUs = async (events: number): Promise<number> => {
    const before = process.threadCpuUsage();
    for (let turn = 0; turn < turns; turn++) {
      for (let i = 0; i < events; i++)
        bench.runtime.events.publish(TOPIC, { name: 'threshold_crossed', data: DATA });
      await pause(PAUSE_MS);
    }
    const { user, system } = process.threadCpuUsage(before);
    return user + system;
  };
  const anywayUs = await usedUs(0);
  const withEventsUs = await usedUs(eventsPerTurn);
  const events = turns * eventsPerTurn;
  assert.equal((await readers.take(events)).lost, 0);
  return (withEventsUs - anywayUs) / events;
}
