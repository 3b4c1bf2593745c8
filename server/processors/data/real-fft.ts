/**
 * The discrete Fourier transform of real values, for one size. A transform of half the size does the work, on pairs of
 * values as complex numbers; it sorts itself on the way from one buffer to the other in steps of radix 4 (T. G.
 * Stockham, "High-speed convolution and correlation", 1966; the split of the pairs after Press et al., "Numerical
 * recipes", section 12.3).
 */
export class RealFft {
  readonly size: number;
  readonly #half: number;
  /** Cosine and sine of 2πk / size. */
  readonly #cos: Float64Array;
  readonly #sin: Float64Array;
  #re: Float64Array;
  #im: Float64Array;
  #otherRe: Float64Array;
  #otherIm: Float64Array;

  /** `size` is a power of two from 4. */
  constructor(size: number) {
    this.size = size;
    this.#half = size / 2;
    this.#cos = Float64Array.from({ length: size }, (_, k) => Math.cos((2 * Math.PI * k) / size));
    this.#sin = Float64Array.from({ length: size }, (_, k) => Math.sin((2 * Math.PI * k) / size));
    this.#re = new Float64Array(this.#half);
    this.#im = new Float64Array(this.#half);
    this.#otherRe = new Float64Array(this.#half);
    this.#otherIm = new Float64Array(this.#half);
  }

  /**
   * Writes the size / 2 + 1 bins from 0 to half the sample rate. Fewer values than `size` are followed by zeros, more
   * are left out.
   */
  transform(values: Float64Array, re: Float64Array, im: Float64Array): void {
    this.#load(values);
    let length = this.#half;
    let stride = 1;
    for (; length >= 4; length /= 4, stride *= 4) this.#radix4(length, stride);
    if (length === 2) this.#radix2(stride);
    this.#split(re, im);
  }

  #load(values: Float64Array): void {
    const half = this.#half;
    const re = this.#re;
    const im = this.#im;
    const pairs = Math.min(half, values.length >> 1);
    for (let k = 0; k < pairs; k++) {
      re[k] = values[2 * k] as number;
      im[k] = values[2 * k + 1] as number;
    }
    re.fill(0, pairs);
    im.fill(0, pairs);
    if (pairs < half && values.length % 2 === 1) re[pairs] = values[values.length - 1] as number;
  }

  #radix4(length: number, stride: number): void {
    const re = this.#re;
    const im = this.#im;
    const toRe = this.#otherRe;
    const toIm = this.#otherIm;
    const cos = this.#cos;
    const sin = this.#sin;
    const quarter = length / 4;
    const turn = this.size / length;
    const step = stride * quarter;
    for (let p = 0; p < quarter; p++) {
      const c1 = cos[p * turn] as number;
      const s1 = sin[p * turn] as number;
      const c2 = cos[2 * p * turn] as number;
      const s2 = sin[2 * p * turn] as number;
      const c3 = cos[3 * p * turn] as number;
      const s3 = sin[3 * p * turn] as number;
      const from = stride * p;
      const to = 4 * from;
      for (let q = 0; q < stride; q++) {
        const i0 = from + q;
        const i1 = i0 + step;
        const i2 = i1 + step;
        const i3 = i2 + step;
        const ar = re[i0] as number;
        const ai = im[i0] as number;
        const br = re[i1] as number;
        const bi = im[i1] as number;
        const cr = re[i2] as number;
        const ci = im[i2] as number;
        const dr = re[i3] as number;
        const di = im[i3] as number;
        const sumR = ar + cr;
        const sumI = ai + ci;
        const difR = ar - cr;
        const difI = ai - ci;
        const oddR = br + dr;
        const oddI = bi + di;
        // i times (b - d).
        const turnR = di - bi;
        const turnI = br - dr;
        const o0 = to + q;
        const o1 = o0 + stride;
        const o2 = o1 + stride;
        const o3 = o2 + stride;
        toRe[o0] = sumR + oddR;
        toIm[o0] = sumI + oddI;
        const r1 = difR - turnR;
        const j1 = difI - turnI;
        toRe[o1] = r1 * c1 + j1 * s1;
        toIm[o1] = j1 * c1 - r1 * s1;
        const r2 = sumR - oddR;
        const j2 = sumI - oddI;
        toRe[o2] = r2 * c2 + j2 * s2;
        toIm[o2] = j2 * c2 - r2 * s2;
        const r3 = difR + turnR;
        const j3 = difI + turnI;
        toRe[o3] = r3 * c3 + j3 * s3;
        toIm[o3] = j3 * c3 - r3 * s3;
      }
    }
    this.#swap();
  }

  #radix2(stride: number): void {
    const re = this.#re;
    const im = this.#im;
    const toRe = this.#otherRe;
    const toIm = this.#otherIm;
    for (let q = 0; q < stride; q++) {
      const ar = re[q] as number;
      const ai = im[q] as number;
      const br = re[q + stride] as number;
      const bi = im[q + stride] as number;
      toRe[q] = ar + br;
      toIm[q] = ai + bi;
      toRe[q + stride] = ar - br;
      toIm[q + stride] = ai - bi;
    }
    this.#swap();
  }

  #split(re: Float64Array, im: Float64Array): void {
    const half = this.#half;
    const fromRe = this.#re;
    const fromIm = this.#im;
    const cos = this.#cos;
    const sin = this.#sin;
    const r0 = fromRe[0] as number;
    const i0 = fromIm[0] as number;
    re[0] = r0 + i0;
    im[0] = 0;
    re[half] = r0 - i0;
    im[half] = 0;
    for (let k = 1, m = half - 1; k <= m; k++, m--) {
      const kr = fromRe[k] as number;
      const ki = fromIm[k] as number;
      const mr = fromRe[m] as number;
      const mi = fromIm[m] as number;
      const evenR = (kr + mr) / 2;
      const evenI = (ki - mi) / 2;
      const oddR = (ki + mi) / 2;
      const oddI = (mr - kr) / 2;
      const c = cos[k] as number;
      const s = sin[k] as number;
      const turnedR = oddR * c + oddI * s;
      const turnedI = oddI * c - oddR * s;
      re[k] = evenR + turnedR;
      im[k] = evenI + turnedI;
      re[m] = evenR - turnedR;
      im[m] = turnedI - evenI;
    }
  }

  #swap(): void {
    const re = this.#re;
    const im = this.#im;
    this.#re = this.#otherRe;
    this.#im = this.#otherIm;
    this.#otherRe = re;
    this.#otherIm = im;
  }
}
