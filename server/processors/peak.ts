import type { Processor, ProcessorDescriptor } from '../runtime/processor.ts';
import { REDUCTION_PORTS, reduction } from './data/block-reduction.ts';
import type { TransformIo } from './data/block-transform.ts';

const descriptor = {
  name: 'Peak',
  version: 1,
  description:
    'The largest absolute value of each channel, one number per frame. Values that are not finite are left out; NaN where none is left.',
  tags: ['data', 'analysis'],
  ...REDUCTION_PORTS,
  configSchema: { type: 'object', additionalProperties: false, properties: {} },
  stateless: true,
} as const satisfies ProcessorDescriptor;

/** How far each block goes. */
export default class Peak implements Processor<typeof descriptor> {
  static readonly descriptor = descriptor;
  readonly #reduction = reduction(peakOf);

  process(io: TransformIo): void {
    this.#reduction.run(io);
  }
}

function peakOf(values: Float64Array): number {
  let peak = NaN;
  for (let i = 0; i < values.length; i++) {
    const size = Math.abs(values[i] as number);
    if (Number.isFinite(size) && !(size <= peak)) peak = size;
  }
  return peak;
}
