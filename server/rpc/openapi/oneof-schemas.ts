import { type DescField, type DescMessage, type DescOneof, getOption, hasOption } from '@bufbuild/protobuf';
import { oneof as oneofExtension } from '@bufbuild/protovalidate/gen/buf/validate/validate_pb.js';
import type { Direction, Schema } from './schema-options.ts';

/** What says that of each oneof at most one member is there, or exactly one; nothing for a message without one. */
export function oneofSchemas(
  message: DescMessage,
  omitted: ReadonlySet<DescField>,
  direction: Direction,
): Schema {
  const choices = message.oneofs
    .map((oneof) => choiceOf(oneof, omitted, direction))
    .filter((choice) => choice !== undefined);
  const [first, ...others] = choices;
  if (first === undefined) return {};
  return others.length === 0 ? first : { allOf: choices };
}

function choiceOf(
  oneof: DescOneof,
  omitted: ReadonlySet<DescField>,
  direction: Direction,
): Schema | undefined {
  const members = oneof.fields.filter((field) => !omitted.has(field));
  // Whoever sets one elsewhere has made the choice.
  const isRequired = members.length === oneof.fields.length && mustBeSet(oneof);
  if (members.length < 2 && !isRequired) return undefined;
  const present = members.map((field) => isPresent(field, direction));
  return { oneOf: isRequired ? present : [...present, { not: { anyOf: present } }] };
}

/** Null is what is absent, in requests. */
function isPresent(field: DescField, direction: Direction): Schema {
  const present = { required: [field.name] };
  const isNullable = direction === 'request' && field.message?.typeName !== 'google.protobuf.Value';
  return isNullable ? { ...present, properties: { [field.name]: { not: { type: 'null' } } } } : present;
}

const mustBeSet = (oneof: DescOneof): boolean =>
  hasOption(oneof, oneofExtension) && getOption(oneof, oneofExtension).required === true;
