import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { createBenchRuntime } from './support/bench-runtime.ts';
import type { Benchmark } from './support/benchmark.ts';
import { publishSteadily } from './support/publish-steadily.ts';
import { startServer } from './support/start-server.ts';

const GO = fileURLToPath(new URL('../scripts/go-client.mjs', import.meta.url));
const EVENTS = 100_000;
/** What a server takes without leaving any out. */
const EVENTS_PER_SECOND = 10_000;
const TOPIC = 'load';

/** What clients/go/bench prints: medians of rounds in which both have their turn. */
interface Figures {
  readonly bare_call_us: number;
  readonly client_call_us: number;
  readonly bare_event_us: number;
  readonly client_event_us: number;
  readonly bare_event_cpu_us: number;
  readonly client_event_cpu_us: number;
}

/** What the client in Go costs on top of the generated code that it is made of. */
export const clientOverheadGo: Benchmark = {
  name: 'client-overhead-go',
  measures: `GetRuntimeState one after the other, and ${EVENTS} streamed events, with and without the client`,
  async run({ quick }) {
    const events = quick ? 2000 : EVENTS;
    const [eventRounds, calls, callRounds] = quick ? [1, 50, 1] : [9, 200, 41];
    await using bench = await createBenchRuntime();
    const url = await startServer(bench.runtime, { window_events: 2 * EVENTS });
    await publishSteadily(bench.runtime, {
      topic: TOPIC,
      eventsPerSecond: EVENTS_PER_SECOND,
      seconds: events / EVENTS_PER_SECOND,
    });
    const figures = await measure([url, TOPIC, ...[events, eventRounds, calls, callRounds].map(String)]);
    return [
      { name: 'a call of the generated client', value: figures.bare_call_us, unit: 'µs' },
      { name: 'a call of the client', value: figures.client_call_us, unit: 'µs' },
      {
        name: 'call, client : generated',
        value: figures.client_call_us / figures.bare_call_us,
        unit: '×',
        target: { atMost: 1.1 },
      },
      { name: 'an event of the generated client', value: figures.bare_event_us, unit: 'µs' },
      { name: 'an event of the client', value: figures.client_event_us, unit: 'µs' },
      {
        name: 'event, client : generated',
        value: figures.client_event_us / figures.bare_event_us,
        unit: '×',
        target: { atMost: 1.1 },
      },
      { name: 'CPU for an event of the generated client', value: figures.bare_event_cpu_us, unit: 'µs' },
      { name: 'CPU for an event of the client', value: figures.client_event_cpu_us, unit: 'µs' },
      {
        name: 'CPU for an event, client : generated',
        value: figures.client_event_cpu_us / figures.bare_event_cpu_us,
        unit: '×',
        target: { atMost: 1.1 },
      },
    ];
  },
};

// NB: not waited for in one go, since the server is this process.
async function measure(args: readonly string[]): Promise<Figures> {
  const program = spawn(process.execPath, [GO, 'run', './bench', ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [printed, [code]] = await Promise.all([text(program.stdout), once(program, 'exit')]);
  assert.equal(code, 0, `go run ended with ${code}`);
  return JSON.parse(printed) as Figures;
}
