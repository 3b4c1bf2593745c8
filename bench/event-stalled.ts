import type { Benchmark } from './support/benchmark.ts';
import { FanOutServer } from './support/fan-out-server.ts';

const SUBSCRIBERS = 1000;
const STALLED = 100;
const EVENTS_PER_SECOND = 100;
/** A small window, which is full before anything is measured, so that no growth is its own. */
const WINDOW_EVENTS = 500;
/** Together far more than the sockets of a connection hold. */
const FILL = { events: 200, bytes: 50_000 };

/** Subscribers that never read: what they cost the others, and the server in memory. */
export const eventStalled: Benchmark = {
  name: 'event-stalled',
  measures: `${EVENTS_PER_SECOND} events a second to ${SUBSCRIBERS} subscribers over WebSocket, ${STALLED} of which never read`,
  async run({ quick }) {
    const [subscribers, stalled] = quick ? [45, 5] : [SUBSCRIBERS - STALLED, STALLED];
    const seconds = quick ? 0.5 : 60;
    const load = { subscribers, eventsPerSecond: EVENTS_PER_SECOND };
    await using server = await FanOutServer.start('ApiServer', { window_events: WINDOW_EVENTS });
    await server.open({ door: 'webSocket', readers: subscribers, sampledOf: quick ? 1 : 16 });
    await server.fill(FILL);
    await server.send({ ...load, seconds: seconds / 4 });
    const withoutBytes = process.memoryUsage.rss();

    await server.open({ door: 'webSocket', readers: 0, stalled });
    await server.fill(FILL);
    await server.send({ ...load, seconds: seconds / 4 });
    const withBytes = process.memoryUsage.rss();

    const { lost, p50Ms, p99Ms } = await server.send({ ...load, seconds });
    const laterBytes = process.memoryUsage.rss();
    return [
      { name: 'lost by those who read', value: lost, unit: 'events', target: { atMost: 0 } },
      { name: 'emission to socket, median', value: p50Ms, unit: 'ms' },
      { name: 'emission to socket, p99', value: p99Ms, unit: 'ms', target: { atMost: 100 } },
      { name: 'memory of the server without those who stall', value: withoutBytes / MIB, unit: 'MiB' },
      {
        name: 'memory for each who stalls',
        value: (withBytes - withoutBytes) / stalled / 1024,
        unit: 'KiB',
        target: { atMost: 700 },
      },
      {
        name: `growth while they stall for ${seconds} s more`,
        value: (laterBytes - withBytes) / MIB,
        unit: 'MiB',
        target: { atMost: 16 },
      },
    ];
  },
};

const MIB = 1024 * 1024;
