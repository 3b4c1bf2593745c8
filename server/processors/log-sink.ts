import { countFrom } from '../recordings/state-fields.ts';
import type { Frame } from '../runtime/frame/frame-type.ts';
import { frameToJson, frameTypeOf } from '../runtime/frame/frame-types.ts';
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
  name: 'LogSink',
  version: 1,
  description: 'Writes frames of any type to the log, as JSON at level info.',
  tags: ['sink', 'debug'],
  inputs: { data: { frame: 'any', many: true, description: 'What to log.' } },
  outputs: {},
  configSchema: {
    type: 'object',
    additionalProperties: false,
    properties: {
      every: {
        type: 'integer',
        description:
          'Logs the first frame and then each n-th; the others are dropped. Changes take effect live.',
        minimum: 1,
        maximum: 1_000_000_000,
        default: 1,
      },
      label: {
        type: 'string',
        description: 'The text of the log line. Changes take effect live.',
        minLength: 1,
        maxLength: 256,
        default: 'frame',
      },
      max_frame_bytes: {
        type: 'integer',
        description:
          'Of frames larger than this only the type and size are logged. Changes take effect live.',
        minimum: 0,
        maximum: 1_048_576,
        default: 4096,
      },
    },
  },
} as const satisfies ProcessorDescriptor;

/** Shows what flows over its links in the log. */
export default class LogSink implements Processor<typeof descriptor> {
  static readonly descriptor = descriptor;
  #config!: ConfigOf<typeof descriptor>;
  #frames = 0;

  setup(ctx: RuntimeContext<typeof descriptor>): void {
    this.#config = ctx.config;
  }

  configure(config: ConfigOf<typeof descriptor>): boolean {
    this.#config = config;
    return true;
  }

  checkpoint(): JsonObject {
    return { frames: this.#frames };
  }

  restore(state: JsonObject, { processorType }: StateOrigin): void {
    if (processorType === descriptor.name) this.#frames = countFrom(state, 'frames');
  }

  process({ inputs }: ProcessorIo<typeof descriptor>, ctx: RuntimeContext<typeof descriptor>): void {
    using frame = inputs.data.read();
    if (frame === undefined) return;
    const { every, label, max_frame_bytes } = this.#config;
    if (this.#frames++ % every === 0) ctx.log.info(label, describe(frame, max_frame_bytes));
  }
}

function describe(frame: Frame, maxFrameBytes: number): JsonObject {
  const head = { frame_type: frameTypeOf(frame).name, byte_length: frame.byteLength };
  return frame.byteLength > maxFrameBytes ? head : { ...head, frame: frameToJson(frame) };
}
