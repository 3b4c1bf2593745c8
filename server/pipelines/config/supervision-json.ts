import type { JsonObject, SupervisionSpec } from '../../runtime/index.ts';

/** Policies as a config writes them, in snake_case, as the graph has them. The shape was checked before. */
export function readSupervision(json: JsonObject): SupervisionSpec {
  const { restart, default_frame, ...rest } = json;
  return {
    ...renamed(rest, toCamel),
    ...(default_frame !== undefined && { defaultFrame: default_frame }),
    ...(restart !== undefined && { restart: renamed(restart as JsonObject, toCamel) }),
  } as SupervisionSpec;
}

const renamed = (json: JsonObject, rename: (key: string) => string): JsonObject =>
  Object.fromEntries(Object.entries(json).map(([key, value]) => [rename(key), value]));

const toCamel = (key: string): string =>
  key.replaceAll(/_([a-z])/g, (_match, letter: string) => letter.toUpperCase());
