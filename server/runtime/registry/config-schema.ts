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

/** A shown config with its secrets back in place. */
export interface UnmaskedConfig {
  readonly config: JsonObject;
  /** `config.api_key`, …: secrets that the kept config does not have either. */
  readonly missing: readonly string[];
}

/** Puts the secrets of the config that is kept in the place of their masks; what is not masked stays as it is shown. */
export function unmaskSecrets(
  schema: ConfigSchema,
  shown: JsonObject,
  kept: JsonObject | undefined,
): UnmaskedConfig {
  const missing: string[] = [];
  const config = unmask(schema, shown, kept, 'config', missing) as JsonObject;
  return { config, missing };
}

function unmask(
  schema: ConfigSchema | undefined,
  shown: JsonValue,
  kept: JsonValue | undefined,
  path: string,
  missing: string[],
): JsonValue {
  if (schema === undefined) return shown;
  if (schema.writeOnly) {
    if (shown !== MASK) return shown;
    if (kept === undefined) missing.push(path);
    return kept ?? shown;
  }
  if (Array.isArray(shown)) {
    const items = Array.isArray(kept) ? kept : [];
    return shown.map((item, i) => unmask(schema.items, item, items[i], `${path}[${i}]`, missing));
  }
  if (typeof shown !== 'object' || shown === null) return shown;
  const members = typeof kept === 'object' && kept !== null && !Array.isArray(kept) ? kept : {};
  const unmasked = Object.entries(shown).map(([key, item]) => [
    key,
    unmask(schema.properties?.[key], item, members[key], `${path}.${key}`, missing),
  ]);
  return Object.fromEntries(unmasked);
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
