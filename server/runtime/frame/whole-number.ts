const INT64_LEAST = -(2n ** 63n);
const INT64_MOST = 2n ** 63n - 1n;
const UINT64_MOST = 2n ** 64n - 1n;

/** The nearest whole number that an int64 of the schema can hold; 0 for NaN. */
export const toInt64 = (value: number): bigint => clamp(value, INT64_LEAST, INT64_MOST);

/** The nearest whole number that a uint64 of the schema can hold; 0 for NaN. */
export const toUint64 = (value: number): bigint => clamp(value, 0n, UINT64_MOST);

function clamp(value: number, least: bigint, most: bigint): bigint {
  if (Number.isNaN(value)) return 0n;
  if (value >= Number(most)) return most;
  if (value <= Number(least)) return least;
  return BigInt(Math.round(value));
}
