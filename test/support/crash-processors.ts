import {
  DataFrame,
  type DataFrameView,
  type Processor,
  type ProcessorDescriptor,
  type ProcessorIo,
  type ProcessorTypeEntry,
  type RuntimeContext,
  VideoFrame,
  type VideoFrameView,
} from '../../server/processor.ts';
import { dataLayout } from '../../server/runtime/frame/data-frame.ts';
import { processorEntry } from './processor-entry.ts';

/* Processors that hold frames in every way, and find out when one was written by somebody else. Their module's URL is a registry. */

const common = { version: 1, tags: ['test'], inputs: {}, outputs: {} } as const;
const noConfig = { type: 'object', properties: {}, additionalProperties: false } as const;
const dataPort = { frame: DataFrame, description: 'numbered values' } as const;
const picturePort = { frame: VideoFrame, description: 'numbered pictures' } as const;
const LAYOUT = dataLayout({ value: 16 });
const PICTURE = { format: 'rgba8', width: 320, height: 240 } as const;
const BURST = 8;
const PICTURE_EVERY = 4;
const KEPT = 12;

const crashSource = {
  ...common,
  name: 'CrashSource',
  description: 'Writes bursts of numbered frames, which rise over all its lives.',
  outputs: { data: dataPort, picture: picturePort },
  configSchema: noConfig,
  scheduling: { kind: 'loop', intervalUs: 20 },
} as const satisfies ProcessorDescriptor;

/** Frames of two sizes; each frame's payload is its number. */
class CrashSource implements Processor<typeof crashSource> {
  static readonly descriptor = crashSource;
  #number = 0;
  #calls = 0;

  setup(ctx: RuntimeContext<typeof crashSource>): void {
    this.#number = ctx.clock.nowUs();
  }

  process({ outputs }: ProcessorIo<typeof crashSource>): void {
    for (let i = 0; i < BURST; i++) {
      const frame = outputs.data.acquire(LAYOUT);
      frame.sequenceId = ++this.#number;
      frame.channelAt(0).fill(this.#number);
      outputs.data.write(frame);
    }
    if (this.#calls++ % PICTURE_EVERY > 0) return;
    const picture = outputs.picture.acquire(PICTURE);
    picture.ptsUs = ++this.#number;
    const { data } = picture.plane(0);
    data[0] = data[data.length - 1] = this.#number & 0xff;
    outputs.picture.write(picture);
  }
}

/** Throws when a frame's payload is not the number that its header has. */
function assertWhole(frame: DataFrameView): void {
  const { sequenceId } = frame;
  const values = frame.channelAt(0);
  if (values.length !== 16 || values.some((value) => value !== sequenceId))
    throw new Error(`frame ${sequenceId} must be whole, was ${values.join()}`);
}

function assertWholePicture(frame: VideoFrameView): void {
  const number = frame.ptsUs & 0xff;
  const { data } = frame.plane(0);
  if (frame.width !== PICTURE.width || data[0] !== number || data[data.length - 1] !== number)
    throw new Error(`picture ${frame.ptsUs} must be whole, was ${frame.width}, ${data[0]}, ${data.at(-1)}`);
}

const crashHolder = {
  ...common,
  name: 'CrashHolder',
  description: 'Keeps frames for a while, and then passes them on or lets them go; may end badly.',
  inputs: { data_in: dataPort, picture_in: picturePort },
  outputs: { data_out: dataPort, picture_out: picturePort },
  configSchema: {
    type: 'object',
    properties: {
      end: { enum: ['never', 'hang', 'exit'], default: 'never', description: 'how it ends its lane' },
      after: { type: 'integer', default: 100, description: 'calls before it does' },
    },
    additionalProperties: false,
  },
} as const satisfies ProcessorDescriptor;

/** Holds a dozen frames of each kind and finds each of them as it came. */
class CrashHolder implements Processor<typeof crashHolder> {
  static readonly descriptor = crashHolder;
  readonly #data: DataFrameView[] = [];
  readonly #pictures: VideoFrameView[] = [];
  #turn = 0;
  #calls = 0;

  process(
    { inputs, outputs }: ProcessorIo<typeof crashHolder>,
    { config }: RuntimeContext<typeof crashHolder>,
  ): void {
    const data = inputs.data_in.read();
    if (data !== undefined) this.#data.push(data);
    const picture = inputs.picture_in.read();
    if (picture !== undefined) this.#pictures.push(picture);
    while (this.#data.length > KEPT) {
      const frame = this.#data.shift() as DataFrameView;
      assertWhole(frame);
      if (++this.#turn % 3 === 0) frame.release();
      else outputs.data_out.write(frame);
    }
    while (this.#pictures.length > 2) {
      const frame = this.#pictures.shift() as VideoFrameView;
      assertWholePicture(frame);
      if (++this.#turn % 3 === 0) frame.release();
      else outputs.picture_out.write(frame);
    }
    if (++this.#calls < (config.after ?? 0)) return;
    if (config.end === 'exit') process.exit(3);
    while (config.end === 'hang');
  }

  teardown(): void {
    for (const frame of [...this.#data.splice(0), ...this.#pictures.splice(0)]) frame.release();
  }
}

const crashSink = {
  ...common,
  name: 'CrashSink',
  description: 'Looks at every frame.',
  inputs: { data: { ...dataPort, many: true }, picture: { ...picturePort, many: true } },
  configSchema: noConfig,
} as const satisfies ProcessorDescriptor;

/** Finds each frame as it was made. */
class CrashSink implements Processor<typeof crashSink> {
  static readonly descriptor = crashSink;

  process({ inputs }: ProcessorIo<typeof crashSink>): void {
    using data = inputs.data.read();
    if (data !== undefined) assertWhole(data);
    using picture = inputs.picture.read();
    if (picture !== undefined) assertWholePicture(picture);
  }
}

/** Where the frames were that witnesses of this thread have seen: the segments of their runtimes. */
export const witnessedBuffers = new Set<ArrayBufferLike>();

const crashWitness = {
  ...common,
  name: 'CrashWitness',
  description: 'Shows the tests of its thread where frames lie.',
  inputs: { data: dataPort },
  configSchema: noConfig,
} as const satisfies ProcessorDescriptor;

/** Looks at every frame and remembers whose memory it is. */
class CrashWitness implements Processor<typeof crashWitness> {
  static readonly descriptor = crashWitness;

  process({ inputs }: ProcessorIo<typeof crashWitness>): void {
    using frame = inputs.data.read();
    if (frame === undefined) return;
    assertWhole(frame);
    witnessedBuffers.add(frame.slot.u8.buffer);
  }
}

/** The list that makes this module a registry. */
export const processorTypes: readonly ProcessorTypeEntry[] = [
  processorEntry(CrashSource),
  processorEntry(CrashHolder),
  processorEntry(CrashSink),
  processorEntry(CrashWitness),
];
