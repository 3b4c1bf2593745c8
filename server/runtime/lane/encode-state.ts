const LIMIT_BYTES = 65_536;
/** Any value takes at least two bytes: itself and a comma or bracket. */
const MOST_VALUES = LIMIT_BYTES / 2;
/** How deep values may lie in one another; what goes deeper goes round in circles. */
const DEEPEST = 64;

/**
 * The JSON text of a processor's state. Throws an error that names what is not plain JSON, since JSON.stringify would
 * change it silently, or how large the text would be. Never looks at more than could be part of 64 KiB.
 */
export function encodeState(state: unknown): string {
  if (!isPlainObject(state)) throw new Error(`checkpoint must be a JSON object, was ${nameOf(state)}`);
  const fault = new JsonCheck().faultOf(state, 0);
  if (fault !== undefined) throw new Error(`checkpoint${fault}`);
  const stateJson = JSON.stringify(state);
  const bytes = Buffer.byteLength(stateJson);
  if (bytes > LIMIT_BYTES) throw new Error(`checkpoint must have at most ${LIMIT_BYTES} bytes, was ${bytes}`);
  return stateJson;
}

class JsonCheck {
  #values = 0;

  /** What keeps a value from being a part of the state, with its path; undefined if nothing does. */
  faultOf(value: unknown, depth: number): string | undefined {
    if (++this.#values > MOST_VALUES) return ` must have at most ${LIMIT_BYTES} bytes, was longer`;
    if (depth > DEEPEST) return ` must be at most ${DEEPEST} levels deep, was deeper`;
    if (typeof value === 'number' && Number.isFinite(value)) return undefined;
    if (value === null || typeof value === 'string' || typeof value === 'boolean') return undefined;
    if (Array.isArray(value)) {
      for (let i = 0; i < value.length; i++) {
        const fault = this.faultOf(value[i], depth + 1);
        if (fault !== undefined) return `[${i}]${fault}`;
      }
      return undefined;
    }
    if (!isPlainObject(value)) return ` must be JSON, was ${nameOf(value)}`;
    for (const key of Object.keys(value)) {
      const fault = this.faultOf(value[key], depth + 1);
      if (fault !== undefined) return `.${key}${fault}`;
    }
    return undefined;
  }
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

function nameOf(value: unknown): string {
  if (typeof value === 'object' && value !== null) return value.constructor?.name ?? 'object';
  return typeof value === 'function' || typeof value === 'symbol' ? typeof value : String(value);
}
