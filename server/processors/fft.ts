import { DataFrame, type DataFrameView, DataLayout } from '../runtime/frame/data-frame.ts';
import type { ConfigOf, Processor, ProcessorDescriptor, RuntimeContext } from '../runtime/processor.ts';
import { BlockTransform, type TransformIo } from './data/block-transform.ts';
import { FFT_SIZE_OPTION, FftPlans, pointsFor } from './data/fft-plans.ts';

const descriptor = {
  name: 'Fft',
  version: 1,
  description:
    'The discrete Fourier transform of each channel of a frame: channel x becomes x.re and x.im, the bins from 0 to half the sample rate, not scaled. A frame shorter than the transform is followed by zeros.',
  tags: ['data', 'analysis', 'spectrum'],
  inputs: { data_in: { frame: DataFrame, description: 'Blocks of values.' } },
  outputs: { data_out: { frame: DataFrame, description: 'Size / 2 + 1 complex bins for each channel.' } },
  configSchema: { type: 'object', additionalProperties: false, properties: { size: FFT_SIZE_OPTION } },
  stateless: true,
} as const satisfies ProcessorDescriptor;

/** Blocks as bins of frequency. */
export default class Fft implements Processor<typeof descriptor> {
  static readonly descriptor = descriptor;
  #size = 0;
  readonly #plans = new FftPlans();
  readonly #transform = new BlockTransform(
    (source) => this.#layoutOf(source),
    (source, target) => this.#fill(source, target),
  );

  setup({ config }: RuntimeContext<typeof descriptor>): void {
    this.configure(config);
  }

  configure({ size }: ConfigOf<typeof descriptor>): boolean {
    this.#size = size;
    this.#transform.reshape();
    return true;
  }

  process(io: TransformIo): void {
    this.#transform.run(io);
  }

  #layoutOf({ channelNames, lengths, metadataBytes }: DataLayout): DataLayout {
    const channels: [name: string, length: number][] = channelNames.flatMap((name, i) => {
      const bins = pointsFor(lengths[i] as number, this.#size) / 2 + 1;
      return [
        [`${name}.re`, bins],
        [`${name}.im`, bins],
      ];
    });
    return new DataLayout({ channels: Object.fromEntries(channels), metadataBytes });
  }

  #fill(source: DataFrameView, target: DataFrameView): void {
    for (let i = 0; i < source.channelCount; i++) {
      const values = source.channelAt(i);
      const plan = this.#plans.of(pointsFor(values.length, this.#size));
      plan.transform(values, target.channelAt(2 * i), target.channelAt(2 * i + 1));
    }
  }
}
