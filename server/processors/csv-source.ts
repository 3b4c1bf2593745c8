import { StreamlibError } from '../runtime/errors.ts';
import { DataFrame, type DataLayout, dataLayout } from '../runtime/frame/data-frame.ts';
import type { JsonObject } from '../runtime/json.ts';
import type {
  Processor,
  ProcessorDescriptor,
  ProcessorIo,
  RuntimeContext,
  StateOrigin,
} from '../runtime/processor.ts';
import type { CsvRow } from './csv/csv-columns.ts';

import { CsvRowReader } from './csv/csv-row-reader.ts';
import { Replay } from './replay.ts';
import { countFrom } from './state-fields.ts';

const descriptor = {
  name: 'CsvSource',
  version: 1,
  description:
    'Replays a CSV file (RFC 4180, header row, UTF-8, gzip if its name ends in .gz): each record becomes a frame, each column of numbers a channel. A column holds numbers if its cell in the first record is a number or empty; empty cells are NaN. The file is read as it plays, and only while the output has a link. At its end the processor ends. A restart goes on behind the last record that was sent.',
  tags: ['data', 'source', 'file'],
  inputs: {},
  outputs: { data: { frame: DataFrame, description: 'One frame per record.' } },
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
      delimiter: {
        type: 'string',
        description: 'The character between two cells.',
        minLength: 1,
        maxLength: 1,
        pattern: '^[^"\\r\\n]$',
        default: ',',
      },
      channels: {
        type: 'array',
        description: 'The columns to read; empty stands for all that hold numbers.',
        items: { type: 'string', minLength: 1, maxLength: 255 },
        uniqueItems: true,
        maxItems: 1024,
        default: [],
      },
      timestamp_column: {
        type: 'string',
        description: 'The column that tells the event time. Empty: the time at which the frame is sent.',
        maxLength: 255,
        default: '',
      },
      timestamp_unit: {
        type: 'string',
        description:
          'iso: ISO 8601 text, UTC unless it says otherwise. s, ms, us: a number since the Unix epoch.',
        enum: ['iso', 's', 'ms', 'us'],
        default: 'iso',
      },
      pace: {
        type: 'string',
        description:
          'fast: as fast as the links take it, for lossless links. timestamps: as the timestamp column says. rate: rate_hz frames per second.',
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
          'What a broken record does. stop: the processor fails and names line and column. skip: it is counted and left out.',
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

/** Recorded data from a file. */
export default class CsvSource implements Processor<typeof descriptor> {
  static readonly descriptor = descriptor;
  #rows: CsvRowReader | undefined;
  #replay!: Replay;
  #layout!: DataLayout;
  /** Of the next frame: how many rows were sent. */
  #sequence = 0;
  /** How many rows were sent by instances before this one, and are still to be passed over. */
  #unread = 0;

  async setup({ config, clock, log }: RuntimeContext<typeof descriptor>): Promise<void> {
    const timestampColumn = config.timestamp_column;
    if (config.pace === 'timestamps' && timestampColumn === '') {
      const text = 'config.timestamp_column must name a column for config.pace "timestamps", was ""';
      throw new StreamlibError('SETUP_FAILED', text, { path: 'config.timestamp_column' });
    }
    this.#rows = new CsvRowReader({
      path: config.path,
      delimiter: config.delimiter,
      choice: { timestampColumn, timestampUnit: config.timestamp_unit, channels: config.channels },
      skipBroken: config.on_error === 'skip',
      log,
    });
    const channelNames = await this.#rows.open();
    this.#layout = dataLayout(Object.fromEntries(channelNames.map((name) => [name, 1])));
    this.#replay = new Replay(clock, { pace: config.pace, speed: config.speed, rateHz: config.rate_hz });
  }

  checkpoint({ config }: RuntimeContext<typeof descriptor>): JsonObject {
    return { path: config.path, rows: this.#sequence };
  }

  restore(
    state: JsonObject,
    { processorType }: StateOrigin,
    { config }: RuntimeContext<typeof descriptor>,
  ): void {
    if (processorType !== descriptor.name || state.path !== config.path) return;
    this.#sequence = countFrom(state, 'rows');
    this.#unread = this.#sequence;
  }

  async process(
    { outputs }: ProcessorIo<typeof descriptor>,
    ctx: RuntimeContext<typeof descriptor>,
  ): Promise<void> {
    const rows = this.#rows as CsvRowReader;
    for (; this.#unread > 0 && (await rows.peek()) !== undefined; this.#unread--) rows.take();
    for (
      let count = 0;
      count < FRAMES_PER_CALL && outputs.data.links > 0 && outputs.data.credit > 0;
      count++
    ) {
      const row = await rows.peek();
      if (row === undefined) {
        ctx.end();
        return;
      }
      if (!this.#replay.isDue(row)) return;
      rows.take();
      this.#write(row, outputs.data, ctx);
    }
  }

  async teardown(): Promise<void> {
    await this.#rows?.close();
  }

  #write(
    row: CsvRow,
    output: ProcessorIo<typeof descriptor>['outputs']['data'],
    { clock }: RuntimeContext<typeof descriptor>,
  ): void {
    const frame = output.acquire(this.#layout);
    frame.timestampUs = row.timestampUs ?? clock.utcUs();
    frame.sequenceId = this.#sequence++;
    row.values.forEach((value, index) => {
      frame.channelAt(index)[0] = value;
    });
    output.write(frame);
  }
}
