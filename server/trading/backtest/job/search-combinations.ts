import { StreamlibError } from '../../../runtime/errors.ts';
import type { JsonObject, JsonValue } from '../../../runtime/json.ts';
import { SeededRandom } from '../../market/seeded-random.ts';

/** The values that one parameter takes: a list, or numbers from `min` to `max`, by `step` where that is above 0. */
export type SearchRange =
  | { readonly name: string; readonly values: readonly JsonValue[] }
  | { readonly name: string; readonly min: number; readonly max: number; readonly step: number };

/** How many combinations there may be. */
export const MOST_RUNS = 100_000;
/** Steps of a range that lie beside its end by a rounding error count. */
const TOLERANCE = 1e-9;

/** Every combination of the ranges' values, the last range changing fastest. Throws FIELD_INVALID for more than `most`. */
export function gridCombinations(ranges: readonly SearchRange[], most: number): JsonObject[] {
  const lists = ranges.map((range, i) => ({ name: range.name, values: valuesOf(range, i) }));
  const count = lists.reduce((product, { values }) => product * values.length, 1);
  if (count > most) {
    const text = `search.ranges must have at most ${most} combinations, was ${count}`;
    throw new StreamlibError('FIELD_INVALID', text, { path: 'search.ranges' });
  }
  return lists.reduce<JsonObject[]>(
    (combinations, { name, values }) =>
      combinations.flatMap((combination) => values.map((value) => ({ ...combination, [name]: value }))),
    [{}],
  );
}

/** `count` combinations, drawn by the seed: the same for the same seed. */
export function randomCombinations(
  ranges: readonly SearchRange[],
  count: number,
  seed: number,
): JsonObject[] {
  const random = SeededRandom.of(seed, 'parameter search');
  const draw = ranges.map((range, i) => {
    if ('step' in range && range.step === 0)
      return () => range.min + random.uniform() * (range.max - range.min);
    const values = valuesOf(range, i);
    return () => values[Math.floor(random.uniform() * values.length)] as JsonValue;
  });
  return Array.from({ length: count }, () =>
    Object.fromEntries(ranges.map(({ name }, i) => [name, draw[i]?.() ?? null])),
  );
}

function valuesOf(range: SearchRange, index: number): readonly JsonValue[] {
  const path = `search.ranges[${index}]`;
  if ('values' in range) {
    if (range.values.length > 0) return range.values;
    throw new StreamlibError('FIELD_INVALID', `${path}.values must have an entry, was empty`, { path });
  }
  const { min, max, step } = range;
  if (max < min) {
    const text = `${path}.number.max_value must be at least min_value, ${min}, was ${max}`;
    throw new StreamlibError('FIELD_INVALID', text, { path: `${path}.number.max_value` });
  }
  if (step === 0) {
    const text = `${path}.number.step must be above 0 in a grid, was 0`;
    throw new StreamlibError('FIELD_INVALID', text, { path: `${path}.number.step` });
  }
  const steps = Math.floor((max - min) / step + TOLERANCE);
  if (steps >= MOST_RUNS) {
    const text = `${path}.number must have at most ${MOST_RUNS} values, was ${steps + 1}`;
    throw new StreamlibError('FIELD_INVALID', text, { path: `${path}.number` });
  }
  // Sums of a step drift: 0.1 three times is not 0.3.
  return Array.from({ length: steps + 1 }, (_, i) => Number((min + i * step).toPrecision(15)));
}
