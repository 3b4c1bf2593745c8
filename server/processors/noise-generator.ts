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
  SOURCE_CHANNEL_OPTION,
  SOURCE_OPTIONS,
  SOURCE_PORTS,
  SOURCE_SCHEDULING,
  type SourceIo,
} from './data/block-source.ts';
import { MersenneTwister } from './data/mersenne-twister.ts';

const descriptor = {
  name: 'NoiseGenerator',
  version: 1,
  description:
    'Makes white noise, the same for the same seed: the numbers of numpy.random.RandomState(seed). A restart goes on in the sequence.',
  tags: ['data', 'source', 'test'],
  ...SOURCE_PORTS,
  configSchema: {
    type: 'object',
    additionalProperties: false,
    properties: {
      distribution: {
        type: 'string',
        description:
          'uniform: from -amplitude to amplitude. normal: of mean 0 and standard deviation amplitude.',
        enum: ['uniform', 'normal'],
        default: 'uniform',
      },
      amplitude: {
        type: 'number',
        description: 'How strong. Changes take effect live.',
        minimum: 0,
        default: 1,
      },
      seed: {
        type: 'integer',
        description: 'Where the sequence begins.',
        minimum: 0,
        maximum: 4_294_967_295,
        default: 0,
      },
      channel: SOURCE_CHANNEL_OPTION,
      ...SOURCE_OPTIONS,
    },
  },
  scheduling: SOURCE_SCHEDULING,
} as const satisfies ProcessorDescriptor;

type Config = ConfigOf<typeof descriptor>;

/** Chance that can be repeated. */
export default class NoiseGenerator implements Processor<typeof descriptor> {
  static readonly descriptor = descriptor;
  #config!: Config;
  #source!: BlockSource;
  #random!: MersenneTwister;

  setup({ config, clock }: RuntimeContext<typeof descriptor>): void {
    this.#config = config;
    this.#random = new MersenneTwister(config.seed);
    this.#source = new BlockSource(config, clock, [config.channel], (frame) => this.#fill(frame));
  }

  configure(config: Config): boolean {
    if (!differOnlyIn(this.#config, config, ['amplitude'])) return false;
    this.#config = config;
    return true;
  }

  checkpoint(): JsonObject {
    return { seed: this.#config.seed, random: this.#random.checkpoint(), ...this.#source.checkpoint() };
  }

  restore(state: JsonObject, { processorType }: StateOrigin): void {
    if (processorType !== descriptor.name || state.seed !== this.#config.seed) return;
    this.#random.restore(state.random as JsonObject);
    this.#source.restore(state);
  }

  process(io: SourceIo, ctx: RuntimeContext<typeof descriptor>): void {
    this.#source.run(io, ctx);
  }

  #fill(frame: DataFrameView): void {
    const { distribution, amplitude } = this.#config;
    const values = frame.channelAt(0);
    for (let i = 0; i < values.length; i++) {
      const value = distribution === 'normal' ? this.#random.normal() : 2 * this.#random.uniform() - 1;
      values[i] = amplitude * value;
    }
  }
}
