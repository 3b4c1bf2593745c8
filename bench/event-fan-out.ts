import { mediansOfRounds } from './support/alternating-rounds.ts';
import type { Benchmark, Measurement } from './support/benchmark.ts';
import { type FanOut, FanOutServer } from './support/fan-out-server.ts';

const SUBSCRIBERS = 100;
const EVENTS_PER_SECOND = 10_000;
/** What a server that encodes for each subscriber manages; what a delivery costs it depends little on that. */
const FEW_EVENTS_PER_SECOND = 100;

/** A million deliveries a second, and what each costs the process of the server, emission included. */
export const eventFanOut: Benchmark = {
  name: 'event-fan-out',
  measures: `${EVENTS_PER_SECOND} events a second to ${SUBSCRIBERS} subscribers in another process`,
  async run({ quick }) {
    const seconds = quick ? 0.5 : 60;
    const [roundSeconds, rounds] = quick ? [0.2, 1] : [8, 5];
    await using ours = await FanOutServer.start('ApiServer');
    await using ready = await FanOutServer.start('broadcaster of ready bytes');
    await using encoding = await FanOutServer.start('broadcaster that encodes');

    const load = { subscribers: SUBSCRIBERS, eventsPerSecond: EVENTS_PER_SECOND, seconds };
    const webSocket = await ours.fanOut({ ...load, door: 'webSocket' });
    const grpc = await ours.fanOut({ ...load, door: 'grpc' });

    const cost = async (server: FanOutServer, eventsPerSecond = EVENTS_PER_SECOND) => {
      const fanOut = { ...load, eventsPerSecond, seconds: roundSeconds, door: 'webSocket' as const };
      return (await server.fanOut(fanOut)).cpuPerDeliveryUs;
    };
    const costs = await mediansOfRounds(rounds, {
      ours: () => cost(ours),
      ready: () => cost(ready),
      encoding: () => cost(encoding, FEW_EVENTS_PER_SECOND),
    });
    return [
      ...rowsOf('WebSocket', webSocket),
      ...rowsOf('gRPC', grpc),
      { name: 'CPU per delivery', value: costs.ours, unit: 'µs' },
      { name: 'CPU per delivery of a broadcaster of ready bytes', value: costs.ready, unit: 'µs' },
      { name: 'CPU per delivery where each is encoded', value: costs.encoding, unit: 'µs' },
      {
        name: 'server : broadcaster of ready bytes',
        value: costs.ours / costs.ready,
        unit: '×',
        target: { atMost: 1.3 },
      },
      {
        name: 'server : encoding for each subscriber',
        value: costs.ours / costs.encoding,
        unit: '×',
        target: { atMost: 0.2 },
      },
    ];
  },
};

const rowsOf = (door: string, { lost, p50Ms, p99Ms, cpuPerDeliveryUs }: FanOut): Measurement[] => [
  { name: `lost over ${door}`, value: lost, unit: 'events', target: { atMost: 0 } },
  { name: `emission to socket over ${door}, median`, value: p50Ms, unit: 'ms' },
  { name: `emission to socket over ${door}, p99`, value: p99Ms, unit: 'ms', target: { atMost: 50 } },
  { name: `CPU per delivery over ${door}, whole run`, value: cpuPerDeliveryUs, unit: 'µs' },
];
