/** What a number, a reference or an empty object is taken to cost. */
const PER_VALUE = 24;

/**
 * Roughly what a value costs in memory, within a factor of two: strings by their length, everything else by the
 * number of its parts. Cheap enough to be asked for every event.
 */
export function approximateBytes(value: unknown): number {
  if (typeof value === 'string') return PER_VALUE + value.length;
  if (typeof value !== 'object' || value === null) return PER_VALUE;
  if (value instanceof Uint8Array) return PER_VALUE + value.length;
  let bytes = PER_VALUE;
  if (Array.isArray(value)) {
    for (const item of value) bytes += approximateBytes(item);
  } else {
    for (const key in value) bytes += key.length + approximateBytes((value as Record<string, unknown>)[key]);
  }
  return bytes;
}
