import { DataFrame, type DataFrameView } from '../runtime/frame/data-frame.ts';
import type { JsonObject } from '../runtime/json.ts';
import type {
  ConfigOf,
  Processor,
  ProcessorDescriptor,
  ProcessorIo,
  RuntimeContext,
  StateOrigin,
} from '../runtime/processor.ts';
import { copyHeader } from './data/frame-header.ts';
import { WindowAverage } from './moving-average/window-average.ts';
import { decodeWindows, encodeWindows } from './moving-average/window-state.ts';

const descriptor = {
  name: 'MovingAverage',
  version: 1,
  description:
    'Replaces each value by the mean of the last `window` values of its channel. The values of successive frames follow one another. Until the window is full the mean is that of what there is; values that are not finite numbers are left out. A restart keeps the windows if together they hold at most about 6,000 values.',
  tags: ['data', 'transform', 'filter'],
  inputs: { data_in: { frame: DataFrame, description: 'The values to smooth.' } },
  outputs: {
    data_out: { frame: DataFrame, description: 'The same channels, time, sequence and metadata, smoothed.' },
  },
  configSchema: {
    type: 'object',
    additionalProperties: false,
    properties: {
      window: {
        type: 'integer',
        description:
          'How many values the mean is taken of. Changes take effect live; the newest values stay.',
        minimum: 1,
        maximum: 1_000_000,
        default: 10,
      },
      channels: {
        type: 'array',
        description: 'The channels to smooth; empty stands for all. The others pass unchanged.',
        items: { type: 'string', minLength: 1, maxLength: 255 },
        uniqueItems: true,
        maxItems: 1024,
        default: [],
      },
    },
  },
} as const satisfies ProcessorDescriptor;

/** A smoother whose cost per value does not depend on the window. */
export default class MovingAverage implements Processor<typeof descriptor> {
  static readonly descriptor = descriptor;
  #config!: ConfigOf<typeof descriptor>;
  #averages = new Map<string, WindowAverage>();

  setup(ctx: RuntimeContext<typeof descriptor>): void {
    this.#config = ctx.config;
  }

  configure(config: ConfigOf<typeof descriptor>): boolean {
    const isResized = config.window !== this.#config.window;
    this.#config = config;
    if (isResized) this.#fill([...this.#averages].map(([name, average]) => [name, average.values()]));
    return true;
  }

  checkpoint(): JsonObject | undefined {
    const windows = encodeWindows([...this.#averages].map(([name, average]) => [name, average.values()]));
    return windows && { windows };
  }

  restore({ windows }: JsonObject, { processorType }: StateOrigin): void {
    if (processorType === descriptor.name) this.#fill(decodeWindows(windows));
  }

  process({ inputs, outputs }: ProcessorIo<typeof descriptor>): void {
    using frame = inputs.data_in.read();
    if (frame === undefined) return;
    const result = outputs.data_out.acquire(frame.layout);
    copyHeader(frame, result);
    this.#smooth(frame, result);
    outputs.data_out.write(result);
  }

  /** Begins windows of the size that the config says with values that there are, oldest first. */
  #fill(windows: Iterable<readonly [string, Float64Array]>): void {
    this.#averages = new Map();
    for (const [name, values] of windows) {
      const average = this.#averageOf(name);
      for (const value of values.slice(-this.#config.window)) average.add(value);
    }
  }

  #smooth(source: DataFrameView, target: DataFrameView): void {
    const chosen = this.#config.channels;
    source.channelNames.forEach((name, index) => {
      const values = source.channelAt(index);
      const results = target.channelAt(index);
      if (chosen.length > 0 && !chosen.includes(name)) {
        results.set(values);
        return;
      }
      const average = this.#averageOf(name);
      for (let i = 0; i < values.length; i++) results[i] = average.add(values[i] as number);
    });
  }

  #averageOf(name: string): WindowAverage {
    let average = this.#averages.get(name);
    if (average === undefined) {
      average = new WindowAverage(this.#config.window);
      this.#averages.set(name, average);
    }
    return average;
  }
}
