import { StreamlibError } from '../../runtime/errors.ts';
import { RealFft } from './real-fft.ts';

const LARGEST_SIZE = 1_048_576;

/** The option of a type that transforms blocks. */
export const FFT_SIZE_OPTION = {
  type: 'integer',
  description:
    'Points of the transform: a power of two, not smaller than a frame. 0: the smallest that a frame fits into. Changes take effect live.',
  enum: [
    0, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096, 8192, 16_384, 32_768, 65_536, 131_072, 262_144,
    524_288, 1_048_576,
  ],
  default: 0,
} as const;

/** Points of the transform of so many values where the config says `size`. Throws PROCESS_FAILED where they do not fit. */
export function pointsFor(values: number, size: number): number {
  const most = size === 0 ? LARGEST_SIZE : size;
  if (values > most) {
    const text = `a channel of a frame must have at most ${most} values for the transform, was ${values}`;
    throw new StreamlibError('PROCESS_FAILED', text, { path: 'config.size' });
  }
  if (size > 0) return size;
  return values <= 4 ? 4 : 2 ** Math.ceil(Math.log2(values));
}

/** Transforms by their size, made when they are first needed. */
export class FftPlans {
  #last: RealFft | undefined;
  readonly #plans = new Map<number, RealFft>();

  of(size: number): RealFft {
    if (this.#last?.size === size) return this.#last;
    let plan = this.#plans.get(size);
    if (plan === undefined) {
      plan = new RealFft(size);
      this.#plans.set(size, plan);
    }
    this.#last = plan;
    return plan;
  }
}
