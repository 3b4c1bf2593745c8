import { isDeepStrictEqual } from 'node:util';

/** Whether two configs differ in nothing but the `live` fields, so that a running processor can take the new one. */
export function differOnlyIn<Config extends object>(
  before: Config,
  after: Config,
  live: readonly (keyof Config)[],
): boolean {
  const keys = new Set([...Object.keys(before), ...Object.keys(after)]) as Set<keyof Config>;
  return [...keys].every((key) => live.includes(key) || isDeepStrictEqual(before[key], after[key]));
}
