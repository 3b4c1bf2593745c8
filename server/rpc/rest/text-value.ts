import { create, type DescMessage, fromJson, type Message } from '@bufbuild/protobuf';
import { protoSnakeCase, type ReflectMessage, reflect } from '@bufbuild/protobuf/reflect';
import type { FieldMask } from '@bufbuild/protobuf/wkt';
import { isWrapperDesc } from '@bufbuild/protobuf/wkt';
import { invalidField } from './field-problem.ts';
import { scalarFromText } from './scalar-text.ts';

const durationText = /^-?[0-9]+(?:\.[0-9]{1,9})?s$/;

/** Whether a message of this type is written as one bare text: Timestamp, Duration, FieldMask and the wrappers. */
export function isTextMessage(desc: DescMessage): boolean {
  return readerOf(desc) !== undefined;
}

/**
 * Reads such a message from text: RFC 3339, `1.5s`, field paths in camel or snake case with commas between them,
 * the bare value of a wrapper. Throws FieldProblem.
 */
export function messageFromText(desc: DescMessage, text: string, path: string): ReflectMessage {
  const read = readerOf(desc);
  if (read === undefined) throw invalidField(path, text, `is a ${desc.typeName} and has no text form`);
  return reflect(desc, read(desc, text, path));
}

type TextReader = (desc: DescMessage, text: string, path: string) => Message;

function readerOf(desc: DescMessage): TextReader | undefined {
  switch (desc.typeName) {
    case 'google.protobuf.Timestamp':
      return readTimestamp;
    case 'google.protobuf.Duration':
      return readDuration;
    case 'google.protobuf.FieldMask':
      return readFieldMask;
    default:
      return isWrapperDesc(desc) ? readWrapper : undefined;
  }
}

function readTimestamp(desc: DescMessage, text: string, path: string): Message {
  return readWith(desc, text, path, 'must be an RFC 3339 time as 2025-01-31T12:00:00Z');
}

function readDuration(desc: DescMessage, text: string, path: string): Message {
  const expected = 'must be a duration in seconds as 1.5s';
  if (!durationText.test(text)) throw invalidField(path, text, expected);
  return readWith(desc, text, path, expected);
}

function readWith(desc: DescMessage, text: string, path: string, expected: string): Message {
  try {
    return fromJson(desc, text);
  } catch {
    throw invalidField(path, text, expected);
  }
}

function readFieldMask(desc: DescMessage, text: string, path: string): Message {
  const paths = text.split(',').map((one) => protoSnakeCase(one));
  if (!paths.every((one) => /^[a-z0-9_]+(?:\.[a-z0-9_]+)*$/.test(one))) {
    throw invalidField(path, text, 'must be field paths with commas between them');
  }
  const mask = create(desc) as FieldMask;
  mask.paths = paths;
  return mask;
}

function readWrapper(desc: DescMessage, text: string, path: string): Message {
  const wrapper = reflect(desc);
  for (const field of desc.fields) {
    if (field.fieldKind === 'scalar') wrapper.set(field, scalarFromText(field.scalar, text, path));
  }
  return wrapper.message;
}
