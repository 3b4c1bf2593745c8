import assert from 'node:assert/strict';
import { testAddon } from '../native/testing/index.ts';
import { mediansOfRounds } from './support/alternating-rounds.ts';
import type { Benchmark } from './support/benchmark.ts';
import { cpuUsedUs } from './support/cpu-used.ts';
import { assertDelivered } from './support/link-account.ts';
import { FULL_HD_BYTES } from './support/picture.ts';
import { runToEnd } from './support/run-to-end.ts';
import { median } from './support/statistics.ts';

const CONSUMERS = ['one', 'two', 'three', 'four'] as const;
/** 16 pictures are 133 MB. */
const CAPACITY_FRAMES = 16;

/** One picture for four lanes: everything that the runtime does with it, against copying it once. */
export const videoFanOut: Benchmark = {
  name: 'video-fan-out',
  measures: `1080p RGBA to ${CONSUMERS.length} consumers in as many lanes: all but filling it, against one copy`,
  async run({ quick }) {
    const frames = quick ? 100 : 20_000;
    const copies = quick ? 4 : 100;
    const cpuUs: number[] = [];
    const { handOver, memcpy, set } = await mediansOfRounds(quick ? 1 : 7, {
      handOver: async () => {
        const cost = await handOverCost(frames);
        cpuUs.push(cost.cpuUs);
        return cost.wallUs;
      },
      memcpy: () => testAddon.copyRate(FULL_HD_BYTES, copies) / 1000,
      set: () => setCostUs(copies),
    });
    const copy = Math.min(memcpy, set);
    return [
      { name: 'hand-over per frame', value: handOver, unit: 'µs' },
      { name: 'hand-over per frame, CPU of all threads', value: median(cpuUs), unit: 'µs' },
      { name: 'memcpy of C++', value: memcpy, unit: 'µs' },
      { name: 'Uint8Array.set', value: set, unit: 'µs' },
      {
        name: 'hand-over : the faster copy',
        value: (handOver / copy) * 100,
        unit: '%',
        target: { atMost: 2 },
      },
    ];
  },
};

async function handOverCost(frames: number): Promise<{ wallUs: number; cpuUs: number }> {
  // The first frames meet code that is not compiled yet.
  const skipped = Math.floor(frames / 4);
  const count = frames + skipped;
  return await runToEnd(
    {
      processors: [
        { id: 'source', type: 'bench.VideoBurst', lane: 'source', config: { count, skipped } },
        ...CONSUMERS.map((id) => ({ id, type: 'bench.VideoTaker', lane: id })),
      ],
      links: CONSUMERS.map((id) => ({
        from: ['source', 'video'],
        to: [id, 'video'],
        capacityFrames: CAPACITY_FRAMES,
        transport: 'ring',
      })),
      reporters: ['source', ...CONSUMERS],
    },
    ({ reports, links }) => {
      const endedCpuUs = cpuUsedUs();
      let endedUs = 0;
      for (const id of CONSUMERS) {
        const { ended_us, ...seen } = reports.get(id) ?? {};
        assert.deepEqual(seen, { count, wrong: 0 }, `what ${id} saw`);
        endedUs = Math.max(endedUs, Number(ended_us));
      }
      for (const link of links) assertDelivered(link, count);
      const { started_us, cpu_us } = reports.get('source') ?? {};
      const cpuUs = (endedCpuUs - Number(cpu_us)) / frames;
      return { wallUs: (endedUs - Number(started_us)) / frames, cpuUs };
    },
  );
}

function setCostUs(copies: number): number {
  const from = new Uint8Array(FULL_HD_BYTES).fill(1);
  const to = new Uint8Array(FULL_HD_BYTES).fill(2);
  const startedMs = performance.now();
  for (let copy = 0; copy < copies; copy++) {
    from[copy] = copy;
    to.set(from);
  }
  const tookMs = performance.now() - startedMs;
  assert.deepEqual([to[copies - 1], to[FULL_HD_BYTES - 1]], [copies - 1, 1], 'the copy');
  return (tookMs * 1000) / copies;
}
