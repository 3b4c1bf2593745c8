import type { JsonObject } from '../runtime/json.ts';

/** A number of a state, from 0 to `most`. Throws an error that names the field and what it was. */
export function numberFrom(state: JsonObject, field: string, most: number): number {
  const value = state[field];
  if (typeof value === 'number' && value >= 0 && value <= most) return value;
  throw new Error(`state.${field} must be a number from 0 to ${most}, was ${JSON.stringify(value)}`);
}

/** A count of a state: an integer that is not negative. Throws likewise. */
export function countFrom(state: JsonObject, field: string): number {
  const value = state[field];
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return value;
  throw new Error(`state.${field} must be a count, was ${JSON.stringify(value)}`);
}
