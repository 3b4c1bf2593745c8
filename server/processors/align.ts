import { DataFrame, type DataFrameView, DataLayout } from '../runtime/frame/data-frame.ts';
import type {
  ConfigOf,
  Processor,
  ProcessorDescriptor,
  ProcessorInput,
  ProcessorIo,
  RuntimeContext,
} from '../runtime/processor.ts';
import { copyHeader } from './data/frame-header.ts';
import { NearestFrames } from './data/nearest-frames.ts';

const descriptor = {
  name: 'Align',
  version: 1,
  description:
    'Joins two streams by event time: each frame of data_a gets the channels of that frame of data_b which is nearest in time, if it is within the tolerance; of two that are as near the earlier one. A frame of data_b may serve several. Both streams must be in order of time. A frame waits until the next one of data_b is later than it, data_b has ended or max_waiting frames wait. How many found no partner is logged at the end.',
  tags: ['data', 'transform'],
  inputs: {
    data_a: { frame: DataFrame, description: 'The stream that sets the pace.' },
    data_b: { frame: DataFrame, description: 'The stream whose channels are added.' },
  },
  outputs: {
    data_out: {
      frame: DataFrame,
      description:
        'The frames of data_a with the channels of both; one that both have is called b.{name} for data_b.',
    },
  },
  configSchema: {
    type: 'object',
    additionalProperties: false,
    required: ['tolerance_us'],
    properties: {
      tolerance_us: {
        type: 'number',
        description: 'How far apart two frames may be, in microseconds. Changes take effect live.',
        minimum: 0,
      },
      unmatched: {
        type: 'string',
        description:
          'What becomes of a frame of data_a without a partner: it is left out and counted, or passed. Changes take effect live.',
        enum: ['drop', 'pass'],
        default: 'drop',
      },
      max_waiting: {
        type: 'integer',
        description:
          'How many frames of each stream may wait for the other one. The oldest of data_a is then joined with what there is. Changes take effect live.',
        minimum: 1,
        maximum: 4096,
        default: 64,
      },
    },
  },
} as const satisfies ProcessorDescriptor;

type Io = ProcessorIo<typeof descriptor>;
type Context = RuntimeContext<typeof descriptor>;

/** Two streams as one. */
export default class Align implements Processor<typeof descriptor> {
  static readonly descriptor = descriptor;
  #config!: ConfigOf<typeof descriptor>;
  #io!: Io;
  readonly #waiting: DataFrameView[] = [];
  readonly #candidates = new NearestFrames();
  #unmatched = 0;

  setup({ config }: Context, io: Io): void {
    this.#config = config;
    this.#io = io;
  }

  configure(config: ConfigOf<typeof descriptor>): boolean {
    this.#config = config;
    return true;
  }

  process({ inputs, outputs }: Io): void {
    const { max_waiting } = this.#config;
    take(inputs.data_a, this.#waiting, max_waiting);
    for (let b = this.#nextCandidate(inputs); b !== undefined; b = this.#nextCandidate(inputs))
      this.#candidates.add(b);
    while (outputs.data_out.credit > 0) {
      const [first] = this.#waiting;
      if (first === undefined) return;
      const isKnown = this.#candidates.reaches(first.timestampUs) || inputs.data_b.ended;
      if (!isKnown && this.#waiting.length < max_waiting) return;
      this.#waiting.shift();
      this.#join(first);
    }
  }

  /** What waits when both streams have ended is joined; what is stopped lets go of it. */
  teardown({ log }: Context): void {
    for (const frame of this.#waiting.splice(0)) {
      if (this.#io.inputs.data_a.ended) this.#join(frame);
      else frame.release();
    }
    this.#candidates.clear();
    if (this.#unmatched > 0)
      log.warn('frames of data_a had no partner in data_b', { frames: this.#unmatched });
  }

  #nextCandidate(inputs: Io['inputs']): DataFrameView | undefined {
    const newestUs = this.#waiting.at(-1)?.timestampUs;
    const isEnough = newestUs !== undefined && this.#candidates.reaches(newestUs);
    return isEnough || this.#candidates.size >= this.#config.max_waiting ? undefined : inputs.data_b.read();
  }

  #join(first: DataFrameView): void {
    using a = first;
    const { tolerance_us, unmatched } = this.#config;
    const b = this.#candidates.nearest(a.timestampUs);
    const isNear = b !== undefined && Math.abs(b.timestampUs - a.timestampUs) <= tolerance_us;
    if (!isNear) this.#unmatched++;
    if (!isNear && unmatched === 'drop') return;
    this.#write(a, isNear ? b : undefined);
  }

  #write(a: DataFrameView, b: DataFrameView | undefined): void {
    const output = this.#io.outputs.data_out;
    const names = b?.channelNames.map((name) => (a.hasChannel(name) ? `b.${name}` : name)) ?? [];
    const added = Object.fromEntries(names.map((name, i) => [name, b?.channelAt(i).length ?? 0]));
    const { channels, metadataBytes } = a.layout;
    const result = output.acquire(new DataLayout({ channels: { ...channels, ...added }, metadataBytes }));
    copyHeader(a, result);
    for (const [i, name] of a.channelNames.entries()) result.channel(name).set(a.channelAt(i));
    for (const [i, name] of names.entries()) if (b !== undefined) result.channel(name).set(b.channelAt(i));
    output.write(result);
  }
}

function take(input: ProcessorInput<DataFrameView>, frames: DataFrameView[], most: number): void {
  while (frames.length < most) {
    const frame = input.read();
    if (frame === undefined) return;
    frames.push(frame);
  }
}
