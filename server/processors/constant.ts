import type { DataFrameView } from '../runtime/frame/data-frame.ts';
import type { JsonObject } from '../runtime/json.ts';
import type {
  ConfigOf,
  Processor,
  ProcessorDescriptor,
  RuntimeContext,
  StateOrigin,
} from '../runtime/processor.ts';
import { differOnlyIn } from './config-change.ts';
import {
  BlockSource,
  SOURCE_OPTIONS,
  SOURCE_PORTS,
  SOURCE_SCHEDULING,
  type SourceIo,
} from './data/block-source.ts';

const descriptor = {
  name: 'Constant',
  version: 1,
  description: 'Makes frames whose values are all the same, one number per channel.',
  tags: ['data', 'source', 'test'],
  ...SOURCE_PORTS,
  configSchema: {
    type: 'object',
    additionalProperties: false,
    properties: {
      values: {
        type: 'object',
        description: 'The value of each channel by its name. Changes take effect live while the names stay.',
        additionalProperties: { type: 'number' },
        minProperties: 1,
        default: { value: 0 },
      },
      ...SOURCE_OPTIONS,
    },
  },
  scheduling: SOURCE_SCHEDULING,
} as const satisfies ProcessorDescriptor;

type Config = ConfigOf<typeof descriptor>;

/** The same values over and over. */
export default class Constant implements Processor<typeof descriptor> {
  static readonly descriptor = descriptor;
  #config!: Config;
  #values: readonly number[] = [];
  #source!: BlockSource;

  setup({ config, clock }: RuntimeContext<typeof descriptor>): void {
    this.#take(config);
    this.#source = new BlockSource(config, clock, Object.keys(config.values), (frame) => this.#fill(frame));
  }

  configure(config: Config): boolean {
    const isSameChannels =
      Object.keys(config.values).join('\0') === Object.keys(this.#config.values).join('\0');
    if (!isSameChannels || !differOnlyIn(this.#config, config, ['values'])) return false;
    this.#take(config);
    return true;
  }

  checkpoint(): JsonObject {
    return this.#source.checkpoint();
  }

  restore(state: JsonObject, { processorType }: StateOrigin): void {
    if (processorType === descriptor.name) this.#source.restore(state);
  }

  process(io: SourceIo, ctx: RuntimeContext<typeof descriptor>): void {
    this.#source.run(io, ctx);
  }

  #take(config: Config): void {
    this.#config = config;
    this.#values = Object.values(config.values as Record<string, number>);
  }

  #fill(frame: DataFrameView): void {
    this.#values.forEach((value, i) => {
      frame.channelAt(i).fill(value);
    });
  }
}
