import type { DescMessage, JsonValue } from '@bufbuild/protobuf';
import { hasCustomJsonRepresentation } from '@bufbuild/protobuf/wkt';
import { findField } from './field-path.ts';

/**
 * The proto paths of the fields that a JSON object names: what a partial update without a mask of its own
 * changes. An object that is a message gives the paths of its members; a list, a map, an empty object and
 * everything else is one path.
 */
export function fieldMaskFromJson(desc: DescMessage, json: JsonValue): string[] {
  if (json === null || typeof json !== 'object' || Array.isArray(json)) return [];
  return Object.entries(json).flatMap(([key, value]) => {
    const field = findField(desc, key);
    if (field === undefined) return [];
    if (field.fieldKind !== 'message' || hasCustomJsonRepresentation(field.message)) return [field.name];
    const inner = fieldMaskFromJson(field.message, value);
    return inner.length === 0 ? [field.name] : inner.map((path) => `${field.name}.${path}`);
  });
}
