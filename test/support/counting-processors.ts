import {
  DataFrame,
  MarketData,
  type Processor,
  type ProcessorDescriptor,
  type ProcessorIo,
  type ProcessorTypeEntry,
  type RuntimeContext,
  VideoFrame,
} from '../../server/processor.ts';
import { AudioFrame } from '../../server/runtime/frame/audio-frame.ts';
import { dataLayout } from '../../server/runtime/frame/data-frame.ts';
import { processorEntry } from './processor-entry.ts';

/* Processors that do as little as possible, as fast as they are let. Their module's URL is a registry. */

const port = <Type>(frame: Type) => ({ frame, description: 'frames' }) as const;
const DATA = dataLayout({ value: 4 });
const SOUND = { channels: 2, samples: 4, sampleRateHz: 48_000 } as const;
const PICTURE = { format: 'i420', width: 8, height: 8 } as const;
const TICK = { symbol: 'BTCUSDT' } as const;

const METER_CONFIG = {
  measure_from: {
    type: 'integer',
    default: 0,
    description: 'frame from which the heap is measured, a multiple of 250,000; 0 is never',
  },
} as const;

/** How many frames are measured at a time. */
const WINDOW_FRAMES = 250_000;

/**
 * By how many bytes the heap of its lane grows with a million frames, in the best of several windows: in the others the
 * compiler may not have been done. It needs --expose-gc.
 */
class HeapMeter {
  readonly #from: number;
  #counted = 0;
  #before = Number.POSITIVE_INFINITY;
  #leastGrown = Number.POSITIVE_INFINITY;

  constructor(from: number) {
    this.#from = from;
  }

  count(): void {
    if (++this.#counted % WINDOW_FRAMES > 0 || this.#from === 0 || this.#counted < this.#from) return;
    const grown = process.memoryUsage().heapUsed - this.#before;
    if (this.#counted > this.#from) this.#leastGrown = Math.min(this.#leastGrown, grown);
    gc?.();
    this.#before = process.memoryUsage().heapUsed;
  }

  /** Publishes `heap_grown`, if it was to measure. */
  publish(ctx: Pick<RuntimeContext, 'id' | 'events'>): void {
    if (this.#from === 0) return;
    const grownBytes = (this.#leastGrown / WINDOW_FRAMES) * 1_000_000;
    ctx.events.publish(`heap:${ctx.id}`, { name: 'heap_grown', data: { grown_bytes: grownBytes } });
  }
}

const fastSource = {
  name: 'FastSource',
  version: 1,
  description: 'Writes `count` frames of each kind that somebody reads, `per_call` at a time, and ends.',
  tags: ['test'],
  inputs: {},
  outputs: {
    data: port(DataFrame),
    audio: port(AudioFrame.of(2)),
    video: port(VideoFrame),
    market: port(MarketData),
  },
  configSchema: {
    type: 'object',
    properties: {
      count: { type: 'integer', minimum: 1, default: 1_000, description: 'frames' },
      kind: { enum: ['data', 'audio', 'video', 'market'], default: 'data', description: 'which output' },
      per_call: { type: 'integer', minimum: 1, default: 1, description: 'frames per call' },
      ...METER_CONFIG,
    },
    additionalProperties: false,
  },
  scheduling: { kind: 'loop', intervalUs: 0 },
} as const satisfies ProcessorDescriptor;

type Outputs = ProcessorIo<typeof fastSource>['outputs'];
type Write = (outputs: Outputs, number: number) => void;

/** Each function writes one frame with a number. */
const WRITES: Readonly<Record<string, Write>> = {
  data({ data }, number) {
    const frame = data.acquire(DATA);
    frame.sequenceId = number;
    frame.channelAt(0)[0] = number;
    data.write(frame);
  },
  audio({ audio }, number) {
    const frame = audio.acquire(SOUND);
    frame.samplePosition = number;
    frame.channel(1)[0] = number;
    audio.write(frame);
  },
  video({ video }, number) {
    const frame = video.acquire(PICTURE);
    frame.ptsUs = number;
    frame.plane(0).data[0] = number;
    video.write(frame);
  },
  market({ market }, number) {
    const frame = market.acquire(TICK);
    frame.price = number;
    market.write(frame);
  },
};

/** Numbers its frames from 0. */
class FastSource implements Processor<typeof fastSource> {
  static readonly descriptor = fastSource;
  #next = 0;
  #count = 0;
  #perCall = 1;
  #meter: HeapMeter | undefined;
  #write = WRITES.data as Write;

  setup(ctx: RuntimeContext<typeof fastSource>): void {
    const { config } = ctx;
    this.#meter = new HeapMeter(config.measure_from ?? 0);
    this.#count = config.count ?? 0;
    this.#perCall = config.per_call ?? 1;
    this.#write = WRITES[config.kind ?? 'data'] as Write;
  }

  process({ outputs }: ProcessorIo<typeof fastSource>, ctx: RuntimeContext<typeof fastSource>): void {
    for (let i = 0; i < this.#perCall && this.#next < this.#count; i++) {
      this.#write(outputs, this.#next++);
      this.#meter?.count();
    }
    if (this.#next >= this.#count) ctx.end();
  }

  teardown(ctx: RuntimeContext<typeof fastSource>): void {
    this.#meter?.publish(ctx);
  }
}

const fastForward = {
  name: 'FastForward',
  version: 1,
  description: 'Passes every frame on.',
  tags: ['test'],
  inputs: { any_in: port('any') },
  outputs: { any_out: port('any') },
  configSchema: { type: 'object', properties: {}, additionalProperties: false },
} as const satisfies ProcessorDescriptor;

/** Writes what it reads. */
class FastForward implements Processor<typeof fastForward> {
  static readonly descriptor = fastForward;

  process({ inputs, outputs }: ProcessorIo<typeof fastForward>): void {
    // NB: no `using`, since V8 makes an object of 200 bytes for each.
    const frame = inputs.any_in.read();
    if (frame !== undefined) outputs.any_out.write(frame);
  }
}

const fastSink = {
  name: 'FastSink',
  version: 1,
  description: 'Reads one frame of any kind at a time.',
  tags: ['test'],
  inputs: { any: { ...port('any'), many: true } },
  outputs: {},
  configSchema: {
    type: 'object',
    properties: {
      wasteful: { type: 'boolean', default: false, description: 'makes an object for each frame' },
      ...METER_CONFIG,
    },
    additionalProperties: false,
  },
} as const satisfies ProcessorDescriptor;

/** Takes everything. */
class FastSink implements Processor<typeof fastSink> {
  static readonly descriptor = fastSink;
  #meter: HeapMeter | undefined;
  #isWasteful = false;
  #waste: unknown;

  setup({ config }: RuntimeContext<typeof fastSink>): void {
    this.#meter = new HeapMeter(config.measure_from ?? 0);
    this.#isWasteful = config.wasteful === true;
  }

  process({ inputs }: ProcessorIo<typeof fastSink>): void {
    const frame = inputs.any.read();
    if (frame === undefined) return;
    frame.release();
    this.#meter?.count();
    if (this.#isWasteful) this.#waste = { before: typeof this.#waste };
  }

  teardown(ctx: RuntimeContext<typeof fastSink>): void {
    this.#meter?.publish(ctx);
  }
}

/** The list that makes this module a registry. */
export const processorTypes: readonly ProcessorTypeEntry[] = [
  processorEntry(FastSource),
  processorEntry(FastForward),
  processorEntry(FastSink),
];
