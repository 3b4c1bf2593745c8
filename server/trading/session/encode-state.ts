import type { JsonObject, JsonValue } from '../../runtime/json.ts';

/** The member that marks an exact amount. */
const AMOUNT = '$amount';

/** A state of plain values as JSON: amounts become text, what is undefined is left out. */
export function encodeState(state: object): JsonObject {
  return JSON.parse(
    JSON.stringify(state, (_, value) => (typeof value === 'bigint' ? { [AMOUNT]: String(value) } : value)),
  );
}

/**
 * The state that was encoded. What kind of state it is, the caller must know: from the type and version of the processor
 * that wrote it. Throws a SyntaxError for an amount that is none.
 */
export function decodeState<State extends object>(json: JsonObject): State {
  return decode(json) as State;
}

function decode(value: JsonValue): unknown {
  if (Array.isArray(value)) return value.map(decode);
  if (value === null || typeof value !== 'object') return value;
  const amount = value[AMOUNT];
  if (typeof amount === 'string') return BigInt(amount);
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, decode(member)]));
}
