import type { JsonObject, JsonValue } from '../json.ts';

/** What stands for a secret wherever a config is shown. */
const MASK = '***';

/** The parts of a JSON Schema that lead to its secrets. */
export interface ConfigSchema {
  readonly writeOnly?: boolean;
  readonly properties?: Readonly<Record<string, ConfigSchema>>;
  readonly items?: ConfigSchema;
  readonly [keyword: string]: unknown;
}

/** A config with every value masked whose schema, or the schema of what holds it, is `writeOnly`. */
export function maskSecrets(schema: ConfigSchema, config: JsonObject): JsonObject {
  return mask(schema, config) as JsonObject;
}

function mask(schema: ConfigSchema | undefined, value: JsonValue): JsonValue {
  if (schema === undefined) return value;
  if (schema.writeOnly) return MASK;
  if (Array.isArray(value)) return value.map((item) => mask(schema.items, item));
  if (typeof value !== 'object' || value === null) return value;
  const masked = Object.entries(value).map(([key, item]) => [key, mask(schema.properties?.[key], item)]);
  return Object.fromEntries(masked);
}

/** Whether what stands at a path of keys and indexes is a secret or part of one. */
export function isSecret(schema: ConfigSchema, path: readonly string[]): boolean {
  let at: ConfigSchema | undefined = schema;
  for (const key of path) {
    if (at === undefined || at.writeOnly) break;
    at = at.items ?? at.properties?.[key];
  }
  return at?.writeOnly === true;
}
