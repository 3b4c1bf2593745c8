import { setTimeout as pause } from 'node:timers/promises';
import type { Benchmark } from './support/benchmark.ts';
import type { IdleServerKind } from './support/idle-server.ts';
import { IdleServerProcess } from './support/idle-server-process.ts';
import { ReadingProcess } from './support/reading-process.ts';

const SUBSCRIBERS = 1000;
/** What the server tells an idle subscriber by default. */
const HEARTBEAT_SECONDS = 15;
/** Until the memory of what was opened has settled. */
const SETTLE_MS = 1000;

/** What a subscriber costs to whom nothing happens. */
export const eventIdle: Benchmark = {
  name: 'event-idle',
  measures: `${SUBSCRIBERS} subscribers over gRPC who are told nothing but heartbeats, against streams of connect-node alone`,
  async run({ quick }) {
    const subscribers = quick ? 20 : SUBSCRIBERS;
    const seconds = quick ? 0.2 : 2 * HEARTBEAT_SECONDS;
    const measure = async (kind: IdleServerKind) => {
      await using server = await IdleServerProcess.start(kind);
      await using readers = new ReadingProcess();
      const open = async () => {
        const load = { door: 'grpc', topic: 'load', heartbeatSeconds: HEARTBEAT_SECONDS } as const;
        await readers.open({ port: server.port, readers: subscribers, ...load });
        await pause(quick ? 0 : SETTLE_MS);
        return await server.report();
      };
      const first = await open();
      const second = await open();
      await pause(seconds * 1000);
      const end = await server.report();
      return {
        kib: (second.residentBytes - first.residentBytes) / subscribers / 1024,
        // Twice as many are there.
        cpuShare: (end.cpuUs - second.cpuUs) / 2 / (seconds * 1e6),
      };
    };
    const ours = await measure('ApiServer');
    const bare = await measure('connect-node');
    return [
      { name: 'memory of a subscriber', value: ours.kib, unit: 'KiB' },
      { name: 'memory of a stream of connect-node', value: bare.kib, unit: 'KiB' },
      {
        name: 'subscriber : stream of connect-node',
        value: ours.kib / bare.kib,
        unit: '×',
        target: { atMost: 1.3 },
      },
      {
        name: `CPU of the server with ${SUBSCRIBERS} of them`,
        value: ours.cpuShare * 100,
        unit: '% of a core',
        target: { atMost: 1 },
      },
    ];
  },
};
