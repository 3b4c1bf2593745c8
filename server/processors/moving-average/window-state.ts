import type { JsonObject, JsonValue } from '../../runtime/json.ts';

const VALUE_BYTES = 8;
/** What base64 makes of a value; a character of a name may become six, and each window has some punctuation. */
const TEXT_PER_VALUE = (VALUE_BYTES * 4) / 3;
const TEXT_PER_CHARACTER = 6;
const TEXT_PER_WINDOW = 16;
/** A state has at most 64 KiB. */
const MOST_TEXT = 65_000;

/** The values of windows by channel, as JSON; undefined if that is more than a state may have. */
export function encodeWindows(windows: readonly (readonly [string, Float64Array])[]): JsonObject | undefined {
  const text = windows.reduce(
    (sum, [name, values]) =>
      sum + TEXT_PER_WINDOW + name.length * TEXT_PER_CHARACTER + values.length * TEXT_PER_VALUE,
    0,
  );
  if (text > MOST_TEXT) return undefined;
  return Object.fromEntries(
    windows.map(([name, { buffer, byteOffset, byteLength }]) => [
      name,
      Buffer.from(buffer, byteOffset, byteLength).toString('base64'),
    ]),
  );
}

/** The same back. Throws an error that names the channel whose values are none. */
export function decodeWindows(windows: JsonValue | undefined): [string, Float64Array][] {
  if (typeof windows !== 'object' || windows === null || Array.isArray(windows))
    throw new Error(`state.windows must be an object, was ${JSON.stringify(windows)}`);
  return Object.entries(windows).map(([name, text]) => {
    const bytes = Buffer.from(typeof text === 'string' ? text : '', 'base64');
    if (typeof text !== 'string' || bytes.length % VALUE_BYTES > 0)
      throw new Error(`state.windows.${name} must be whole values in base64, was ${JSON.stringify(text)}`);
    return [
      name,
      Float64Array.from({ length: bytes.length / VALUE_BYTES }, (_, i) =>
        bytes.readDoubleLE(i * VALUE_BYTES),
      ),
    ];
  });
}
