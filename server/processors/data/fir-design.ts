import { windowWeights } from './window-functions.ts';

/** What a filter lets through. */
export type FirKind = 'lowpass' | 'highpass' | 'bandpass' | 'bandstop';

/** What a filter is designed from. Frequencies are parts of the sample rate, above 0 and below 0.5. */
export interface FirDesign {
  readonly kind: FirKind;
  /** The corner, or the lower one of a band. */
  readonly low: number;
  /** The upper corner of a band. */
  readonly high: number;
  readonly window: 'hann' | 'hamming' | 'blackman';
  /** How many; must be odd for high-pass and band-stop, which pass half the sample rate. */
  readonly taps: number;
}

/**
 * Taps by the window method: an ideal response cut off by a window, and scaled to a gain of exactly 1 in the middle of
 * what passes. A. V. Oppenheim and R. W. Schafer, "Discrete-time signal processing", section 7.5.
 */
export function designFir({ kind, low, high, window, taps }: FirDesign): Float64Array {
  const weights = windowWeights(window, taps, 'symmetric');
  const middle = (taps - 1) / 2;
  const bands = passBands(kind, low, high);
  const response = weights.map((weight, i) => {
    const place = i - middle;
    let sum = 0;
    for (const [from, to] of bands) sum += idealLowpass(to, place) - idealLowpass(from, place);
    return sum * weight;
  });
  const gain = gainAt(response, centreOf(kind, low, high));
  return response.map((tap) => tap / gain);
}

function passBands(kind: FirKind, low: number, high: number): readonly (readonly [number, number])[] {
  switch (kind) {
    case 'lowpass':
      return [[0, low]];
    case 'highpass':
      return [[low, 0.5]];
    case 'bandpass':
      return [[low, high]];
    case 'bandstop':
      return [
        [0, low],
        [high, 0.5],
      ];
  }
}

function centreOf(kind: FirKind, low: number, high: number): number {
  if (kind === 'highpass') return 0.5;
  return kind === 'bandpass' ? (low + high) / 2 : 0;
}

const idealLowpass = (corner: number, place: number): number =>
  place === 0 ? 2 * corner : Math.sin(2 * Math.PI * corner * place) / (Math.PI * place);

function gainAt(taps: Float64Array, frequency: number): number {
  const middle = (taps.length - 1) / 2;
  return taps.reduce((sum, tap, i) => sum + tap * Math.cos(2 * Math.PI * frequency * (i - middle)), 0);
}
