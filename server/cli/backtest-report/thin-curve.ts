import type { EquityPoint } from '../../../gen/ts/streamlib/v1/backtest_report_pb.ts';

/**
 * At most about `most` points of a curve, such that its drawing stays the same: of each stretch the first, the last, and
 * those with the lowest and the highest equity and price (min-max decimation: what a chart of fewer columns than points
 * shows of a line is its extent in each column). In order; the first and the last point are always there.
 */
export function thinCurve(curve: readonly EquityPoint[], most: number): readonly EquityPoint[] {
  if (curve.length <= most) return curve;
  const stretches = Math.max(1, Math.floor(most / 6));
  return Array.from({ length: stretches }, (_, i) => {
    const from = Math.floor((i * curve.length) / stretches);
    const to = Math.floor(((i + 1) * curve.length) / stretches);
    return extremes(curve, from, to);
  }).flatMap((indices) => indices.map((index) => curve[index] as EquityPoint));
}

function extremes(curve: readonly EquityPoint[], from: number, to: number): number[] {
  const kept = new Set([from, to - 1]);
  for (const figure of ['equity', 'price'] as const) {
    let [least, most] = [from, from];
    for (let i = from; i < to; i++) {
      const value = (curve[i] as EquityPoint)[figure];
      if (value < (curve[least] as EquityPoint)[figure]) least = i;
      if (value > (curve[most] as EquityPoint)[figure]) most = i;
    }
    kept.add(least).add(most);
  }
  return [...kept].sort((a, b) => a - b);
}
