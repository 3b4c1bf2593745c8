import assert from 'node:assert/strict';
import type { JsonObject, JsonValue } from '@bufbuild/protobuf';

const PATTERN = /^\/(.*)\/$/s;
const NAME = /\$\{(\w+)\}/g;

/**
 * Whether a value is what a scenario wants: of objects the members that it names, lists in their length, texts that begin
 * and end with a slash as patterns, `null` for what must be absent.
 */
export function assertMatches(actual: JsonValue | undefined, wanted: JsonValue, path: string): void {
  if (wanted === null) {
    assert.equal(actual, undefined, `${path} must be absent, was ${JSON.stringify(actual)}`);
    return;
  }
  if (Array.isArray(wanted)) {
    if (wanted.length === 0 && actual === undefined) return;
    assert.ok(Array.isArray(actual), `${path} must be a list, was ${JSON.stringify(actual)}`);
    assert.equal(actual.length, wanted.length, `the length of ${path}, which is ${JSON.stringify(actual)}`);
    for (const [i, each] of wanted.entries()) assertMatches(actual[i], each, `${path}[${i}]`);
    return;
  }
  if (typeof wanted === 'object') {
    assert.ok(
      typeof actual === 'object' && actual !== null && !Array.isArray(actual),
      `${path} must be an object, was ${JSON.stringify(actual)}`,
    );
    for (const [name, each] of Object.entries(wanted)) assertMatches(actual[name], each, `${path}.${name}`);
    return;
  }
  const [, pattern] = PATTERN.exec(String(wanted)) ?? [];
  if (pattern !== undefined) assert.match(String(actual), new RegExp(pattern), path);
  // Default values need not be there.
  else assert.equal(actual ?? defaultLike(wanted), wanted, path);
}

const defaultLike = (wanted: string | number | boolean): JsonValue =>
  typeof wanted === 'string' ? '' : typeof wanted === 'number' ? 0 : false;

/** A value in which each `${name}` is what was saved under that name. */
export function filledIn(value: JsonValue, saved: ReadonlyMap<string, JsonValue>): JsonValue {
  if (Array.isArray(value)) return value.map((each) => filledIn(each, saved));
  if (typeof value === 'object' && value !== null)
    return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, filledIn(each, saved)]));
  if (typeof value !== 'string') return value;
  const whole = /^\$\{(\w+)\}$/.exec(value);
  if (whole !== null) return savedAs(whole[1] ?? '', saved);
  return value.replace(NAME, (_, name: string) => String(savedAs(name, saved)));
}

function savedAs(name: string, saved: ReadonlyMap<string, JsonValue>): JsonValue {
  const value = saved.get(name);
  assert.ok(value !== undefined, `\${${name}} must have been saved`);
  return value;
}

/** What lies at `a.b.0` within a value. */
export function valueAt(value: JsonValue, path: string): JsonValue {
  const found = path
    .split('.')
    .reduce<JsonValue | undefined>((within, key) => (within as JsonObject | undefined)?.[key], value);
  assert.ok(found !== undefined, `there must be ${path} in ${JSON.stringify(value)}`);
  return found;
}
