import type { FieldFault } from '../errors.ts';
import type { JsonObject } from '../json.ts';
import type { Delivery } from '../vocabulary.ts';

/** A port of a processor type, as the graph needs it. */
export interface CatalogPort {
  readonly name: string;
  /** `DataFrame`, `AudioFrame<2>`, `AudioFrame<*>`, `any`, …. */
  readonly frameType: string;
  /** The profile of links to it; undefined on outputs. */
  readonly delivery: Delivery | undefined;
  /** Whether it takes more than one link. Always true on outputs. */
  readonly many: boolean;
  readonly description: string;
}

/** What is wrong with one field of a config; `path` begins with `config`. */
export interface ConfigFault extends FieldFault {
  readonly code: 'CONFIG_INVALID' | 'FIELD_UNKNOWN';
}

/** A processor type, as the graph and the plan need it. Its functions are pure. */
export interface CatalogType {
  readonly name: string;
  readonly version: number;
  readonly inputs: readonly CatalogPort[];
  readonly outputs: readonly CatalogPort[];
  /** Whether its calls may return promises, so that its lane has to keep an event loop turning. */
  readonly async: boolean;
  /** Whether a processor of it always has a lane to itself. */
  readonly dedicated: boolean;
  /** Every fault of a config without null keys; empty means it can be used. */
  validateConfig(config: JsonObject): readonly ConfigFault[];
  /** Turns a config of an older version into one of this version. Absent: older versions are refused. */
  migrateConfig?(config: JsonObject, fromVersion: number): JsonObject;
  /**
   * A config as it was shown, with the secrets of the one that is kept in the place of their masks, and the paths of
   * those that it does not have. Absent: the type has no secrets.
   */
  restoreSecrets?(
    shown: JsonObject,
    kept: JsonObject | undefined,
  ): { readonly config: JsonObject; readonly missing: readonly string[] };
}

/** The processor types that exist. */
export interface TypeCatalog {
  get(typeName: string): CatalogType | undefined;
  /** Names that somebody who wrote `typeName` may have meant, the nearest first. */
  nearest(typeName: string): readonly string[];
}
