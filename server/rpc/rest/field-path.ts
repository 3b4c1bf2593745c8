import type { DescField, DescMessage } from '@bufbuild/protobuf';
import { hasCustomJsonRepresentation } from '@bufbuild/protobuf/wkt';

/** The field with this proto or JSON name. */
export function findField(message: DescMessage, name: string): DescField | undefined {
  return (
    message.fields.find((field) => field.name === name) ??
    message.fields.find((field) => field.jsonName === name)
  );
}

/**
 * The fields that lead from the message along the names, each by its proto or JSON name; undefined where a name
 * is unknown or a field on the way is no singular message, or one with a JSON form of its own, as Timestamp.
 */
export function resolveFieldPath(message: DescMessage, names: readonly string[]): DescField[] | undefined {
  const fields: DescField[] = [];
  let current: DescMessage | undefined = message;
  for (const name of names) {
    const field: DescField | undefined = current && findField(current, name);
    if (field === undefined) return undefined;
    fields.push(field);
    current =
      field.fieldKind === 'message' && !hasCustomJsonRepresentation(field.message)
        ? field.message
        : undefined;
  }
  return fields;
}

/** The path as the proto file names it: `placement.lane`. */
export function formatFieldPath(fields: readonly DescField[]): string {
  return fields.map((field) => field.name).join('.');
}
