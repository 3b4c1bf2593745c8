/** One pass over all values. */
interface Pass {
  /** Points of each of the transforms that the pass takes apart. */
  readonly length: number;
  /** How many of these there are; their points lie side by side. */
  readonly stride: number;
  /** Cosine and sine of 2πp / length, of twice and of three times that, for each p below length / 4. */
  readonly turns: Float64Array;
}

/**
 * The discrete Fourier transform of real values, for one size. A transform of half the size does the work, on pairs of
 * values as complex numbers; it sorts itself on the way from one buffer to the other in passes of radix 4 (T. G.
 * Stockham, "High-speed convolution and correlation", 1966; the split of the pairs after Press et al., "Numerical
 * recipes", section 12.3).
 */
export class RealFft {
  readonly size: number;
  readonly #passes: readonly Pass[];
  /** Whether transforms of two points are left when the passes are done. */
  readonly #endsInPairs: boolean;
  /** Half the cosine and half the sine of 2πk / size. */
  readonly #halfTurns: Float64Array;
  readonly #one: Float64Array;
  readonly #other: Float64Array;

  /** `size` is a power of two from 4. */
  constructor(size: number) {
    this.size = size;
    this.#passes = passesOf(size / 2);
    this.#endsInPairs = Math.log2(size / 2) % 2 === 1;
    this.#halfTurns = new Float64Array(size);
    for (let k = 0; k < size / 2; k++) {
      this.#halfTurns[2 * k] = Math.cos((2 * Math.PI * k) / size) / 2;
      this.#halfTurns[2 * k + 1] = Math.sin((2 * Math.PI * k) / size) / 2;
    }
    this.#one = new Float64Array(size);
    this.#other = new Float64Array(size);
  }

  /**
   * Writes the size / 2 + 1 bins from 0 to half the sample rate. Fewer values than `size` are followed by zeros, more
   * are left out.
   */
  transform(values: Float64Array, re: Float64Array, im: Float64Array): void {
    let from = values.length === this.size ? values : this.#fitted(values);
    let to = this.#one;
    for (let i = 0; i < this.#passes.length; i++) {
      takeFours(from, to, this.#passes[i] as Pass);
      from = to;
      to = to === this.#one ? this.#other : this.#one;
    }
    if (this.#endsInPairs) {
      takePairs(from, to);
      from = to;
    }
    splitPairs(from, this.#halfTurns, re, im);
  }

  #fitted(values: Float64Array): Float64Array {
    const used = Math.min(values.length, this.size);
    for (let i = 0; i < used; i++) this.#other[i] = values[i] as number;
    return this.#other.fill(0, used);
  }
}

function passesOf(points: number): Pass[] {
  const passes: Pass[] = [];
  for (let length = points, stride = 1; length >= 4; length /= 4, stride *= 4) {
    const turns = new Float64Array((length / 4) * 6);
    for (let p = 0; p < length / 4; p++) {
      for (let times = 1; times <= 3; times++) {
        const angle = (2 * Math.PI * times * p) / length;
        turns[6 * p + 2 * times - 2] = Math.cos(angle);
        turns[6 * p + 2 * times - 1] = Math.sin(angle);
      }
    }
    passes.push({ length, stride, turns });
  }
  return passes;
}

/**
 * A pass of radix 4 over complex numbers, real and imaginary part side by side. NB: each value is read once into a name
 * of its own, since the compiler does not see that two reads give the same: that is a fifth of the time.
 */
function takeFours(from: Float64Array, to: Float64Array, { length, stride, turns }: Pass): void {
  const quarter = length >> 2;
  const width = 2 * stride;
  const step = width * quarter;
  // Those that are not turned, which are half of the last pass, cost no multiplication.
  for (let i0 = 0; i0 < width; i0 += 2) {
    const i1 = i0 + step;
    const i2 = i1 + step;
    const i3 = i2 + step;
    const ar = from[i0] as number;
    const ai = from[i0 + 1] as number;
    const br = from[i1] as number;
    const bi = from[i1 + 1] as number;
    const cr = from[i2] as number;
    const ci = from[i2 + 1] as number;
    const dr = from[i3] as number;
    const di = from[i3 + 1] as number;
    const sumRe = ar + cr;
    const sumIm = ai + ci;
    const gapRe = ar - cr;
    const gapIm = ai - ci;
    const oddRe = br + dr;
    const oddIm = bi + di;
    // i times b - d.
    const turnRe = di - bi;
    const turnIm = br - dr;
    const o1 = i0 + width;
    const o2 = o1 + width;
    const o3 = o2 + width;
    to[i0] = sumRe + oddRe;
    to[i0 + 1] = sumIm + oddIm;
    to[o1] = gapRe - turnRe;
    to[o1 + 1] = gapIm - turnIm;
    to[o2] = sumRe - oddRe;
    to[o2 + 1] = sumIm - oddIm;
    to[o3] = gapRe + turnRe;
    to[o3 + 1] = gapIm + turnIm;
  }
  for (let p = 1; p < quarter; p++) {
    const cos1 = turns[6 * p] as number;
    const sin1 = turns[6 * p + 1] as number;
    const cos2 = turns[6 * p + 2] as number;
    const sin2 = turns[6 * p + 3] as number;
    const cos3 = turns[6 * p + 4] as number;
    const sin3 = turns[6 * p + 5] as number;
    const first = width * p;
    let o0 = 4 * first;
    for (let i0 = first; i0 < first + width; i0 += 2, o0 += 2) {
      const i1 = i0 + step;
      const i2 = i1 + step;
      const i3 = i2 + step;
      const ar = from[i0] as number;
      const ai = from[i0 + 1] as number;
      const br = from[i1] as number;
      const bi = from[i1 + 1] as number;
      const cr = from[i2] as number;
      const ci = from[i2 + 1] as number;
      const dr = from[i3] as number;
      const di = from[i3 + 1] as number;
      const sumRe = ar + cr;
      const sumIm = ai + ci;
      const gapRe = ar - cr;
      const gapIm = ai - ci;
      const oddRe = br + dr;
      const oddIm = bi + di;
      // i times b - d.
      const turnRe = di - bi;
      const turnIm = br - dr;
      const o1 = o0 + width;
      const o2 = o1 + width;
      const o3 = o2 + width;
      to[o0] = sumRe + oddRe;
      to[o0 + 1] = sumIm + oddIm;
      const re1 = gapRe - turnRe;
      const im1 = gapIm - turnIm;
      to[o1] = re1 * cos1 + im1 * sin1;
      to[o1 + 1] = im1 * cos1 - re1 * sin1;
      const re2 = sumRe - oddRe;
      const im2 = sumIm - oddIm;
      to[o2] = re2 * cos2 + im2 * sin2;
      to[o2 + 1] = im2 * cos2 - re2 * sin2;
      const re3 = gapRe + turnRe;
      const im3 = gapIm + turnIm;
      to[o3] = re3 * cos3 + im3 * sin3;
      to[o3 + 1] = im3 * cos3 - re3 * sin3;
    }
  }
}

/** What is left of transforms of two points: sums and differences of the two halves. */
function takePairs(from: Float64Array, to: Float64Array): void {
  const half = to.length >> 1;
  for (let i = 0; i < half; i++) {
    const one = from[i] as number;
    const other = from[i + half] as number;
    to[i] = one + other;
    to[i + half] = one - other;
  }
}

/** Makes the bins of real values of those of their pairs. */
function splitPairs(pairs: Float64Array, halfTurns: Float64Array, re: Float64Array, im: Float64Array): void {
  const half = pairs.length >> 1;
  const firstRe = pairs[0] as number;
  const firstIm = pairs[1] as number;
  re[0] = firstRe + firstIm;
  im[0] = 0;
  re[half] = firstRe - firstIm;
  im[half] = 0;
  for (let k = 1, mirror = half - 1; k <= mirror; k++, mirror--) {
    const re1 = pairs[2 * k] as number;
    const im1 = pairs[2 * k + 1] as number;
    const re2 = pairs[2 * mirror] as number;
    const im2 = pairs[2 * mirror + 1] as number;
    const evenRe = (re1 + re2) / 2;
    const evenIm = (im1 - im2) / 2;
    const oddRe = im1 + im2;
    const oddIm = re2 - re1;
    const cos = halfTurns[2 * k] as number;
    const sin = halfTurns[2 * k + 1] as number;
    const turnedRe = oddRe * cos + oddIm * sin;
    const turnedIm = oddIm * cos - oddRe * sin;
    re[k] = evenRe + turnedRe;
    im[k] = evenIm + turnedIm;
    re[mirror] = evenRe - turnedRe;
    im[mirror] = turnedIm - evenIm;
  }
}
