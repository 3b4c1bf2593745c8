/** The smallest value that at least `share` of the values do not exceed. Throws a RangeError for no values. */
export function percentile(values: Iterable<number>, share: number): number {
  const sorted = Float64Array.from(values).sort();
  const value = sorted[Math.max(Math.ceil(sorted.length * share) - 1, 0)];
  if (value === undefined) throw new RangeError('values must not be empty');
  return value;
}

/** The middle value. */
export const median = (values: Iterable<number>): number => percentile(values, 0.5);
