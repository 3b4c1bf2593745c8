import { createBenchRuntime } from './support/bench-runtime.ts';
import type { Benchmark, Measurement } from './support/benchmark.ts';
import { ReadingProcess } from './support/reading-process.ts';
import { startServer } from './support/start-server.ts';

const EVENTS = 200;
/** While the server and the reader warm up. */
const UNCOUNTED = 20;
const TOPIC = 'ticks';

/** How late a program is told of something: one event at a time on a stream that was idle. See event-browser for a page. */
export const eventIdleLatency: Benchmark = {
  name: 'event-idle-latency',
  measures: `from an event's time to the socket of a reader in another process, ${EVENTS} events, each after the one before was received`,
  async run({ quick }) {
    await using bench = await createBenchRuntime();
    const port = Number(new URL(await startServer(bench.runtime)).port);
    await using readers = new ReadingProcess();
    const send = async (events: number) => {
      await readers.begin();
      for (let sent = 1; ; sent++) {
        bench.runtime.events.publish(TOPIC, { name: 'tick' });
        const taken = await readers.take(sent);
        if (sent === events) return taken;
      }
    };
    const rows: Measurement[] = [];
    for (const [name, door] of [
      ['WebSocket', 'webSocket'],
      ['gRPC', 'grpc'],
    ] as const) {
      await readers.open({ port, door, readers: 1, topic: TOPIC, sampledOf: 1 });
      await send(quick ? 2 : UNCOUNTED);
      const { lost, p50Ms, p99Ms } = await send(quick ? 5 : EVENTS);
      await readers.close();
      rows.push(
        { name: `${name}, lost`, value: lost, unit: 'events', target: { atMost: 0 } },
        { name: `${name}, median`, value: p50Ms, unit: 'ms' },
        { name: `${name}, p99`, value: p99Ms, unit: 'ms', target: { atMost: 10 } },
      );
    }
    return rows;
  },
};
