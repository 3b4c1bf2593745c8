import type { JsonObject } from '../../runtime/json.ts';

const SIZE = 624;
const SHIFT = 397;

/**
 * MT19937 of M. Matsumoto and T. Nishimura, "Mersenne twister", 1998, with the numbers that
 * `numpy.random.RandomState(seed)` gives for `random_sample` and `standard_normal`.
 */
export class MersenneTwister {
  readonly #state = new Uint32Array(SIZE);
  #at = SIZE;
  /** Normal numbers come in pairs. */
  #spare = NaN;

  /** `seed` is a 32-bit number. */
  constructor(seed: number) {
    const state = this.#state;
    state[0] = seed;
    for (let i = 1; i < SIZE; i++) {
      const before = state[i - 1] as number;
      state[i] = Math.imul(1_812_433_253, before ^ (before >>> 30)) + i;
    }
  }

  /** 0 up to 1, without it, in steps of 2^-53. */
  uniform(): number {
    const high = this.#next() >>> 5;
    const low = this.#next() >>> 6;
    return (high * 67_108_864 + low) / 9_007_199_254_740_992;
  }

  /** Of mean 0 and deviation 1: G. Marsaglia's polar method, 1964. */
  normal(): number {
    const spare = this.#spare;
    if (!Number.isNaN(spare)) {
      this.#spare = NaN;
      return spare;
    }
    let x: number;
    let y: number;
    let square: number;
    do {
      x = 2 * this.uniform() - 1;
      y = 2 * this.uniform() - 1;
      square = x * x + y * y;
    } while (square >= 1 || square === 0);
    const factor = Math.sqrt((-2 * Math.log(square)) / square);
    this.#spare = factor * x;
    return factor * y;
  }

  checkpoint(): JsonObject {
    const { buffer, byteOffset, byteLength } = this.#state;
    const words = Buffer.from(buffer, byteOffset, byteLength).toString('base64');
    return { words, at: this.#at, spare: Number.isNaN(this.#spare) ? null : this.#spare };
  }

  /** Goes on with what `checkpoint` answered. Throws an error that names what is none. */
  restore({ words, at, spare }: JsonObject): void {
    const bytes = Buffer.from(typeof words === 'string' ? words : '', 'base64');
    if (bytes.length !== SIZE * 4)
      throw new Error(`state.words must be ${SIZE} numbers in base64, was ${JSON.stringify(words)}`);
    if (!(typeof at === 'number' && Number.isInteger(at) && at >= 0 && at <= SIZE))
      throw new Error(`state.at must be 0 to ${SIZE}, was ${JSON.stringify(at)}`);
    for (let i = 0; i < SIZE; i++) this.#state[i] = bytes.readUInt32LE(i * 4);
    this.#at = at;
    this.#spare = typeof spare === 'number' ? spare : NaN;
  }

  #next(): number {
    if (this.#at >= SIZE) this.#twist();
    let word = this.#state[this.#at++] as number;
    word ^= word >>> 11;
    word ^= (word << 7) & 0x9d2c5680;
    word ^= (word << 15) & 0xefc60000;
    return (word ^ (word >>> 18)) >>> 0;
  }

  #twist(): void {
    const state = this.#state;
    for (let i = 0; i < SIZE; i++) {
      const pair = ((state[i] as number) & 0x80000000) | ((state[(i + 1) % SIZE] as number) & 0x7fffffff);
      const twisted = (pair >>> 1) ^ (pair & 1 ? 0x9908b0df : 0);
      state[i] = (state[(i + SHIFT) % SIZE] as number) ^ twisted;
    }
    this.#at = 0;
  }
}
