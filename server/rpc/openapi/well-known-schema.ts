import type { DescMessage } from '@bufbuild/protobuf';
import { isWrapperDesc } from '@bufbuild/protobuf/wkt';
import { scalarSchema } from './scalar-schema.ts';
import type { Direction, Schema } from './schema-options.ts';

// Up to 315576000000, which are 10,000 years, without the last second.
const DURATION_SECONDS =
  '([0-9]{1,11}|[0-2][0-9]{11}|30[0-9]{10}|31[0-4][0-9]{9}|315[0-4][0-9]{8}|3155[0-6][0-9]{7}|31557[0-5][0-9]{6})';

const FIELD_PATH = '[A-Za-z0-9_]+(\\.[A-Za-z0-9_]+)*';

const SCHEMAS: Readonly<Record<string, Schema>> = {
  'google.protobuf.Timestamp': { type: 'string', format: 'date-time' },
  'google.protobuf.Duration': {
    type: 'string',
    pattern: `^-?${DURATION_SECONDS}(\\.[0-9]{1,9})?s$`,
    description: 'Seconds, as `1.5s`.',
  },
  'google.protobuf.FieldMask': {
    type: 'string',
    pattern: `^(${FIELD_PATH}(,${FIELD_PATH})*)?$`,
    description: 'Names of fields with commas between them.',
  },
  'google.protobuf.Struct': { type: 'object', additionalProperties: true },
  'google.protobuf.Value': {},
  'google.protobuf.ListValue': { type: 'array', items: {} },
  'google.protobuf.Any': {
    type: 'object',
    required: ['@type'],
    properties: { '@type': { type: 'string', description: 'The type of the message beside it.' } },
    additionalProperties: true,
  },
};

/** The schema of a message that JSON writes in a form of its own; undefined for every other message. */
export function wellKnownSchema(desc: DescMessage, direction: Direction): Schema | undefined {
  const known = SCHEMAS[desc.typeName];
  if (known !== undefined) return known;
  const wrapped = isWrapperDesc(desc) ? desc.fields.find((field) => field.name === 'value') : undefined;
  return wrapped?.fieldKind === 'scalar' ? scalarSchema(wrapped.scalar, direction) : undefined;
}
