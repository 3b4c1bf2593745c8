import assert from 'node:assert/strict';
import { testAddon } from '../native/testing/index.ts';
import { mediansOfRounds } from './support/alternating-rounds.ts';
import type { Benchmark } from './support/benchmark.ts';
import { assertDelivered } from './support/link-account.ts';
import { runToEnd } from './support/run-to-end.ts';
import { median, percentile } from './support/statistics.ts';

const INTERVAL_US = 1000;

/** A frame a millisecond between two lanes that sleep otherwise, against two threads of C++ and a futex. */
export const wakeUp: Benchmark = {
  name: 'wake-up',
  measures: 'from write in one idle lane to process in another, against a bare futex at the same pace',
  async run({ quick }) {
    const frames = quick ? 100 : 1500;
    // At a thousand calls a second it takes seconds until the code of a lane is compiled.
    const skipped = quick ? 25 : 4000;
    const p99s: { lane: number[]; futex: number[]; apart: number[] } = { lane: [], futex: [], apart: [] };
    const { lane, futex, apart } = await mediansOfRounds(quick ? 1 : 5, {
      lane: async () => {
        const { p50Us, p99Us } = await laneLatency(frames, skipped);
        p99s.lane.push(p99Us);
        return p50Us;
      },
      futex: () => {
        const { p50Us, p99Us } = futexLatency(frames, 0);
        p99s.futex.push(p99Us);
        return p50Us;
      },
      apart: () => {
        const { p50Us, p99Us } = futexLatency(frames, 2);
        p99s.apart.push(p99Us);
        return p50Us;
      },
    });
    return [
      { name: 'write to process p50', value: lane, unit: 'µs' },
      { name: 'write to process p99', value: median(p99s.lane), unit: 'µs' },
      { name: 'bare futex p50', value: futex, unit: 'µs' },
      { name: 'bare futex p99', value: median(p99s.futex), unit: 'µs' },
      { name: 'bare futex to another core p50', value: apart, unit: 'µs' },
      { name: 'bare futex to another core p99', value: median(p99s.apart), unit: 'µs' },
      { name: 'p50, lane : futex', value: lane / futex, unit: '×', target: { atMost: 2 } },
      { name: 'p50, lane : futex to another core', value: lane / apart, unit: '×' },
    ];
  },
};

/** Two threads on any cores (0), which the system then has share one, or each on its own (2). */
function futexLatency(wakes: number, cores: 0 | 2): { p50Us: number; p99Us: number } {
  const tookNs = testAddon.futexLatencies(wakes, INTERVAL_US, cores);
  assert.equal(tookNs.length, wakes);
  assert.ok(
    tookNs.every((ns) => ns > 0),
    'nobody is awake before it is woken',
  );
  return { p50Us: percentile(tookNs, 0.5) / 1000, p99Us: percentile(tookNs, 0.99) / 1000 };
}

async function laneLatency(frames: number, skipped: number): Promise<{ p50Us: number; p99Us: number }> {
  const count = frames + skipped;
  return await runToEnd(
    {
      processors: [
        { id: 'source', type: 'bench.TickSource', lane: 'one', config: { count } },
        { id: 'sink', type: 'bench.TickSink', lane: 'two', config: { skipped } },
      ],
      links: [{ from: ['source', 'data'], to: ['sink', 'data'], transport: 'ring' }],
      reporters: ['sink'],
    },
    ({ reports, links }) => {
      const { p50_us, p99_us, ...seen } = reports.get('sink') ?? {};
      assert.deepEqual(seen, { count, wrong: 0 });
      for (const link of links) assertDelivered(link, count);
      return { p50Us: Number(p50_us), p99Us: Number(p99_us) };
    },
  );
}
