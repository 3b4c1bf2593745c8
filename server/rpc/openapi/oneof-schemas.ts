import type { DescField, DescMessage, DescOneof } from '@bufbuild/protobuf';
import type { Schema } from './schema-options.ts';

/** What says that of each oneof at most one member is there; nothing for a message without one. */
export function oneofSchemas(message: DescMessage, omitted: ReadonlySet<DescField>): Schema {
  const choices = message.oneofs
    .map((oneof) => choiceOf(oneof, omitted))
    .filter((choice) => choice !== undefined);
  const [first, ...others] = choices;
  if (first === undefined) return {};
  return others.length === 0 ? first : { allOf: choices };
}

function choiceOf(oneof: DescOneof, omitted: ReadonlySet<DescField>): Schema | undefined {
  const members = oneof.fields.filter((field) => !omitted.has(field));
  if (members.length < 2) return undefined;
  const present = members.map((field) => ({ required: [field.name] }));
  return { oneOf: [...present, { not: { anyOf: present } }] };
}
