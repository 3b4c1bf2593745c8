import assert from 'node:assert/strict';
import { inputPort, outputPort } from '../server/runtime/ids.ts';
import { TRANSPORTS, wordOf } from '../server/runtime/vocabulary.ts';
import { mediansOfRounds } from './support/alternating-rounds.ts';
import { createBenchRuntime } from './support/bench-runtime.ts';
import type { Benchmark } from './support/benchmark.ts';

type Transport = 'direct' | 'ring';

const CAPACITY_FRAMES = 1024;

/** Small frames over a lossless link, from one processor to the next. */
export const linkRate: Benchmark = {
  name: 'link-rate',
  measures: 'frames of one value over a lossless link, within a lane and between two',
  async run({ quick }) {
    const frames = quick ? 5000 : 300_000;
    const { direct, ring } = await mediansOfRounds(quick ? 1 : 5, {
      direct: () => frameRate('direct', frames),
      ring: () => frameRate('ring', frames),
    });
    return [
      { name: 'direct link', value: direct, unit: 'frames/s' },
      { name: 'ring between two lanes', value: ring, unit: 'frames/s' },
    ];
  },
};

async function frameRate(transport: Transport, frames: number): Promise<number> {
  await using bench = await createBenchRuntime();
  const { runtime } = bench;
  const counted = Promise.withResolvers<Readonly<Record<string, unknown>>>();
  using _listener = runtime.events.subscribe('bench', ({ payload }) => {
    if (payload.case === 'custom') counted.resolve(payload.value.data ?? {});
  });
  const lanes = transport === 'direct' ? ['one', 'one'] : ['one', 'two'];
  await runtime.addProcessor({
    type: 'bench.FrameSource',
    id: 'source',
    config: { count: frames },
    placement: { lane: lanes[0], priority: 'high' },
  });
  await runtime.addProcessor({
    type: 'bench.FrameCounter',
    id: 'counter',
    placement: { lane: lanes[1], priority: 'high' },
  });
  await runtime.connect(outputPort('source', 'data'), inputPort('counter', 'data'), {
    id: 'link',
    capacityFrames: CAPACITY_FRAMES,
  });
  const ended = runtime.ended();
  await runtime.start();
  assert.equal(wordOf(TRANSPORTS, (await runtime.getLink('link')).transport), transport);
  await ended;
  const { count, in_order, took_us } = await counted.promise;
  assert.deepEqual({ count, in_order }, { count: frames, in_order: true });
  const { counters } = await runtime.getLink('link');
  assert.deepEqual([counters?.produced, counters?.delivered], [BigInt(frames), BigInt(frames)]);
  return (frames / Number(took_us)) * 1e6;
}
