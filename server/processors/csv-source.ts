import { SOURCE_INTERVAL_US } from '../recordings/call-pace.ts';
import { RECORDING_OPTIONS, Recording } from '../recordings/recording.ts';
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
      ...RECORDING_OPTIONS,
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
    },
  },
  scheduling: { kind: 'loop', intervalUs: SOURCE_INTERVAL_US },
  async: true,
} as const satisfies ProcessorDescriptor;

/** Recorded data from a file. */
export default class CsvSource implements Processor<typeof descriptor> {
  static readonly descriptor = descriptor;
  #recording: Recording<CsvRow> | undefined;
  #layout!: DataLayout;

  async setup({ config, clock, log }: RuntimeContext<typeof descriptor>): Promise<void> {
    const timestampColumn = config.timestamp_column;
    if (config.pace === 'timestamps' && timestampColumn === '') {
      const text = 'config.timestamp_column must name a column for config.pace "timestamps", was ""';
      throw new StreamlibError('SETUP_FAILED', text, { path: 'config.timestamp_column' });
    }
    const rows = new CsvRowReader({
      path: config.path,
      delimiter: config.delimiter,
      choice: { timestampColumn, timestampUnit: config.timestamp_unit, channels: config.channels },
      skipBroken: config.on_error === 'skip',
      log,
    });
    this.#recording = new Recording(descriptor.name, rows, config, clock);
    const channelNames = await rows.open();
    this.#layout = dataLayout(Object.fromEntries(channelNames.map((name) => [name, 1])));
  }

  checkpoint(): JsonObject | undefined {
    return this.#recording?.checkpoint();
  }

  restore(state: JsonObject, origin: StateOrigin): void {
    this.#recording?.restore(state, origin);
  }

  async process(
    { outputs }: ProcessorIo<typeof descriptor>,
    ctx: RuntimeContext<typeof descriptor>,
  ): Promise<void> {
    await this.#recording?.play(outputs.data, ctx, ({ timestampUs, values }, number) => {
      const frame = outputs.data.acquire(this.#layout);
      frame.timestampUs = timestampUs ?? ctx.clock.utcUs();
      frame.sequenceId = number;
      values.forEach((value, index) => {
        frame.channelAt(index)[0] = value;
      });
      outputs.data.write(frame);
    });
  }

  async teardown(): Promise<void> {
    await this.#recording?.close();
  }
}
