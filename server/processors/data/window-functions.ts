/** A window function that has no parameter. */
export type WindowKind = 'rectangular' | 'hann' | 'hamming' | 'blackman';

export const WINDOW_KINDS = ['rectangular', 'hann', 'hamming', 'blackman'] as const satisfies WindowKind[];

/** Weights of the cosines of 0, 1 and 2 periods: F. J. Harris, "On the use of windows for harmonic analysis", 1978. */
const COSINES: Readonly<Record<WindowKind, readonly [number, number, number]>> = {
  rectangular: [1, 0, 0],
  hann: [0.5, 0.5, 0],
  hamming: [0.54, 0.46, 0],
  blackman: [0.42, 0.5, 0.08],
};

/**
 * The weights of a window. `periodic` leaves out the last point, which would be the first of the next period: that is
 * for spectra; filters are designed with symmetric windows.
 */
export function windowWeights(
  kind: WindowKind,
  size: number,
  symmetry: 'periodic' | 'symmetric',
): Float64Array {
  const [a0, a1, a2] = COSINES[kind];
  const period = symmetry === 'periodic' ? size : size - 1;
  return Float64Array.from({ length: size }, (_, i) => {
    const turn = period === 0 ? 0.5 : i / period;
    return a0 - a1 * Math.cos(2 * Math.PI * turn) + a2 * Math.cos(4 * Math.PI * turn);
  });
}

/** The symmetric window of J. F. Kaiser, 1966, which trades the width of the main lobe for the height of the others. */
export function kaiserWeights(size: number, beta: number): Float64Array {
  const half = (size - 1) / 2;
  const peak = besselI0(beta);
  return Float64Array.from({ length: size }, (_, i) => {
    const place = half === 0 ? 0 : (i - half) / half;
    return besselI0(beta * Math.sqrt(Math.max(0, 1 - place * place))) / peak;
  });
}

/** The modified Bessel function of the first kind and order 0, by its power series. */
function besselI0(x: number): number {
  let sum = 1;
  let term = 1;
  for (let k = 1; term > sum * 1e-17; k++) {
    term *= (x / (2 * k)) ** 2;
    sum += term;
  }
  return sum;
}
