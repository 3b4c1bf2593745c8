import type { DescEnum } from '@bufbuild/protobuf';
import { shortEnumName } from '../rest/index.ts';
import { type Annotations, type Direction, described, type Schema } from './schema-options.ts';

/**
 * An enum: its short names, each with its comment. Requests also take the names of the proto file and the numbers;
 * `isClosed` tells whether they must be those of a value.
 */
export function enumSchema(
  desc: DescEnum,
  direction: Direction,
  isClosed: boolean,
  annotations: Annotations,
): Schema {
  const names = desc.values.map(shortEnumName);
  const schema: Schema = { type: 'string', enum: names, ...described(describeValues(desc, annotations)) };
  if (direction === 'response') return schema;
  const full = { type: 'string', enum: desc.values.map((value) => value.name) };
  const numbers: Schema = isClosed
    ? { type: 'integer', enum: desc.values.map((value) => value.number) }
    : { type: 'integer', format: 'int32', minimum: -(2 ** 31), maximum: 2 ** 31 - 1 };
  return { anyOf: [schema, full, numbers] };
}

function describeValues(desc: DescEnum, { comment }: Annotations): string {
  const lines = desc.values
    .map((value) => ({ name: shortEnumName(value), text: comment(`${desc.typeName}.${value.name}`) }))
    .filter(({ text }) => text !== '')
    .map(({ name, text }) => `- \`${name}\`: ${text}`);
  return [comment(desc.typeName), lines.join('\n')].filter((part) => part !== '').join('\n\n');
}
