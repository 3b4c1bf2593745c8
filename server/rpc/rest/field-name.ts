import type { DescField } from '@bufbuild/protobuf';

/**
 * What a REST API calls a field: the name in the proto file, unless the schema gives it a name for JSON that is not just
 * its lowerCamelCase form.
 */
export const plainFieldName = ({ name, jsonName }: DescField): string =>
  jsonName === lowerCamelCase(name) ? name : jsonName;

const lowerCamelCase = (name: string): string =>
  name.replaceAll(/_+([a-zA-Z0-9]?)/g, (_match, next: string) => next.toUpperCase());
