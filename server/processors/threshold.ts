import { StreamlibError } from '../runtime/errors.ts';
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

const descriptor = {
  name: 'Threshold',
  version: 1,
  description:
    'Watches one channel and publishes an event `threshold_exceeded` on its own topic when a value goes beyond the limit, and `threshold_cleared` when it is back by the hysteresis. Frames pass unchanged.',
  tags: ['data', 'analysis', 'events'],
  inputs: { data_in: { frame: DataFrame, description: 'The values to watch.' } },
  outputs: { data_out: { frame: DataFrame, description: 'The same frames.' } },
  configSchema: {
    type: 'object',
    additionalProperties: false,
    required: ['channel', 'limit'],
    properties: {
      channel: {
        type: 'string',
        description: 'The channel to watch. A frame without it is an error that names those it has.',
        minLength: 1,
        maxLength: 255,
      },
      limit: {
        type: 'number',
        description: 'What must be passed, in the unit of the channel. Changes take effect live.',
      },
      condition: {
        type: 'string',
        description: 'On which side of the limit a value exceeds it. Changes take effect live.',
        enum: ['above', 'below'],
        default: 'above',
      },
      hysteresis: {
        type: 'number',
        description:
          'How far back from the limit a value must be to clear it, in the unit of the channel, so that noise does not raise many events. Changes take effect live.',
        minimum: 0,
        default: 0,
      },
    },
  },
} as const satisfies ProcessorDescriptor;

/** Tells when a value becomes too large or too small, and when it no longer is. */
export default class Threshold implements Processor<typeof descriptor> {
  static readonly descriptor = descriptor;
  #config!: ConfigOf<typeof descriptor>;
  #exceeded = false;

  setup(ctx: RuntimeContext<typeof descriptor>): void {
    this.#config = ctx.config;
  }

  configure(config: ConfigOf<typeof descriptor>): boolean {
    if (config.channel !== this.#config.channel) this.#exceeded = false;
    this.#config = config;
    return true;
  }

  checkpoint(): JsonObject {
    return { channel: this.#config.channel, exceeded: this.#exceeded };
  }

  restore({ channel, exceeded }: JsonObject, { processorType }: StateOrigin): void {
    if (processorType === descriptor.name && channel === this.#config.channel)
      this.#exceeded = exceeded === true;
  }

  process({ inputs, outputs }: ProcessorIo<typeof descriptor>, ctx: RuntimeContext<typeof descriptor>): void {
    using frame = inputs.data_in.read();
    if (frame === undefined) return;
    for (const value of this.#watchedValues(frame)) this.#judge(value, frame, ctx);
    outputs.data_out.write(frame);
  }

  #watchedValues(frame: DataFrameView): Float64Array {
    const { channel } = this.#config;
    if (frame.hasChannel(channel)) return frame.channel(channel);
    const text = `config.channel must be one of ${frame.channelNames.join(', ')}, was ${JSON.stringify(channel)}`;
    throw new StreamlibError('PROCESS_FAILED', text, { path: 'config.channel' });
  }

  #judge(value: number, frame: DataFrameView, ctx: RuntimeContext<typeof descriptor>): void {
    const { channel, limit, condition, hysteresis } = this.#config;
    const beyond = condition === 'above' ? value - limit : limit - value;
    // NaN is neither beyond the limit nor back from it.
    const changes = this.#exceeded ? beyond <= -hysteresis : beyond > 0;
    if (!changes) return;
    this.#exceeded = !this.#exceeded;
    ctx.events.publish(`processor:${ctx.id}`, {
      name: this.#exceeded ? 'threshold_exceeded' : 'threshold_cleared',
      data: {
        channel,
        value,
        limit,
        condition,
        timestamp_us: frame.timestampUs,
        sequence_id: frame.sequenceId,
      },
    });
  }
}
