import type { JsonObject, JsonValue } from '../json.ts';

const isObject = (value: JsonValue | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Whether two values are equal as JSON; the order of keys does not matter, and an undefined key is an absent one. */
export function sameJson(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return a === b;
  if (Array.isArray(a) || Array.isArray(b)) {
    if (!Array.isArray(a) || !Array.isArray(b) || a.length !== b.length) return false;
    return a.every((value, i) => sameJson(value, b[i]));
  }
  const ofA = new Map(Object.entries(a).filter(([, value]) => value !== undefined));
  const ofB = new Map(Object.entries(b).filter(([, value]) => value !== undefined));
  if (ofA.size !== ofB.size) return false;
  for (const [key, value] of ofA) if (!ofB.has(key) || !sameJson(value, ofB.get(key))) return false;
  return true;
}

/** The target after a JSON merge patch (RFC 7396). Neither argument is changed. */
export function mergePatch(target: JsonObject, patch: JsonObject): JsonObject {
  // NB: a Map, since assigning the key `__proto__` to an object would lose it.
  const merged = new Map<string, JsonValue>(Object.entries(target));
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) {
      merged.delete(key);
    } else if (isObject(value)) {
      const old = merged.get(key);
      merged.set(key, mergePatch(isObject(old) ? old : {}, value));
    } else {
      merged.set(key, value);
    }
  }
  return Object.fromEntries(merged);
}

/** An object without the keys that are null, at any depth of objects. */
export const withoutNulls = (object: JsonObject): JsonObject => mergePatch({}, object);
