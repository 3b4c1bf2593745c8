import { StreamlibError } from '../errors.ts';
import { parsePortName } from '../ids.ts';
import type { InputDescriptor, OutputDescriptor, ProcessorDescriptor } from '../processor.ts';
import { DELIVERIES } from '../vocabulary.ts';
import { frameTypeFault } from './check-frame-type.ts';
import type { ConfigSchema } from './config-schema.ts';

const TYPE_NAME = /^([a-z][a-z0-9-]*\.)?[A-Z][A-Za-z0-9]{0,62}$/;
const CONFIG_KEY = /^[a-z][a-z0-9_]*$/;

/**
 * Throws FIELD_INVALID or ID_INVALID, naming the type and the field, for a descriptor that clients could not use:
 * wrong names, missing descriptions, a config schema that would let unknown fields through.
 */
export function assertDescriptor(descriptor: ProcessorDescriptor): void {
  const { name, version, description, tags, inputs, outputs, configSchema } = descriptor;
  const fail = (field: string, rule: string, was: unknown): never => {
    const message = `${field} of ${name} ${rule}, was ${JSON.stringify(was)}`;
    throw new StreamlibError('FIELD_INVALID', message, { path: `${name}.${field}` });
  };
  if (typeof name !== 'string' || !TYPE_NAME.test(name)) {
    fail('name', 'must be PascalCase, with "vendor." before it for third parties', name);
  }
  if (!Number.isInteger(version) || version < 1) fail('version', 'must be a whole number from 1', version);
  if (!description) fail('description', 'must say what the type does', description);
  if (!Array.isArray(tags) || !tags.every((tag) => typeof tag === 'string'))
    fail('tags', 'must be texts', tags);
  for (const [port, input] of Object.entries(inputs)) {
    assertPort(`inputs.${port}`, port, input);
    const delivery: string = input.delivery ?? 'every';
    if (delivery === 'unspecified' || !DELIVERIES.includes(delivery as never)) {
      fail(`inputs.${port}.delivery`, 'must be latest, every or lossless', delivery);
    }
  }
  for (const [port, output] of Object.entries(outputs)) assertPort(`outputs.${port}`, port, output);

  const schema = configSchema as ConfigSchema;
  if (schema.type !== 'object') fail('configSchema.type', 'must be "object"', schema.type);
  if (schema.additionalProperties !== false) {
    fail('configSchema.additionalProperties', 'must be false', schema.additionalProperties);
  }
  for (const [key, property] of Object.entries(schema.properties ?? {})) {
    if (!CONFIG_KEY.test(key)) fail(`configSchema.properties.${key}`, 'must have a snake_case name', key);
    if (!property.description) {
      fail(
        `configSchema.properties.${key}.description`,
        'must say what the field does',
        property.description,
      );
    }
  }

  function assertPort(
    field: string,
    port: string,
    { frame, description }: InputDescriptor | OutputDescriptor,
  ): void {
    parsePortName(port, `${name}.${field}`);
    if (!description) fail(`${field}.description`, 'must say what the port carries', description);
    const fault = frame === 'any' ? undefined : frameTypeFault(frame);
    if (fault !== undefined) fail(`${field}.frame${fault.member}`, fault.rule, fault.was);
  }
}
