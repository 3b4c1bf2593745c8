import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';
import type { StreamRuntime } from '../server/runtime/stream-runtime.ts';
import { mediansOfRounds } from './support/alternating-rounds.ts';
import { createBenchRuntime } from './support/bench-runtime.ts';
import type { Benchmark } from './support/benchmark.ts';
import { HttpClient } from './support/http-client.ts';
import { startServer } from './support/start-server.ts';
import { median, percentile } from './support/statistics.ts';

const BURNERS = ['burner-1', 'burner-2', 'burner-3', 'burner-4'] as const;
/** How long the system gets to settle after the lanes were resumed or paused. */
const SETTLE_MS = 200;

/** What is read, and what its answer must contain. /health is answered without the runtime: the limit of the rest. */
const READS = { '/api/runtime/state': '"status":"running"', '/health': 'ok' } as const;

/** `GET /api/runtime/state` from another process while nothing runs and while every lane computes. */
export const stateRead: Benchmark = {
  name: 'state-read',
  measures: `p99 of reading the state over HTTP, idle and with ${BURNERS.length} busy lanes`,
  async run({ quick }) {
    const calls = quick ? 50 : 1000;
    await using bench = await createBenchRuntime();
    const { runtime } = bench;
    const base = await startServer(runtime);
    for (const id of BURNERS) await runtime.addProcessor({ type: 'bench.Burner', id, paused: true });
    await runtime.start();
    await using client = new HttpClient();

    const time = (what: keyof typeof READS) =>
      client.time({ url: `${base}${what}`, calls, expected: READS[what] });
    const p50s: { idle: number[]; busy: number[] } = { idle: [], busy: [] };
    const health: { idle: number[]; busy: number[] } = { idle: [], busy: [] };
    const measure = async (kind: 'idle' | 'busy') => {
      await pause(SETTLE_MS);
      health[kind].push(percentile(await time('/health'), 0.99));
      const tookMs = await time('/api/runtime/state');
      p50s[kind].push(median(tookMs));
      return percentile(tookMs, 0.99);
    };
    const { idle, busy } = await mediansOfRounds(quick ? 1 : 7, {
      idle: () => measure('idle'),
      busy: () => whileBurning(runtime, () => measure('busy')),
    });
    return [
      { name: 'idle p50', value: median(p50s.idle), unit: 'ms' },
      { name: 'busy p50', value: median(p50s.busy), unit: 'ms' },
      { name: 'idle p99', value: idle, unit: 'ms' },
      { name: 'busy p99', value: busy, unit: 'ms' },
      { name: 'idle p99 of /health', value: median(health.idle), unit: 'ms' },
      { name: 'busy p99 of /health', value: median(health.busy), unit: 'ms' },
      { name: 'p99 busy : idle', value: busy / idle, unit: '×', target: { atMost: 3 } },
    ];
  },
};

/** Measures while every burner computes, and makes sure that they all did. */
async function whileBurning<Result>(runtime: StreamRuntime, measure: () => Promise<Result>): Promise<Result> {
  for (const id of BURNERS) await runtime.resumeProcessor(id, { wait: 'effective' });
  const before = await burnedUs(runtime);
  const result = await measure();
  const after = await burnedUs(runtime);
  for (const [i, id] of BURNERS.entries()) {
    assert.ok((after[i] ?? 0) > (before[i] ?? 0), `${id} computed meanwhile`);
    await runtime.pauseProcessor(id, { wait: 'effective' });
  }
  return result;
}

/** How long each of the burners has computed since it was made. */
const burnedUs = (runtime: StreamRuntime): Promise<number[]> =>
  Promise.all(BURNERS.map(async (id) => (await runtime.getProcessor(id)).metrics?.processTime?.sumUs ?? 0));
