// node --expose-gc count-allocations.ts KIND: prints by how many bytes the heap grew over a million uses of one frame.
// NB: each use has a loop of its own: a number that crosses a call which is not inlined is itself an object.
import { AvSyncMeter } from '../../server/runtime/av/av-sync-meter.ts';
import { AudioFrame } from '../../server/runtime/frame/audio-frame.ts';
import { DataFrame, dataLayout } from '../../server/runtime/frame/data-frame.ts';
import { MarketData } from '../../server/runtime/frame/market-data.ts';
import { VideoFrame } from '../../server/runtime/frame/video-frame.ts';
import { createTestPool } from './test-pool.ts';

const pool = createTestPool();
const video = pool.acquire(VideoFrame, { format: 'i420', width: 5, height: 3 });
const market = pool.acquire(MarketData, { symbol: 'BTCUSDT' });
const audio = pool.acquire(AudioFrame.of(2), { channels: 2, samples: 4, sampleRateHz: 48_000 });
const data = pool.acquire(DataFrame, dataLayout({ a: 1, b: 3 }));
const meter = new AvSyncMeter(new Float64Array(8));
const kept: unknown[] = new Array(1);

const uses: Record<string, (count: number) => number> = {
  video(count) {
    let sum = 0;
    for (let i = 0; i < count; i++) {
      video.ptsUs = i;
      for (let p = 0; p < video.planes.length; p++) {
        const { data, strideBytes } = video.plane(p);
        data[strideBytes] = i;
      }
      sum += video.width + video.ptsUs + video.plane(2).rows;
    }
    return sum;
  },
  market(count) {
    let sum = 0;
    for (let i = 0; i < count; i++) {
      market.timestampMs = i;
      market.price = i / 3;
      market.bid = i % 2 === 0 ? i : undefined;
      sum += market.price + market.size + (market.bid ?? 0) + market.symbolId + market.symbol.length;
    }
    return sum;
  },
  audio(count) {
    let sum = 0;
    for (let i = 0; i < count; i++) {
      audio.samplePosition = i;
      audio.channel(0)[1] = i;
      sum += audio.samples + (audio.channel(1)[1] ?? 0);
    }
    return sum;
  },
  data(count) {
    let sum = 0;
    for (let i = 0; i < count; i++) {
      data.sequenceId = i;
      data.channel('b')[1] = i;
      sum += data.channelCount + (data.channelAt(0)[0] ?? 0);
    }
    return sum;
  },
  time(count) {
    let sum = 0;
    for (let i = 0; i < count; i++) {
      video.monotonicUs = i;
      sum += video.monotonicUs;
    }
    return sum;
  },
  meter(count) {
    for (let i = 0; i < count; i++) {
      meter.noteVideo(i * 33_333);
      meter.noteAudio(i * 33_333 - 10);
    }
    return count;
  },
  control(count) {
    for (let i = 0; i < count; i++) kept[0] = { i };
    return count;
  },
};

const kind = process.argv[2] ?? '';
const use = uses[kind];
if (use === undefined) throw new Error(`kind must be one of ${Object.keys(uses).join(', ')}, was ${kind}`);

/** A million uses, in calls that are short enough for the compiler to see many of them. */
function useOften(call: (count: number) => number): number {
  let sum = 0;
  for (let i = 0; i < 1000; i++) sum += call(1000);
  return sum;
}

// Until the compiler is done with it.
const warmUp = useOften(use) + useOften(use);
gc?.();
const before = process.memoryUsage().heapUsed;
const sum = useOften(use);
const after = process.memoryUsage().heapUsed;
if (Number.isNaN(warmUp + sum)) throw new Error('a sum must be a number');
console.log(after - before);
