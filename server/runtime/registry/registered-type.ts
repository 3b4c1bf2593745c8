import type { CatalogPort, CatalogType, ConfigFault } from '../graph/index.ts';
import type { JsonObject } from '../json.ts';
import type { ProcessorDescriptor } from '../processor.ts';
import { schedulingOf } from '../scheduling.ts';
import { assertDescriptor } from './check-descriptor.ts';
import { ConfigValidator } from './config-validator.ts';

/** A processor type with everything that is known of it without running it. */
export class RegisteredType implements CatalogType {
  readonly descriptor: ProcessorDescriptor;
  readonly name: string;
  readonly version: number;
  readonly inputs: readonly CatalogPort[];
  readonly outputs: readonly CatalogPort[];
  readonly async: boolean;
  readonly dedicated: boolean;
  readonly migrateConfig: CatalogType['migrateConfig'];
  readonly #validator: ConfigValidator;

  /** Throws FIELD_INVALID or ID_INVALID naming the type and the field. */
  constructor(descriptor: ProcessorDescriptor) {
    assertDescriptor(descriptor);
    this.descriptor = descriptor;
    this.name = descriptor.name;
    this.version = descriptor.version;
    this.inputs = Object.entries(descriptor.inputs).map(([name, { frame, delivery, many, description }]) => ({
      name,
      frameType: frameTypeName(frame),
      delivery: delivery ?? 'every',
      many: many ?? false,
      description,
    }));
    this.outputs = Object.entries(descriptor.outputs).map(([name, { frame, description }]) => ({
      name,
      frameType: frameTypeName(frame),
      delivery: undefined,
      many: true,
      description,
    }));
    this.async = descriptor.async ?? false;
    const scheduling = schedulingOf(descriptor);
    const isBusyLoop = scheduling.kind === 'loop' && scheduling.intervalUs === undefined;
    this.dedicated = descriptor.dedicated === true || isBusyLoop;
    this.migrateConfig = descriptor.migrateConfig?.bind(descriptor);
    this.#validator = new ConfigValidator(descriptor);
  }

  validateConfig(config: JsonObject): ConfigFault[] {
    return this.#validator.validate(config);
  }

  /** The config with the defaults of absent fields filled in. */
  effectiveConfig(config: JsonObject): JsonObject {
    return this.#validator.withDefaults(config);
  }

  restoreSecrets(shown: JsonObject, kept: JsonObject | undefined) {
    return this.#validator.unmasked(shown, kept);
  }

  /** The config with secrets as `***`. */
  maskSecrets(config: JsonObject): JsonObject {
    return this.#validator.masked(config);
  }
}

const frameTypeName = (frame: { readonly name: string } | 'any'): string =>
  frame === 'any' ? 'any' : frame.name;
