import assert from 'node:assert/strict';
import type { Benchmark, Measurement } from './support/benchmark.ts';
import { assertAddsUp } from './support/link-account.ts';
import { MemoryWatch } from './support/memory-watch.ts';
import { type BenchLink, type EndedRun, runToEnd } from './support/run-to-end.ts';

const FRAMES_PER_SECOND = 60;
const WARM_UP_SHARE = 1 / 6;
const CHECKS = ['one', 'two', 'last'] as const;
/** 8 pictures are 66 MB. */
const CAPACITY_FRAMES = 8;
/** A picture has 8.3 MB, and a pool may come to have one more when a lane was late; a leak would be gigabytes. */
const FLAT_MB = 16;

/** A camera, two processors that look at its pictures in a second lane, and one in a third. */
export const videoPipeline: Benchmark = {
  name: 'video-pipeline',
  measures: '60 pictures of 1080p RGBA a second, filled and looked at, through 4 processors in 3 lanes',
  async run({ quick }) {
    const count = FRAMES_PER_SECOND * (quick ? 2 : 60);
    using memory = new MemoryWatch();
    const measurements = await runToEnd(graphOf(count), (run) => measurementsOf(run, count));
    const growthMb = memory.growthBytes(WARM_UP_SHARE) / 1e6;
    return [
      ...measurements,
      {
        name: 'growth of resident memory after the warm-up',
        value: growthMb,
        unit: 'MB',
        target: { atMost: FLAT_MB },
      },
    ];
  },
};

function graphOf(count: number) {
  const skipped = Math.floor(count * WARM_UP_SHARE);
  return {
    processors: [
      { id: 'camera', type: 'bench.Camera', lane: 'first', config: { count, filled: true } },
      ...CHECKS.map((id) => ({
        id,
        type: 'bench.PictureCheck',
        lane: id === 'last' ? 'third' : 'second',
        config: { skipped },
      })),
    ],
    links: [
      link(['camera', 'video'], ['one', 'video_in'], 'ring'),
      link(['one', 'video_out'], ['two', 'video_in'], 'direct'),
      link(['two', 'video_out'], ['last', 'video_in'], 'ring'),
    ],
    reporters: ['camera', ...CHECKS],
  };
}

const link = (
  from: BenchLink['from'],
  to: BenchLink['to'],
  transport: BenchLink['transport'],
): BenchLink => ({ from, to, transport, capacityFrames: CAPACITY_FRAMES });

function measurementsOf({ reports, links }: EndedRun, count: number): Measurement[] {
  const camera = reports.get('camera') ?? {};
  const last = reports.get('last') ?? {};
  assert.equal(camera.count, count, 'frames of the camera');
  let lost = 0;
  for (const each of links) {
    assertAddsUp(each);
    lost += Number(each.counters?.produced) - Number(each.counters?.delivered);
  }
  assert.equal(Number(last.count) + lost, count, 'what arrived and what the counters say was lost');
  const wrong = CHECKS.map((id) => Number(reports.get(id)?.wrong));
  assert.deepEqual(wrong, [0, 0, 0], `wrong pictures at ${CHECKS.join(', ')}`);
  return [
    { name: 'frames lost', value: lost, unit: 'frames', target: { atMost: 0 } },
    { name: 'pictures made', value: ((count - 1) / Number(camera.took_us)) * 1e6, unit: 'frames/s' },
    { name: 'filling a picture, p50', value: Number(camera.filling_p50_us) / 1000, unit: 'ms' },
    { name: 'begun to last process, p50', value: Number(last.p50_us) / 1000, unit: 'ms' },
    {
      name: 'begun to last process, p99',
      value: Number(last.p99_us) / 1000,
      unit: 'ms',
      target: { atMost: 5 },
    },
  ];
}
