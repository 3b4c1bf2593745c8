import type { Frame } from '../runtime/frame/frame-type.ts';
import type {
  ConfigOf,
  Processor,
  ProcessorDescriptor,
  ProcessorIo,
  RuntimeContext,
} from '../runtime/processor.ts';

const descriptor = {
  name: 'Delay',
  version: 1,
  description:
    'Passes frames of any type on later, in order. It holds them, as a slow network would, or is busy for that long with each, as a slow computation would be; the latter is for tests of a loaded lane. What it holds when its input has ended is passed on at once.',
  tags: ['transform', 'test'],
  inputs: { data_in: { frame: 'any', description: 'The frames to delay.' } },
  outputs: { data_out: { frame: 'any', description: 'The same frames, later.' } },
  configSchema: {
    type: 'object',
    additionalProperties: false,
    properties: {
      delay_ms: {
        type: 'number',
        description: 'How much later a frame is passed on than it was read. Changes take effect live.',
        minimum: 0,
        maximum: 3_600_000,
        default: 100,
      },
      mode: {
        type: 'string',
        description:
          'hold: frames wait while the lane is free. busy: the lane computes for delay_ms per frame. Changes take effect live.',
        enum: ['hold', 'busy'],
        default: 'hold',
      },
      max_frames: {
        type: 'integer',
        description: 'How many frames it holds; the next ones wait in the link. Changes take effect live.',
        minimum: 1,
        maximum: 65_536,
        default: 1024,
      },
    },
  },
  scheduling: { kind: 'loop', intervalUs: 1000 },
} as const satisfies ProcessorDescriptor;

interface HeldFrame {
  readonly frame: Frame;
  readonly readUs: number;
}

type Io = ProcessorIo<typeof descriptor>;

/** A stretch of time between two processors. */
export default class Delay implements Processor<typeof descriptor> {
  static readonly descriptor = descriptor;
  #config!: ConfigOf<typeof descriptor>;
  #io!: Io;
  #held: HeldFrame[] = [];

  setup(ctx: RuntimeContext<typeof descriptor>, io: Io): void {
    this.#config = ctx.config;
    this.#io = io;
  }

  configure(config: ConfigOf<typeof descriptor>): boolean {
    this.#config = config;
    return true;
  }

  process(io: Io, ctx: RuntimeContext<typeof descriptor>): void {
    if (this.#config.mode === 'hold') this.#take(io, ctx.clock.nowUs());
    this.#passDue(io, ctx.clock.nowUs());
    if (this.#config.mode === 'busy' && this.#held.length === 0) this.#work(io, ctx);
  }

  /** A source that has ended leaves its last frames here; otherwise this processor was stopped and drops them. */
  teardown(): void {
    const { ended } = this.#io.inputs.data_in;
    for (const { frame } of this.#held.splice(0)) {
      if (ended) this.#io.outputs.data_out.write(frame);
      else frame.release();
    }
  }

  #take({ inputs }: Io, nowUs: number): void {
    while (this.#held.length < this.#config.max_frames) {
      const frame = inputs.data_in.read();
      if (frame === undefined) return;
      this.#held.push({ frame, readUs: nowUs });
    }
  }

  #passDue({ outputs }: Io, nowUs: number): void {
    const readBeforeUs = nowUs - this.#config.delay_ms * 1000;
    while (outputs.data_out.credit > 0) {
      const [first] = this.#held;
      if (first === undefined || first.readUs > readBeforeUs) return;
      this.#held.shift();
      outputs.data_out.write(first.frame);
    }
  }

  #work({ inputs, outputs }: Io, { clock }: RuntimeContext<typeof descriptor>): void {
    const frame = inputs.data_in.read();
    if (frame === undefined) return;
    const doneUs = clock.nowUs() + this.#config.delay_ms * 1000;
    let nowUs = clock.nowUs();
    while (nowUs < doneUs) nowUs = clock.nowUs();
    outputs.data_out.write(frame);
  }
}
