import { DataFrame, type DataFrameView } from '../runtime/frame/data-frame.ts';
import type {
  ConfigOf,
  Processor,
  ProcessorDescriptor,
  ProcessorInput,
  ProcessorIo,
  RuntimeContext,
} from '../runtime/processor.ts';
import { copyHeader } from './data/frame-header.ts';
import { JoinedLayouts } from './data/joined-layouts.ts';
import { NearestFrames } from './data/nearest-frames.ts';

const descriptor = {
  name: 'Align',
  version: 1,
  description:
    'Joins two streams by event time: each frame of data_a gets the channels of that frame of data_b which is nearest in time, if it is within the tolerance; of two that are as near the earlier one. A frame of data_b may serve several. Both streams must be in order of time. A frame waits until data_b has one that is not earlier, data_b has ended or its time is over. How many found no partner is logged at the end.',
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
      timeout_ms: {
        type: 'integer',
        description:
          'How long a frame of data_a waits for data_b; it is then joined with what there is. 0: for ever. Changes take effect live.',
        minimum: 0,
        maximum: 3_600_000,
        default: 1000,
      },
      max_waiting: {
        type: 'integer',
        description:
          'How many frames of each stream are held; the next ones wait in the link. Changes take effect live.',
        minimum: 1,
        maximum: 4096,
        default: 64,
      },
    },
  },
  // NB: called for input alone, it would keep its lane awake while data_b waits for data_a.
  scheduling: { kind: 'loop', intervalUs: 1000 },
} as const satisfies ProcessorDescriptor;

type Io = ProcessorIo<typeof descriptor>;
type Context = RuntimeContext<typeof descriptor>;

interface WaitingFrame {
  readonly frame: DataFrameView;
  readonly readUs: number;
}

/** Two streams as one. */
export default class Align implements Processor<typeof descriptor> {
  static readonly descriptor = descriptor;
  #config!: ConfigOf<typeof descriptor>;
  #io!: Io;
  readonly #waiting: WaitingFrame[] = [];
  readonly #candidates = new NearestFrames();
  readonly #layouts = new JoinedLayouts();
  #unmatched = 0;

  setup({ config }: Context, io: Io): void {
    this.#config = config;
    this.#io = io;
  }

  configure(config: ConfigOf<typeof descriptor>): boolean {
    this.#config = config;
    return true;
  }

  process({ inputs, outputs }: Io, { clock }: Context): void {
    const nowUs = clock.nowUs();
    this.#takeWaiting(inputs.data_a, nowUs);
    if (inputs.data_a.ended && this.#waiting.length === 0) discardAll(inputs.data_b);
    else this.#takeCandidates(inputs.data_b);
    while (outputs.data_out.credit > 0) {
      const [first] = this.#waiting;
      if (first === undefined) return;
      const isKnown = this.#candidates.reaches(first.frame.timestampUs) || inputs.data_b.ended;
      if (!isKnown && !this.#isLate(first, nowUs)) return;
      this.#waiting.shift();
      this.#join(first.frame);
    }
  }

  /** What waits when both streams have ended is joined; what is stopped lets go of it. */
  teardown({ log }: Context): void {
    for (const { frame } of this.#waiting.splice(0)) {
      if (this.#io.inputs.data_a.ended) this.#join(frame);
      else frame.release();
    }
    this.#candidates.clear();
    if (this.#unmatched > 0)
      log.warn('frames of data_a had no partner in data_b', { frames: this.#unmatched });
  }

  #isLate({ readUs }: WaitingFrame, nowUs: number): boolean {
    const { timeout_ms } = this.#config;
    return timeout_ms > 0 && nowUs - readUs >= timeout_ms * 1000;
  }

  #takeWaiting(input: ProcessorInput<DataFrameView>, readUs: number): void {
    while (this.#waiting.length < this.#config.max_waiting) {
      const frame = input.read();
      if (frame === undefined) return;
      this.#waiting.push({ frame, readUs });
    }
  }

  /** As far as the newest frame that waits needs them, and a few ahead while none waits. */
  #takeCandidates(input: ProcessorInput<DataFrameView>): void {
    const oldestUs = this.#waiting[0]?.frame.timestampUs;
    const newestUs = this.#waiting.at(-1)?.frame.timestampUs;
    for (;;) {
      if (oldestUs !== undefined) this.#candidates.moveTo(oldestUs);
      if (newestUs !== undefined && this.#candidates.reaches(newestUs)) return;
      if (this.#candidates.size >= this.#config.max_waiting) return;
      const frame = input.read();
      if (frame === undefined) return;
      this.#candidates.add(frame);
    }
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
    const result = output.acquire(this.#layouts.of(a.layout, b?.layout));
    copyHeader(a, result);
    for (let i = 0; i < a.channelCount; i++) result.channelAt(i).set(a.channelAt(i));
    const added = b?.channelCount ?? 0;
    for (let i = 0; i < added; i++)
      result.channelAt(a.channelCount + i).set((b as DataFrameView).channelAt(i));
    output.write(result);
  }
}

function discardAll(input: ProcessorInput<DataFrameView>): void {
  for (let frame = input.read(); frame !== undefined; frame = input.read()) frame.release();
}
