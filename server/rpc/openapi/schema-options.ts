import type { DescEnum, DescField, DescMessage, JsonObject } from '@bufbuild/protobuf';

/** A JSON Schema, as OpenAPI 3.1 takes it. */
export type Schema = JsonObject;

/**
 * Whether a schema says what is accepted or what is answered. Requests may spell a value in more ways than answers
 * do: numbers as text, enums by number, null for what is absent.
 */
export type Direction = 'request' | 'response';

/** What is said about the schema beside its descriptors. */
export interface Annotations {
  /** The comment of a service, method, message, field, enum or enum value by its full name; empty where it has none. */
  comment(fullName: string): string;
  /** Examples of a message as its JSON, by the full name of the message. */
  readonly examples: ReadonlyMap<string, JsonObject>;
}

/** The full name of a field, under which its comment is found. */
export const fieldName = (field: DescField): string => `${field.parent.typeName}.${field.name}`;

/** The name of a message or enum without its package. */
export const shortName = (desc: DescMessage | DescEnum): string =>
  desc.typeName.slice(desc.file.proto.package.length + 1);

/** `description` where there is a comment. */
export const described = (comment: string): Schema => (comment === '' ? {} : { description: comment });
