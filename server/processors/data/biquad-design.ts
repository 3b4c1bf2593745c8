/** What a biquad does to a spectrum. */
export type BiquadKind =
  | 'lowpass'
  | 'highpass'
  | 'bandpass'
  | 'notch'
  | 'allpass'
  | 'peaking'
  | 'lowshelf'
  | 'highshelf';

/** y[n] = b0 x[n] + b1 x[n-1] + b2 x[n-2] - a1 y[n-1] - a2 y[n-2]. */
export interface BiquadCoefficients {
  readonly b0: number;
  readonly b1: number;
  readonly b2: number;
  readonly a1: number;
  readonly a2: number;
}

/** What a biquad is designed from. */
export interface BiquadDesign {
  readonly kind: BiquadKind;
  /** The corner, the centre or the middle of the slope, as a part of the sample rate: above 0 and below 0.5. */
  readonly frequency: number;
  readonly q: number;
  /** Of peaking and shelving filters, in dB. */
  readonly gainDb: number;
}

/**
 * The coefficients, from the bilinear transform of analog prototypes: R. Bristow-Johnson, "Cookbook formulae for audio
 * equalizer biquad filter coefficients" (W3C Audio EQ Cookbook). The band-pass has a peak gain of 0 dB; the slope of the
 * shelves is given by `q`.
 */
export function designBiquad({ kind, frequency, q, gainDb }: BiquadDesign): BiquadCoefficients {
  const cos = Math.cos(2 * Math.PI * frequency);
  const alpha = Math.sin(2 * Math.PI * frequency) / (2 * q);
  const amplitude = 10 ** (gainDb / 40);
  switch (kind) {
    case 'lowpass':
      return normalized((1 - cos) / 2, 1 - cos, (1 - cos) / 2, 1 + alpha, -2 * cos, 1 - alpha);
    case 'highpass':
      return normalized((1 + cos) / 2, -1 - cos, (1 + cos) / 2, 1 + alpha, -2 * cos, 1 - alpha);
    case 'bandpass':
      return normalized(alpha, 0, -alpha, 1 + alpha, -2 * cos, 1 - alpha);
    case 'notch':
      return normalized(1, -2 * cos, 1, 1 + alpha, -2 * cos, 1 - alpha);
    case 'allpass':
      return normalized(1 - alpha, -2 * cos, 1 + alpha, 1 + alpha, -2 * cos, 1 - alpha);
    case 'peaking':
      return normalized(
        1 + alpha * amplitude,
        -2 * cos,
        1 - alpha * amplitude,
        1 + alpha / amplitude,
        -2 * cos,
        1 - alpha / amplitude,
      );
    case 'lowshelf':
      return shelf(amplitude, cos, alpha, 1);
    case 'highshelf':
      return shelf(amplitude, cos, alpha, -1);
  }
}

/** Both shelves are one formula: the high one is the low one with the sign of the cosine turned. */
function shelf(amplitude: number, cos: number, alpha: number, side: 1 | -1): BiquadCoefficients {
  const slope = 2 * Math.sqrt(amplitude) * alpha;
  const sum = amplitude + 1;
  const difference = (amplitude - 1) * side * cos;
  return normalized(
    amplitude * (sum - difference + slope),
    2 * side * amplitude * (amplitude - 1 - sum * side * cos),
    amplitude * (sum - difference - slope),
    sum + difference + slope,
    -2 * side * (amplitude - 1 + sum * side * cos),
    sum + difference - slope,
  );
}

function normalized(
  b0: number,
  b1: number,
  b2: number,
  a0: number,
  a1: number,
  a2: number,
): BiquadCoefficients {
  return { b0: b0 / a0, b1: b1 / a0, b2: b2 / a0, a1: a1 / a0, a2: a2 / a0 };
}
