import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';
import { fromBinary } from '@bufbuild/protobuf';
import { FrameSchema } from '../gen/ts/streamlib/v1/frame_pb.ts';
import type { LinkTap, TapSight } from '../server/runtime/index.ts';
import type { StreamRuntime } from '../server/runtime/stream-runtime.ts';
import { createBenchRuntime } from './support/bench-runtime.ts';
import type { Benchmark, Measurement } from './support/benchmark.ts';
import { assertAddsUp } from './support/link-account.ts';
import { addToGraph } from './support/run-to-end.ts';
import { median } from './support/statistics.ts';

const CAPACITY_FRAMES = 64;
/** More than flow meanwhile. */
const ENDLESS = 1e12;
const TAPPED = 'one-sink';
const MAX_RATE = 30;
/** Long enough for code that a tap is the first to reach to be compiled again. */
const WARM_UP_MS = 1_000;
const WINDOW_MS = 300;

/** A link as fast as it goes, by turns with an observer and without, while it runs. */
export const tap: Benchmark = {
  name: 'tap',
  measures: `a source, a forwarder and a sink, with a tap of ${MAX_RATE} frames a second and without, by turns`,
  async run({ quick }) {
    const rounds = quick ? 1 : 20;
    return [...(await measure('direct', 'one', rounds)), ...(await measure('ring', 'two', rounds))];
  },
};

async function measure(name: string, sinkLane: string, rounds: number): Promise<Measurement[]> {
  await using bench = await createBenchRuntime();
  const { runtime } = bench;
  const config = { count: ENDLESS };
  await addToGraph(runtime, {
    processors: [
      { id: 'source', type: 'bench.StepSource', lane: 'one', config },
      { id: 'one', type: 'bench.Forwarder', lane: 'one' },
      { id: 'sink', type: 'bench.RateSink', lane: sinkLane, config },
    ],
    links: [
      {
        from: ['source', 'data'],
        to: ['one', 'data_in'],
        capacityFrames: CAPACITY_FRAMES,
        transport: 'direct',
      },
      {
        from: ['one', 'data_out'],
        to: ['sink', 'data'],
        capacityFrames: CAPACITY_FRAMES,
        transport: sinkLane === 'one' ? 'direct' : 'ring',
      },
    ],
  });
  await runtime.start();
  await rateDuring(runtime, WARM_UP_MS, true);
  const untapped: number[] = [];
  const tapped: number[] = [];
  let shown = 0;
  for (let round = 0; round < rounds; round++) {
    // Each second round backwards, so that what disturbs the machine meanwhile disturbs both alike.
    for (const isTapped of round % 2 === 0 ? [false, true] : [true, false]) {
      const window = await rateDuring(runtime, WINDOW_MS, isTapped);
      (isTapped ? tapped : untapped).push(window.rate);
      shown += window.shown;
    }
  }
  await runtime.pause();
  for (const link of await runtime.listLinks()) assertAddsUp(link);
  const ratio = median(tapped.map((rate, i) => rate / (untapped[i] as number)));
  return [
    { name: name, value: median(untapped), unit: 'frames/s' },
    { name: `${name}, tapped`, value: median(tapped), unit: 'frames/s' },
    { name: `${name}, tapped : untapped`, value: ratio, unit: '×', target: { atLeast: 0.95 } },
    { name: `${name}, shown`, value: (shown / rounds / WINDOW_MS) * 1000, unit: 'frames/s' },
  ];
}

async function rateDuring(
  runtime: StreamRuntime,
  windowMs: number,
  isTapped: boolean,
): Promise<{ readonly rate: number; readonly shown: number }> {
  const tap = isTapped ? await runtime.taps.open(TAPPED, { maxRate: MAX_RATE }) : undefined;
  const looked = tap === undefined ? 0 : countShown(tap);
  const produced = async () => Number((await runtime.getLink(TAPPED)).counters?.produced);
  const [startedMs, before] = [performance.now(), await produced()];
  await pause(windowMs);
  const rate = (((await produced()) - before) / (performance.now() - startedMs)) * 1000;
  tap?.end('closed');
  return { rate, shown: await looked };
}

/** Takes what a tap shows until it is closed; throws when a frame is missing that nobody counted. */
async function countShown(tap: LinkTap): Promise<number> {
  let before: number | undefined;
  for (let shown = 0; ; shown++) {
    const sight = await tap.next();
    if (sight.kind === 'end') {
      assert.ok(shown > 0, 'nothing was shown');
      return shown;
    }
    const sequence = sequenceOf(sight);
    if (before !== undefined)
      assert.equal(sight.skipped, sequence - before - 1, `skipped before ${sequence}`);
    before = sequence;
  }
}

function sequenceOf({ bytes }: TapSight & { kind: 'frame' }): number {
  const { frame } = fromBinary(FrameSchema, bytes);
  assert.ok(frame.case === 'data');
  return Number(frame.value.sequenceId);
}
