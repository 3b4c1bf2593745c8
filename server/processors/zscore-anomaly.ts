import { StreamlibError } from '../runtime/errors.ts';
import { DataFrame, type DataFrameView, DataLayout } from '../runtime/frame/data-frame.ts';
import type { JsonObject } from '../runtime/json.ts';
import type {
  ConfigOf,
  Processor,
  ProcessorDescriptor,
  ProcessorIo,
  RuntimeContext,
  StateOrigin,
} from '../runtime/processor.ts';
import { BlockTransform } from './data/block-transform.ts';
import { RollingMoments } from './data/rolling-moments.ts';
import { decodeWindows, encodeWindows } from './moving-average/window-state.ts';

const descriptor = {
  name: 'ZScoreAnomaly',
  version: 1,
  description:
    'Tells how many standard deviations each value of a channel is away from the mean of the `window` values before it, and publishes an event `anomaly` on its own topic for those beyond the threshold. The value itself is not yet among those it is compared with. Values that are not finite, and those before there are `min_values`, have a score of NaN. A restart keeps up to about 6,000 values.',
  tags: ['data', 'analysis', 'events'],
  inputs: { data_in: { frame: DataFrame, description: 'The values to watch.' } },
  outputs: {
    data_out: {
      frame: DataFrame,
      description: 'The same channels, and the scores as a channel {channel}.z.',
    },
  },
  configSchema: {
    type: 'object',
    additionalProperties: false,
    required: ['channel'],
    properties: {
      channel: {
        type: 'string',
        description: 'The channel to watch. A frame without it is an error that names those it has.',
        minLength: 1,
        maxLength: 253,
      },
      window: {
        type: 'integer',
        description: 'How many values before it a value is compared with.',
        minimum: 2,
        maximum: 1_000_000,
        default: 100,
      },
      min_values: {
        type: 'integer',
        description:
          'How many values there must be before any is judged; at most window. Changes take effect live.',
        minimum: 2,
        maximum: 1_000_000,
        default: 10,
      },
      threshold: {
        type: 'number',
        description: 'From which absolute score on a value is an anomaly. Changes take effect live.',
        exclusiveMinimum: 0,
        default: 3,
      },
    },
  },
} as const satisfies ProcessorDescriptor;

type Context = RuntimeContext<typeof descriptor>;

/** Notices values that are unlike those before them. */
export default class ZScoreAnomaly implements Processor<typeof descriptor> {
  static readonly descriptor = descriptor;
  #config!: ConfigOf<typeof descriptor>;
  #moments!: RollingMoments;
  #context!: Context;
  readonly #transform = new BlockTransform(
    (source) => this.#layoutOf(source),
    (source, target) => this.#fill(source, target),
  );

  setup(ctx: Context): void {
    const { window, min_values } = ctx.config;
    if (min_values > window) {
      const text = `config.min_values must be at most config.window (${window}), was ${min_values}`;
      throw new StreamlibError('SETUP_FAILED', text, { path: 'config.min_values' });
    }
    this.#context = ctx;
    this.#config = ctx.config;
    this.#moments = new RollingMoments(ctx.config.window);
  }

  configure(config: ConfigOf<typeof descriptor>): boolean {
    const isSameWindow = config.channel === this.#config.channel && config.window === this.#config.window;
    if (!isSameWindow || config.min_values > config.window) return false;
    this.#config = config;
    return true;
  }

  checkpoint(): JsonObject | undefined {
    const windows = encodeWindows([[this.#config.channel, this.#moments.values()]]);
    return windows && { windows };
  }

  restore({ windows }: JsonObject, { processorType }: StateOrigin): void {
    if (processorType !== descriptor.name) return;
    const kept = decodeWindows(windows);
    this.#moments = new RollingMoments(this.#config.window);
    for (const [channel, values] of kept) {
      if (channel !== this.#config.channel) continue;
      for (const value of values.slice(-this.#config.window)) this.#moments.add(value);
    }
  }

  process(io: ProcessorIo<typeof descriptor>): void {
    this.#transform.run(io);
  }

  #layoutOf({ channels, metadataBytes }: DataLayout): DataLayout {
    const { channel } = this.#config;
    return new DataLayout({
      channels: { ...channels, [`${channel}.z`]: channels[channel] ?? 0 },
      metadataBytes,
    });
  }

  #fill(source: DataFrameView, target: DataFrameView): void {
    const { channel } = this.#config;
    const values = source.channel(channel);
    for (let i = 0; i < source.channelCount; i++) target.channelAt(i).set(source.channelAt(i));
    const scores = target.channel(`${channel}.z`);
    for (let i = 0; i < values.length; i++) scores[i] = this.#judge(values[i] as number, source);
  }

  #judge(value: number, { timestampUs, sequenceId }: DataFrameView): number {
    if (!Number.isFinite(value)) return NaN;
    const { channel, min_values, threshold } = this.#config;
    const { count, mean, deviation } = this.#moments;
    this.#moments.add(value);
    if (count < min_values) return NaN;
    // NB: after a run of equal values anything else is infinitely far away, and the same is not away at all.
    const score = value === mean ? 0 : (value - mean) / deviation;
    if (Math.abs(score) >= threshold) {
      const text = Number.isFinite(score) ? score : null;
      this.#context.events.publish(`processor:${this.#context.id}`, {
        name: 'anomaly',
        data: {
          channel,
          value,
          score: text,
          mean,
          deviation,
          timestamp_us: timestampUs,
          sequence_id: sequenceId,
        },
      });
    }
    return score;
  }
}
