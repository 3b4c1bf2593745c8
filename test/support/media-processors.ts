import {
  AudioFrame,
  MarketData,
  type Processor,
  type ProcessorDescriptor,
  type ProcessorIo,
  type ProcessorTypeEntry,
  type RuntimeContext,
  VideoFrame,
} from '../../server/processor.ts';
import { frameToJson } from '../../server/runtime/frame/frame-types.ts';
import { processorEntry } from './processor-entry.ts';
import { Sweep } from './radar-frame.ts';

/* Processors with frames of every type, for tests of the runtime. Their module's URL is a registry. */

const common = { version: 1, tags: ['test'], inputs: {}, outputs: {} } as const;
const noConfig = { type: 'object', additionalProperties: false } as const;
const port = <Type>(frame: Type) => ({ frame, description: 'frames' }) as const;
const PICTURE = { format: 'i420', width: 5, height: 3 } as const;
const SOUND = { channels: 2, samples: 4, sampleRateHz: 48_000 } as const;

const mediaSource = {
  ...common,
  name: 'acme.MediaSource',
  description: 'Writes `count` frames to each output that has a link, and ends.',
  outputs: {
    video: port(VideoFrame),
    audio: port(AudioFrame.of(2)),
    market: port(MarketData),
    sweep: port(Sweep),
  },
  configSchema: {
    type: 'object',
    properties: {
      count: { type: 'integer', minimum: 1, default: 100, description: 'frames' },
      video_late_ms: { type: 'number', default: 0, description: 'how much later video is than audio' },
    },
    additionalProperties: false,
  },
  scheduling: { kind: 'loop', intervalUs: 100 },
} as const satisfies ProcessorDescriptor;

class MediaSource implements Processor<typeof mediaSource> {
  static readonly descriptor = mediaSource;
  #made = 0;

  process({ outputs }: ProcessorIo<typeof mediaSource>, ctx: RuntimeContext<typeof mediaSource>): void {
    const n = this.#made++;
    const capturedUs = 1_000_000 + n * 40_000;
    const audio = outputs.audio.acquire(SOUND);
    audio.samplePosition = n * SOUND.samples;
    audio.channel(0).fill(n);
    audio.channel(1).fill(-n);
    audio.monotonicUs = capturedUs;
    outputs.audio.write(audio);

    const video = outputs.video.acquire(PICTURE);
    video.ptsUs = n * 40_000;
    for (const { data } of video.planes) data.fill(n);
    video.monotonicUs = capturedUs + (ctx.config.video_late_ms ?? 0) * 1000;
    outputs.video.write(video);

    const tick = outputs.market.acquire({ symbol: n % 2 === 0 ? 'EVEN' : 'ODD' });
    tick.price = n;
    if (n % 2 === 0) tick.bid = -n;
    outputs.market.write(tick);

    const sweep = outputs.sweep.acquire({ bearings: 2 });
    sweep.distances.fill(n);
    outputs.sweep.write(sweep);
    if (this.#made === (ctx.config.count ?? 100)) ctx.end();
  }
}

const mediaSink = {
  ...common,
  name: 'acme.MediaSink',
  description: 'Checks what a MediaSource made and publishes `seen` with what it saw when it is torn down.',
  inputs: {
    video: { ...port(VideoFrame), delivery: 'lossless' },
    audio: { ...port(AudioFrame.any), delivery: 'lossless' },
    market: { ...port(MarketData), delivery: 'lossless' },
    sweep: { ...port(Sweep), delivery: 'lossless' },
  },
  configSchema: noConfig,
} as const satisfies ProcessorDescriptor;

class MediaSink implements Processor<typeof mediaSink> {
  static readonly descriptor = mediaSink;
  readonly #seen = { video: 0, audio: 0, market: 0, sweep: 0, wrong: 0 };

  process({ inputs }: ProcessorIo<typeof mediaSink>): void {
    const seen = this.#seen;
    using audio = inputs.audio.read();
    if (audio !== undefined) {
      const n = seen.audio++;
      this.#expect(audio.samplePosition === n * SOUND.samples && audio.channels === 2);
      this.#expect(audio.channel(0).every((value) => value === n));
      this.#expect(audio.channel(1).every((value) => value === -n));
    }
    using video = inputs.video.read();
    if (video !== undefined) {
      const n = seen.video++;
      this.#expect(video.ptsUs === n * 40_000 && video.format === 'i420' && video.planes.length === 3);
      for (const { data } of video.planes) this.#expect(data.every((value) => value === n));
    }
    using tick = inputs.market.read();
    if (tick !== undefined) {
      const n = seen.market++;
      const isEven = n % 2 === 0;
      this.#expect(tick.symbol === (isEven ? 'EVEN' : 'ODD') && tick.price === n);
      this.#expect(tick.bid === (isEven ? -n : undefined) && tick.ask === undefined);
    }
    using sweep = inputs.sweep.read();
    if (sweep !== undefined) {
      const n = seen.sweep++;
      this.#expect(sweep.distances.length === 2 && sweep.distances.every((value) => value === n));
    }
  }

  teardown(ctx: RuntimeContext<typeof mediaSink>): void {
    ctx.events.publish('test', { name: 'seen', data: { ...this.#seen } });
  }

  #expect(isRight: boolean): void {
    if (!isRight) this.#seen.wrong++;
  }
}

const anySink = {
  ...common,
  name: 'acme.AnySink',
  description: 'Publishes the first frame as JSON as `seen`.',
  inputs: { data: { ...port('any' as const), delivery: 'lossless' } },
  configSchema: noConfig,
} as const satisfies ProcessorDescriptor;

class AnySink implements Processor<typeof anySink> {
  static readonly descriptor = anySink;
  #isFirst = true;

  process({ inputs }: ProcessorIo<typeof anySink>, ctx: RuntimeContext<typeof anySink>): void {
    using frame = inputs.data.read();
    if (frame === undefined || !this.#isFirst) return;
    this.#isFirst = false;
    ctx.events.publish('test', { name: 'seen', data: { frame: frameToJson(frame) } });
  }
}

/** The list that makes this module a registry. */
export const processorTypes: readonly ProcessorTypeEntry[] = [
  processorEntry(MediaSource),
  processorEntry(MediaSink),
  processorEntry(AnySink),
];
