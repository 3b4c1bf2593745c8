import type { Processor, ProcessorDescriptor } from '../runtime/processor.ts';
import { REDUCTION_PORTS, reduction } from './data/block-reduction.ts';
import type { TransformIo } from './data/block-transform.ts';

const descriptor = {
  name: 'Rms',
  version: 1,
  description:
    'The root of the mean of the squares of each channel, one number per frame. Values that are not finite are left out; NaN where none is left.',
  tags: ['data', 'analysis'],
  ...REDUCTION_PORTS,
  configSchema: { type: 'object', additionalProperties: false, properties: {} },
  stateless: true,
} as const satisfies ProcessorDescriptor;

/** How strong each block is. */
export default class Rms implements Processor<typeof descriptor> {
  static readonly descriptor = descriptor;
  readonly #reduction = reduction(rmsOf);

  process(io: TransformIo): void {
    this.#reduction.run(io);
  }
}

/** Four sums at a time, since each addition waits for the one before it. */
function rmsOf(values: Float64Array): number {
  const { length } = values;
  const whole = length & ~3;
  let [a, b, c, d] = [0, 0, 0, 0];
  for (let i = 0; i < whole; i += 4) {
    a += (values[i] as number) ** 2;
    b += (values[i + 1] as number) ** 2;
    c += (values[i + 2] as number) ** 2;
    d += (values[i + 3] as number) ** 2;
  }
  for (let i = whole; i < length; i++) a += (values[i] as number) ** 2;
  const sum = a + b + (c + d);
  return Number.isFinite(sum) ? Math.sqrt(sum / length) : rmsOfFinite(values);
}

function rmsOfFinite(values: Float64Array): number {
  let sum = 0;
  let count = 0;
  for (let i = 0; i < values.length; i++) {
    const value = values[i] as number;
    if (!Number.isFinite(value)) continue;
    sum += value * value;
    count++;
  }
  return Math.sqrt(sum / count);
}
