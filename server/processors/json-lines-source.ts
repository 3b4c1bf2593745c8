import { StreamlibError } from '../runtime/errors.ts';
import { DataFrame, DataLayout } from '../runtime/frame/data-frame.ts';
import type { JsonObject } from '../runtime/json.ts';
import type {
  Processor,
  ProcessorDescriptor,
  ProcessorIo,
  RuntimeContext,
  StateOrigin,
} from '../runtime/processor.ts';
import { fileError } from './file-error.ts';
import { type FrameRecord, parseFrameRecord } from './json-lines/frame-record.ts';
import { LineReader } from './json-lines/line-reader.ts';
import { Replay } from './replay.ts';
import { countFrom } from './state-fields.ts';

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
    properties: {
      path: {
        type: 'string',
        description: 'The file, relative to the working directory of the server.',
        minLength: 1,
        maxLength: 4096,
      },
      pace: {
        type: 'string',
        description:
          'fast: as fast as the links take it, for lossless links. timestamps: as timestamp_us says. rate: rate_hz frames per second.',
        enum: ['fast', 'timestamps', 'rate'],
        default: 'fast',
      },
      speed: {
        type: 'number',
        description: 'With pace timestamps, how many times faster than recorded.',
        exclusiveMinimum: 0,
        maximum: 1_000_000,
        default: 1,
      },
      rate_hz: {
        type: 'number',
        description: 'With pace rate, frames per second.',
        minimum: 0.001,
        maximum: 100_000,
        default: 10,
      },
      on_error: {
        type: 'string',
        description:
          'What a broken line does. stop: the processor fails and names the line. skip: it is counted and left out.',
        enum: ['stop', 'skip'],
        default: 'stop',
      },
    },
  },
  scheduling: { kind: 'loop', intervalUs: 1000 },
  async: true,
} as const satisfies ProcessorDescriptor;

/** The most frames of one `process` call, so that a fast source leaves its lane to others in between. */
const FRAMES_PER_CALL = 128;

type Context = RuntimeContext<typeof descriptor>;

/** Recorded frames from a file. */
export default class JsonLinesSource implements Processor<typeof descriptor> {
  static readonly descriptor = descriptor;
  #lines: LineReader | undefined;
  #replay!: Replay;
  /** The record that is due next. */
  #next: FrameRecord | undefined;
  /** Of the next frame: how many were sent. */
  #sent = 0;
  /** How many were sent by instances before this one, and are still to be passed over. */
  #unread = 0;
  #skipped = 0;

  async setup({ config, clock }: Context): Promise<void> {
    try {
      this.#lines = await LineReader.open(config.path);
    } catch (cause) {
      throw fileError('read the file', config.path, cause);
    }
    this.#replay = new Replay(clock, { pace: config.pace, speed: config.speed, rateHz: config.rate_hz });
  }

  checkpoint({ config }: Context): JsonObject {
    return { path: config.path, lines: this.#sent };
  }

  restore(state: JsonObject, { processorType }: StateOrigin, { config }: Context): void {
    if (processorType !== descriptor.name || state.path !== config.path) return;
    this.#sent = countFrom(state, 'lines');
    this.#unread = this.#sent;
  }

  async process({ outputs }: ProcessorIo<typeof descriptor>, ctx: Context): Promise<void> {
    for (; this.#unread > 0 && (await this.#peek(ctx)) !== undefined; this.#unread--) this.#next = undefined;
    for (
      let count = 0;
      count < FRAMES_PER_CALL && outputs.data.links > 0 && outputs.data.credit > 0;
      count++
    ) {
      const record = await this.#peek(ctx);
      if (record === undefined) {
        ctx.end();
        return;
      }
      if (!this.#replay.isDue(record)) return;
      this.#next = undefined;
      this.#write(record, outputs.data, ctx);
    }
  }

  async teardown({ config, log }: Context): Promise<void> {
    if (this.#skipped > 0) log.warn('broken lines were skipped', { path: config.path, lines: this.#skipped });
    await this.#lines?.close();
  }

  async #peek(ctx: Context): Promise<FrameRecord | undefined> {
    while (this.#next === undefined) {
      const text = await this.#read(ctx);
      if (text === undefined) return undefined;
      this.#next = this.#parse(text, ctx);
    }
    return this.#next;
  }

  async #read({ config }: Context): Promise<string | undefined> {
    try {
      return await this.#lines?.next();
    } catch (cause) {
      throw fileError('read the file', config.path, cause, 'PROCESS_FAILED');
    }
  }

  #parse(text: string, { config, log }: Context): FrameRecord | undefined {
    try {
      return parseFrameRecord(text);
    } catch (cause) {
      const line = this.#lines?.line ?? 0;
      const said = (cause as Error).message;
      if (config.on_error === 'stop') {
        const message = `${config.path}, line ${line}: ${said}`;
        const details = { file: config.path, line: String(line) };
        throw new StreamlibError('PROCESS_FAILED', message, { path: 'config.path', details, cause });
      }
      if (this.#skipped++ === 0) log.warn(`a broken line is skipped: ${said}`, { path: config.path, line });
      return undefined;
    }
  }

  #write(
    { timestampUs, sequenceId, channels, metadata }: FrameRecord,
    output: ProcessorIo<typeof descriptor>['outputs']['data'],
    { clock }: Context,
  ): void {
    const lengths = Object.fromEntries(channels.map(([name, values]) => [name, values.length]));
    const frame = output.acquire(new DataLayout({ channels: lengths, metadata }));
    frame.timestampUs = timestampUs ?? clock.utcUs();
    frame.sequenceId = sequenceId ?? this.#sent;
    this.#sent++;
    channels.forEach(([, values], i) => {
      frame.channelAt(i).set(values);
    });
    output.write(frame);
  }
}
