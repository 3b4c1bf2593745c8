import type { JsonObject, JsonValue } from '../runtime/json.ts';
import { UsageError } from './command.ts';

/**
 * A config from `key=value` operands: `gain=0.5`, `path=a.wav`, `channels=["x"]`, `window.size=3` for a field of an object.
 * A value that is JSON is taken as that, any other as a text; whether it fits is for the server to say. Throws UsageError.
 */
export function configFrom(operands: readonly string[]): JsonObject {
  const config: Record<string, JsonValue> = {};
  for (const operand of operands) {
    const at = operand.indexOf('=');
    const keys = operand.slice(0, Math.max(0, at)).split('.');
    if (keys.some((key) => key === ''))
      throw new UsageError(`a config value must be given as key=value, was ${JSON.stringify(operand)}`);
    place(config, keys, jsonOrText(operand.slice(at + 1)), operand);
  }
  return config;
}

function place(
  object: Record<string, JsonValue>,
  [key = '', ...rest]: readonly string[],
  value: JsonValue,
  operand: string,
): void {
  const known = Object.hasOwn(object, key) ? object[key] : undefined;
  if (rest.length === 0) {
    if (known !== undefined) throw new UsageError(`a config value must be given once, was ${operand} again`);
    Object.defineProperty(object, key, { value, enumerable: true, writable: true, configurable: true });
    return;
  }
  const within = known ?? {};
  if (typeof within !== 'object' || within === null || Array.isArray(within))
    throw new UsageError(`a config value must be given once, was ${operand} within another one`);
  Object.defineProperty(object, key, { value: within, enumerable: true, writable: true, configurable: true });
  place(within as Record<string, JsonValue>, rest, value, operand);
}

function jsonOrText(text: string): JsonValue {
  try {
    return JSON.parse(text) as JsonValue;
  } catch {
    return text;
  }
}
