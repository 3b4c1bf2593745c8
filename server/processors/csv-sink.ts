import { fileError } from '../recordings/file-error.ts';
import { StreamlibError } from '../runtime/errors.ts';
import { DataFrame, type DataFrameView } from '../runtime/frame/data-frame.ts';
import type {
  ConfigOf,
  Processor,
  ProcessorDescriptor,
  ProcessorIo,
  RuntimeContext,
} from '../runtime/processor.ts';
import { CsvFile } from './csv/csv-file.ts';
import { commonLength } from './data/common-length.ts';

const descriptor = {
  name: 'CsvSink',
  version: 1,
  description:
    'Writes frames to a CSV file (RFC 4180, header row, UTF-8) that CsvSource reads: the columns timestamp_us and sequence_id and one for each channel, a record for each value. The first frame says what the columns are; one with other channels is an error that names both. What is not a finite number is an empty cell. Records are handed to the operating system as soon as they arrive.',
  tags: ['data', 'sink', 'file'],
  inputs: { data: { frame: DataFrame, description: 'What to write; channels of one length.' } },
  outputs: {},
  configSchema: {
    type: 'object',
    additionalProperties: false,
    required: ['path'],
    properties: {
      path: {
        type: 'string',
        description:
          'The file, relative to the working directory of the server. Missing folders are made. A file that exists is appended to if its header is the same, and is an error otherwise.',
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
    },
  },
} as const satisfies ProcessorDescriptor;

/** The most frames of one `process` call. */
const FRAMES_PER_CALL = 64;

/** Frames on their way to a table. */
export default class CsvSink implements Processor<typeof descriptor> {
  static readonly descriptor = descriptor;
  #config!: ConfigOf<typeof descriptor>;
  #file: CsvFile | undefined;
  #channelNames: readonly string[] | undefined;

  setup({ config }: RuntimeContext<typeof descriptor>): void {
    this.#config = config;
    try {
      this.#file = new CsvFile(config.path, config.delimiter);
    } catch (cause) {
      throw fileError('write the file', config.path, cause);
    }
  }

  process({ inputs }: ProcessorIo<typeof descriptor>): void {
    for (let count = 0; count < FRAMES_PER_CALL; count++) {
      using frame = inputs.data.read();
      if (frame === undefined) return;
      this.#write(frame);
    }
  }

  teardown(): void {
    this.#file?.close();
  }

  #write(frame: DataFrameView): void {
    const { channelNames, timestampUs, sequenceId } = frame;
    const length = commonLength(frame);
    const channels = channelNames.map((_, i) => frame.channelAt(i));
    const records = Array.from({ length }, (_, row) => [
      timestampUs,
      sequenceId,
      ...channels.map((values) => values[row] as number),
    ]);
    this.#assertColumns(channelNames);
    try {
      if (this.#channelNames === undefined)
        this.#file?.begin(['timestamp_us', 'sequence_id', ...channelNames]);
      this.#file?.write(records);
    } catch (cause) {
      throw fileError('write the file', this.#config.path, cause, 'PROCESS_FAILED');
    }
    this.#channelNames = channelNames;
  }

  #assertColumns(names: readonly string[]): void {
    const known = this.#channelNames ?? names;
    if (known === names || known.join('\0') === names.join('\0')) return;
    const text = `channels of a frame must be ${known.join(', ')}, as in the first one, were ${names.join(', ')}`;
    throw new StreamlibError('PROCESS_FAILED', text);
  }
}
