import type { JsonObject, JsonValue } from '../../runtime/json.ts';
import type { DataFrameValue } from './data-frame-value.ts';

/** The frame that the error policy `use_default` writes, of the DataFrame in JSON that a config has. */
export function defaultFrameOf(json: JsonObject): DataFrameValue {
  const payload = Object.entries(objectOf(json.payload)).map(([name, channel]) => {
    const values = Array.isArray(channel) ? channel : objectOf(channel).values;
    return [name, Float64Array.from(Array.isArray(values) ? values.map(Number) : [])] as const;
  });
  const metadata = Object.entries(objectOf(json.metadata)).map(([key, text]) => [key, String(text)] as const);
  return {
    timestampUs: Number(json.timestamp_us ?? json.timestampUs ?? 0),
    sequenceId: Number(json.sequence_id ?? json.sequenceId ?? 0),
    payload: Object.fromEntries(payload),
    metadata: Object.fromEntries(metadata),
  };
}

const objectOf = (json: JsonValue | undefined): JsonObject =>
  typeof json === 'object' && json !== null && !Array.isArray(json) ? json : {};
