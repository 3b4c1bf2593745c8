import { fileError } from '../recordings/file-error.ts';
import { frameToJson } from '../runtime/frame/frame-types.ts';
import type {
  ConfigOf,
  Processor,
  ProcessorDescriptor,
  ProcessorIo,
  RuntimeContext,
} from '../runtime/processor.ts';
import { RotatingFile } from './json-lines/rotating-file.ts';

const descriptor = {
  name: 'JsonLinesSink',
  version: 1,
  description:
    'Writes frames of any type to a file, one JSON text per line. Lines are handed to the operating system as soon as they arrive. A full file is set aside as {path}.1, the one before it as {path}.2 and so on, so that all together stay below max_bytes × (keep_files + 1).',
  tags: ['sink', 'file'],
  inputs: { data: { frame: 'any', many: true, description: 'What to write.' } },
  outputs: {},
  configSchema: {
    type: 'object',
    additionalProperties: false,
    required: ['path'],
    properties: {
      path: {
        type: 'string',
        description:
          'The file, relative to the working directory of the server. Missing folders are made; an existing file is appended to.',
        minLength: 1,
        maxLength: 4096,
      },
      max_bytes: {
        type: 'integer',
        description:
          'How large the file may become. A longer line is left out and counted. Changes take effect live.',
        minimum: 1024,
        maximum: 1_099_511_627_776,
        default: 16_777_216,
      },
      keep_files: {
        type: 'integer',
        description: 'How many full files are kept beside the current one. Changes take effect live.',
        minimum: 0,
        maximum: 1000,
        default: 3,
      },
    },
  },
} as const satisfies ProcessorDescriptor;

/** The most frames of one `process` call. */
const FRAMES_PER_CALL = 64;

/** Frames on their way to a file of JSON lines. */
export default class JsonLinesSink implements Processor<typeof descriptor> {
  static readonly descriptor = descriptor;
  #path = '';
  #file: RotatingFile | undefined;
  #tooLong = 0;

  setup({ config }: RuntimeContext<typeof descriptor>): void {
    this.#path = config.path;
    try {
      this.#file = new RotatingFile(config.path, limitsOf(config));
    } catch (cause) {
      throw fileError('write the file', config.path, cause);
    }
  }

  configure(config: ConfigOf<typeof descriptor>): boolean {
    if (this.#file === undefined || config.path !== this.#path) return false;
    this.#file.limits = limitsOf(config);
    return true;
  }

  process({ inputs }: ProcessorIo<typeof descriptor>, { log }: RuntimeContext<typeof descriptor>): void {
    for (let count = 0; count < FRAMES_PER_CALL; count++) {
      using frame = inputs.data.read();
      if (frame === undefined) return;
      const line = `${JSON.stringify(frameToJson(frame))}\n`;
      if (this.#write(line)) continue;
      if (this.#tooLong++ === 0)
        log.warn('a line is longer than max_bytes and left out', { path: this.#path });
    }
  }

  teardown({ log }: RuntimeContext<typeof descriptor>): void {
    this.#file?.close();
    if (this.#tooLong > 0) log.warn('lines were left out', { path: this.#path, lines: this.#tooLong });
  }

  #write(line: string): boolean {
    try {
      return (this.#file as RotatingFile).write(line);
    } catch (cause) {
      throw fileError('write the file', this.#path, cause, 'PROCESS_FAILED');
    }
  }
}

function limitsOf(config: ConfigOf<typeof descriptor>): { maxBytes: number; keepFiles: number } {
  return { maxBytes: config.max_bytes, keepFiles: config.keep_files };
}
