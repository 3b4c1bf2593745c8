import { kaiserWeights } from './window-functions.ts';

/** How many values of the slower side the filter reaches to each side, and how much it holds back beyond (about 60 dB). */
const ZERO_CROSSINGS = 10;
const KAISER_BETA = 5;

/**
 * The low-pass between the two rates: a sinc cut off by a window of Kaiser, scaled to a gain of `up`, since only each
 * up-th value that it sees is not 0. R. E. Crochiere and L. R. Rabiner, "Multirate digital signal processing", 1983.
 */
export function resamplingTaps(up: number, down: number): Float64Array {
  const slower = Math.max(up, down);
  const half = ZERO_CROSSINGS * slower;
  const weights = kaiserWeights(2 * half + 1, KAISER_BETA);
  const taps = weights.map((weight, i) => weight * sinc((i - half) / slower));
  const sum = taps.reduce((total, tap) => total + tap, 0);
  return taps.map((tap) => (tap * up) / sum);
}

const sinc = (x: number): number => (x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x));
