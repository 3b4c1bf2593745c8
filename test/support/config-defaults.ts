import { Ajv2020 } from 'ajv/dist/2020.js';
import type { JsonObject } from '../../server/runtime/json.ts';

const ajv = new Ajv2020({ strict: true, allErrors: true, useDefaults: true });

/** Fills in the defaults of a config schema; throws what is wrong with the config. */
export function withDefaults(schema: unknown, config: JsonObject): JsonObject {
  const filled = structuredClone(config);
  const validate = ajv.compile(schema as object);
  if (!validate(filled)) throw new Error(ajv.errorsText(validate.errors, { dataVar: 'config' }));
  return filled;
}
