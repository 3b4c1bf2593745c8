import type { DescField, DescMessage, Message } from '@bufbuild/protobuf';
import { type ReflectMessage, reflect } from '@bufbuild/protobuf/reflect';

/** Raw content: what a `google.api.HttpBody` carries. */
export interface RawBody {
  readonly contentType: string;
  readonly data: Uint8Array;
}

/** Whether values of this type are raw bodies and not JSON. */
export function isHttpBody(desc: DescMessage | undefined): boolean {
  return desc?.typeName === 'google.api.HttpBody';
}

/** Whether the field is a single raw body. */
export function isHttpBodyField(field: DescField): boolean {
  return field.fieldKind === 'message' && isHttpBody(field.message);
}

/** Fills an HttpBody. */
export function setRawBody(target: ReflectMessage, { contentType, data }: RawBody): void {
  for (const field of target.fields) {
    if (field.name === 'content_type') target.set(field, contentType);
    if (field.name === 'data') target.set(field, data);
  }
}

/** Reads an HttpBody; without a content type it is `application/octet-stream`. */
export function getRawBody(desc: DescMessage, message: Message): RawBody {
  const body = reflect(desc, message);
  const contentType = desc.fields.find((field) => field.name === 'content_type');
  const data = desc.fields.find((field) => field.name === 'data');
  return {
    contentType: (contentType && (body.get(contentType) as string)) || 'application/octet-stream',
    data: data === undefined ? new Uint8Array() : (body.get(data) as Uint8Array),
  };
}
