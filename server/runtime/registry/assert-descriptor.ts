import { StreamlibError } from '../errors.ts';
import type { JsonObject } from '../json.ts';
import type { ProcessorDescriptor } from '../processor.ts';

const TYPE_NAME = /^([a-z][a-z0-9_]*\.)?[A-Z][A-Za-z0-9]*$/;
const PORT_NAME = /^[a-z][a-z0-9_]{0,31}$/;
const CONFIG_KEY = /^[a-z][a-z0-9_]*$/;

/** Throws CONFIG_INVALID naming the type and the part of its descriptor that breaks the rules. */
export function assertDescriptor(type: string, descriptor: ProcessorDescriptor): void {
  const { name, version, description, inputs, outputs } = descriptor;
  const schema = descriptor.configSchema as JsonObject;
  check(TYPE_NAME.test(name), 'name must be PascalCase, or vendor.Name', name);
  check(name === type, 'name must be the one that the registry lists', name);
  check(Number.isInteger(version) && version >= 1, 'version must be an integer from 1', version);
  check(description !== '', 'description must not be empty', description);
  for (const port of [...Object.keys(inputs), ...Object.keys(outputs)]) {
    check(PORT_NAME.test(port), 'port names must be 1 to 32 of a-z, 0-9 and "_"', port);
  }
  check(schema.type === 'object', 'configSchema.type must be object', schema.type);
  check(
    schema.additionalProperties === false,
    'configSchema.additionalProperties must be false',
    schema.additionalProperties,
  );
  for (const key of Object.keys((schema.properties ?? {}) as JsonObject)) {
    check(CONFIG_KEY.test(key), 'config keys must be snake_case', key);
  }

  function check(isTrue: boolean, rule: string, value: unknown): void {
    if (isTrue) return;
    const message = `the descriptor of ${type} is not valid: ${rule}, was ${JSON.stringify(value)}`;
    throw new StreamlibError('CONFIG_INVALID', message, { path: 'registries' });
  }
}
