import { SOURCE_INTERVAL_US } from '../recordings/call-pace.ts';
import { RECORDING_OPTIONS, Recording } from '../recordings/recording.ts';
import { DataFrame, DataLayout } from '../runtime/frame/data-frame.ts';
import type { JsonObject } from '../runtime/json.ts';
import type {
  Processor,
  ProcessorDescriptor,
  ProcessorIo,
  RuntimeContext,
  StateOrigin,
} from '../runtime/processor.ts';
import type { FrameRecord } from './json-lines/frame-record.ts';
import { FrameRecordReader } from './json-lines/frame-record-reader.ts';

const descriptor = {
  name: 'JsonLinesSource',
  version: 1,
  description:
    'Replays a file of data frames as JsonLinesSink writes them, one JSON text per line (UTF-8, gzip if its name ends in .gz): {"timestamp_us", "sequence_id", "payload": {channel: [values]}, "metadata": {key: text}}; only payload is needed, and a channel of one value may be a number. null is NaN. The file is read as it plays, and only while the output has a link. At its end the processor ends. A restart goes on behind the last line that was sent.',
  tags: ['data', 'source', 'file'],
  inputs: {},
  outputs: { data: { frame: DataFrame, description: 'One frame per line.' } },
  configSchema: {
    type: 'object',
    additionalProperties: false,
    required: ['path'],
    properties: RECORDING_OPTIONS,
  },
  scheduling: { kind: 'loop', intervalUs: SOURCE_INTERVAL_US },
  async: true,
} as const satisfies ProcessorDescriptor;

type Context = RuntimeContext<typeof descriptor>;

/** Recorded frames from a file. */
export default class JsonLinesSource implements Processor<typeof descriptor> {
  static readonly descriptor = descriptor;
  #recording: Recording<FrameRecord> | undefined;

  async setup({ config, clock, log }: Context): Promise<void> {
    const { path, on_error } = config;
    const reader = new FrameRecordReader({ path, skipBroken: on_error === 'skip', log });
    this.#recording = new Recording(descriptor.name, reader, config, clock);
    await reader.open();
  }

  checkpoint(): JsonObject | undefined {
    return this.#recording?.checkpoint();
  }

  restore(state: JsonObject, origin: StateOrigin): void {
    this.#recording?.restore(state, origin);
  }

  async process({ outputs }: ProcessorIo<typeof descriptor>, ctx: Context): Promise<void> {
    await this.#recording?.play(outputs.data, ctx, (record, number) => {
      const { timestampUs, sequenceId, channels, metadata } = record;
      const lengths = Object.fromEntries(channels.map(([name, values]) => [name, values.length]));
      const frame = outputs.data.acquire(new DataLayout({ channels: lengths, metadata }));
      frame.timestampUs = timestampUs ?? ctx.clock.utcUs();
      frame.sequenceId = sequenceId ?? number;
      for (const [i, [, values]] of channels.entries()) frame.channelAt(i).set(values);
      outputs.data.write(frame);
    });
  }

  async teardown(): Promise<void> {
    await this.#recording?.close();
  }
}
