import { StreamlibError } from '../errors.ts';
import type { JsonObject } from '../json.ts';
import { sameJson, withoutNulls } from './json-values.ts';
import type { CatalogType } from './type-catalog.ts';

/**
 * The config as the graph keeps it, without null keys and of the type's present version. Throws CONFIG_INVALID or
 * FIELD_UNKNOWN with every fault, named after the first, or PROCESSOR_TYPE_UNKNOWN for a version that cannot be had.
 */
export function acceptedConfig(type: CatalogType, config: JsonObject, version = 0): JsonObject {
  const current = currentConfig(type, withoutNulls(config), version);
  assertValid(type, current);
  return sameJson(current, config) ? config : current;
}

/** The config turned into one of the type's present version, unchecked. Version 0 is the present one. */
export function currentConfig(type: CatalogType, config: JsonObject, version: number): JsonObject {
  if (version === 0 || version === type.version) return config;
  if (version < type.version && type.migrateConfig !== undefined) return type.migrateConfig(config, version);
  throw versionError(type, version);
}

/** Throws PROCESSOR_TYPE_UNKNOWN for any version but the present one, which 0 stands for. */
export function assertPresentVersion(type: CatalogType, version: number): void {
  if (version !== 0 && version !== type.version) throw versionError(type, version);
}

function versionError(type: CatalogType, version: number): StreamlibError {
  const message = `type_version of ${type.name} must be ${type.version}, was ${version}`;
  return new StreamlibError('PROCESSOR_TYPE_UNKNOWN', message, { path: 'type_version' });
}

function assertValid(type: CatalogType, config: JsonObject): void {
  const faults = type.validateConfig(config);
  const [first] = faults;
  if (first === undefined) return;
  const more = faults.length === 1 ? '' : ` (and ${faults.length - 1} more)`;
  throw new StreamlibError(first.code, `${first.message}${more}`, {
    path: first.path,
    faults: faults.map(({ path, message }) => ({ path, message })),
    details: { processor_type: type.name },
  });
}
