import { Ajv2020, type ErrorObject } from 'ajv/dist/2020.js';
import { StreamlibError } from '../errors.ts';
import type { ConfigFault } from '../graph/index.ts';
import type { JsonObject } from '../json.ts';
import type { ProcessorDescriptor } from '../processor.ts';
import {
  type ConfigSchema,
  isSecret,
  maskSecrets,
  type UnmaskedConfig,
  unmaskSecrets,
} from './config-schema.ts';
import { nearestNames } from './nearest-names.ts';

const LONGEST_VALUE_TEXT = 100;

// One for all types: it compiles the schema of schemas once.
const ajv = new Ajv2020({ strict: true, allErrors: true, useDefaults: true, verbose: true });

/** Checks and completes the configs of one processor type after its JSON Schema (draft 2020-12). */
export class ConfigValidator {
  readonly #schema: ConfigSchema;
  readonly #check: (config: JsonObject) => readonly ErrorObject[];

  /** Throws FIELD_INVALID naming the type if its schema cannot be used or a default breaks it. */
  constructor({ name, configSchema }: Pick<ProcessorDescriptor, 'name' | 'configSchema'>) {
    this.#schema = configSchema as ConfigSchema;
    try {
      const validate = ajv.compile<JsonObject>(configSchema as object);
      this.#check = (config) => (validate(config) ? [] : (validate.errors ?? []));
    } catch (error) {
      throw schemaError(name, (error as Error).message, error);
    }
    // Only a default can be wrong in a config that says nothing.
    const wrong = this.#check({}).find(({ instancePath }) => instancePath !== '');
    if (wrong !== undefined)
      throw schemaError(name, `has a default that breaks it: ${this.#fault(wrong).message}`);
  }

  /** Every fault of a config, with paths below `config`; those that are about the whole come last. */
  validate(config: JsonObject): ConfigFault[] {
    const errors = this.#check(structuredClone(config)).filter(({ keyword }) => keyword !== 'if');
    const isOfWhole = ({ keyword }: ErrorObject): boolean => /^(anyOf|oneOf|allOf|not)$/.test(keyword);
    return [...errors.filter((error) => !isOfWhole(error)), ...errors.filter(isOfWhole)].map((error) =>
      this.#fault(error),
    );
  }

  /** The config with the defaults of absent fields filled in. */
  withDefaults(config: JsonObject): JsonObject {
    const completed = structuredClone(config);
    this.#check(completed);
    return completed;
  }

  /** The config with secrets as `***`. */
  masked(config: JsonObject): JsonObject {
    return maskSecrets(this.#schema, config);
  }

  /** A config that was shown, with the secrets of the one that is kept in the place of `***`. */
  unmasked(shown: JsonObject, kept: JsonObject | undefined): UnmaskedConfig {
    return unmaskSecrets(this.#schema, shown, kept);
  }

  #fault(error: ErrorObject): ConfigFault {
    const keys = error.instancePath.split('/').slice(1).map(unescapePointer);
    const { params, keyword } = error;
    if (keyword === 'required') {
      const path = pathOf([...keys, params.missingProperty]);
      return { code: 'CONFIG_INVALID', path, message: `${path} is required, was absent` };
    }
    if (keyword === 'additionalProperties' || keyword === 'unevaluatedProperties') {
      return this.#unknownField(error, keys, params.additionalProperty ?? params.unevaluatedProperty);
    }
    const path = pathOf(keys);
    const value = isSecret(this.#schema, keys) ? 'a secret' : textOf(error.data);
    return { code: 'CONFIG_INVALID', path, message: `${path} ${ruleOf(error)}, was ${value}` };
  }

  #unknownField(error: ErrorObject, keys: readonly string[], field: string): ConfigFault {
    const path = pathOf([...keys, field]);
    const known = Object.keys((error.parentSchema?.properties as object | undefined) ?? {});
    const hint =
      known.length === 0 ? 'there are no fields' : `near it are ${nearestNames(field, known).join(', ')}`;
    const value = isSecret(this.#schema, keys) ? 'a secret' : textOf((error.data as JsonObject)[field]);
    return { code: 'FIELD_UNKNOWN', path, message: `${path} is no field, was ${value}; ${hint}` };
  }
}

function ruleOf({ keyword, params, message }: ErrorObject): string {
  switch (keyword) {
    case 'enum':
      return `must be one of ${(params.allowedValues as unknown[]).map((value) => JSON.stringify(value)).join(', ')}`;
    case 'const':
      return `must be ${JSON.stringify(params.allowedValue)}`;
    case 'type':
      return `must be of type ${[params.type].flat().join(' or ')}`;
    default:
      return message ?? `breaks the rule "${keyword}"`;
  }
}

const pathOf = (keys: readonly string[]): string =>
  `config${keys.map((key) => (/^\d+$/.test(key) ? `[${key}]` : `.${key}`)).join('')}`;

const unescapePointer = (token: string): string => token.replaceAll('~1', '/').replaceAll('~0', '~');

function textOf(value: unknown): string {
  const text = JSON.stringify(value) ?? 'undefined';
  return text.length <= LONGEST_VALUE_TEXT ? text : `${text.slice(0, LONGEST_VALUE_TEXT)}…`;
}

function schemaError(name: string, message: string, cause?: unknown): StreamlibError {
  return new StreamlibError('FIELD_INVALID', `configSchema of ${name}: ${message}`, {
    path: `${name}.configSchema`,
    cause,
  });
}
