import {
  type DescEnum,
  type DescField,
  type DescMessage,
  fromJson,
  type JsonValue,
  type Registry,
  ScalarType,
} from '@bufbuild/protobuf';
import { type ReflectList, type ReflectMap, type ReflectMessage, reflect } from '@bufbuild/protobuf/reflect';
import { hasCustomJsonRepresentation } from '@bufbuild/protobuf/wkt';
import { enumNumberFromName, enumNumberFromNumber } from './enum-names.ts';
import { findField } from './field-path.ts';
import { invalidField, unknownField } from './field-problem.ts';
import { checkFloat, isIntegerType, type Scalar, scalarFromText } from './scalar-text.ts';
import { isTextMessage, messageFromText } from './text-value.ts';

// As many as the binary decoder takes.
const maxDepth = 100;

type ListField = DescField & { fieldKind: 'list' };
type MapField = DescField & { fieldKind: 'map' };

/** Reads JSON values into messages, strictly. */
export interface JsonReader {
  /** Sets the fields of `target` that the JSON object names. */
  readMessage(target: ReflectMessage, json: JsonValue): void;
  /** Sets one field of `target`; null leaves it unset. */
  readField(target: ReflectMessage, field: DescField, json: JsonValue): void;
}

/**
 * A reader that takes proto and JSON field names, every form of enum value and numbers as text, and refuses
 * unknown fields, a field given twice under two names, two members of a oneof and values out of range. Throws
 * FieldProblem with the path. The registry resolves `google.protobuf.Any`.
 */
export function createJsonReader(registry: Registry): JsonReader {
  return {
    readMessage: (target, json) => readMessage(target, json, '', 1),
    readField: (target, field, json) => readField(target, field, json, field.name, 1),
  };

  function readMessage(target: ReflectMessage, json: JsonValue, path: string, depth: number): void {
    if (json === null || typeof json !== 'object' || Array.isArray(json)) {
      throw invalidField(path, json, 'must be an object');
    }
    if (depth > maxDepth) throw invalidField(path, '…', `must not be nested deeper than ${maxDepth} levels`);
    const given = new Set<unknown>();
    for (const [key, value] of Object.entries(json)) {
      const keyPath = path === '' ? key : `${path}.${key}`;
      const field = findField(target.desc, key);
      if (field === undefined) throw unknownField(keyPath, value);
      if (given.has(field)) throw invalidField(keyPath, value, 'is given twice, under both of its names');
      given.add(field);
      if (isAbsent(field, value)) continue;
      if (field.oneof !== undefined) {
        const members = field.oneof.fields.map((member) => member.name).join(', ');
        if (given.has(field.oneof)) throw invalidField(keyPath, value, `excludes the others of ${members}`);
        given.add(field.oneof);
      }
      readField(target, field, value, keyPath, depth);
    }
  }

  function readField(
    target: ReflectMessage,
    field: DescField,
    json: JsonValue,
    path: string,
    depth: number,
  ): void {
    if (isAbsent(field, json)) return;
    switch (field.fieldKind) {
      case 'scalar':
        target.set(field, readScalar(field.scalar, json, path));
        break;
      case 'enum':
        target.set(field, readEnum(field.enum, json, path));
        break;
      case 'message':
        target.set(field, readMessageValue(field.message, json, path, depth));
        break;
      case 'list':
        readList(target.get(field) as ReflectList, field, json, path, depth);
        break;
      case 'map':
        readMap(target.get(field) as ReflectMap, field, json, path, depth);
        break;
    }
  }

  function readList(list: ReflectList, field: ListField, json: JsonValue, path: string, depth: number): void {
    if (!Array.isArray(json)) throw invalidField(path, json, 'must be an array');
    for (const [index, item] of json.entries()) {
      list.add(readElement(field, item, `${path}[${index}]`, depth));
    }
  }

  function readMap(map: ReflectMap, field: MapField, json: JsonValue, path: string, depth: number): void {
    if (json === null || typeof json !== 'object' || Array.isArray(json)) {
      throw invalidField(path, json, 'must be an object');
    }
    for (const [key, item] of Object.entries(json)) {
      const keyPath = `${path}.${key}`;
      const mapKey = field.mapKey === ScalarType.STRING ? key : scalarFromText(field.mapKey, key, keyPath);
      map.set(mapKey, readElement(field, item, keyPath, depth));
    }
  }

  function readElement(field: ListField | MapField, json: JsonValue, path: string, depth: number): unknown {
    if (field.message !== undefined) return readMessageValue(field.message, json, path, depth);
    if (field.enum !== undefined) return readEnum(field.enum, json, path);
    return readScalar(field.scalar, json, path);
  }

  function readMessageValue(desc: DescMessage, json: JsonValue, path: string, depth: number): ReflectMessage {
    if (isTextMessage(desc)) return readTextMessage(desc, json, path);
    if (hasCustomJsonRepresentation(desc)) return readSpecialMessage(desc, json, path);
    const message = reflect(desc);
    readMessage(message, json, path, depth + 1);
    return message;
  }

  function readSpecialMessage(desc: DescMessage, json: JsonValue, path: string): ReflectMessage {
    try {
      return reflect(desc, fromJson(desc, json, { registry }));
    } catch {
      throw invalidField(path, json, `must be a ${desc.typeName}`);
    }
  }
}

function readTextMessage(desc: DescMessage, json: JsonValue, path: string): ReflectMessage {
  if (json === '' && desc.typeName === 'google.protobuf.FieldMask') return reflect(desc);
  const wrapped = desc.fields.find((field) => field.name === 'value');
  if (wrapped?.fieldKind === 'scalar') {
    const wrapper = reflect(desc);
    wrapper.set(wrapped, readScalar(wrapped.scalar, json, path));
    return wrapper;
  }
  if (typeof json !== 'string') throw invalidField(path, json, 'must be a string');
  return messageFromText(desc, json, path);
}

function readScalar(type: ScalarType, json: JsonValue, path: string): Scalar {
  switch (typeof json) {
    case 'number':
      return readNumber(type, json, path);
    case 'boolean':
      if (type === ScalarType.BOOL) return json;
      break;
    case 'string':
      if (type === ScalarType.BYTES && json === '') return new Uint8Array();
      if (type !== ScalarType.BOOL) return scalarFromText(type, json, path);
      break;
  }
  throw invalidField(path, json, `must be ${expectedForm(type)}`);
}

function readNumber(type: ScalarType, json: number, path: string): Scalar {
  if (isIntegerType(type)) {
    // A larger number has already lost digits in JSON.parse.
    if (Number.isInteger(json) && !Number.isSafeInteger(json)) {
      throw invalidField(path, json, 'must be written as a string beyond 2^53-1');
    }
    return scalarFromText(type, String(json), path);
  }
  if (type === ScalarType.FLOAT || type === ScalarType.DOUBLE) return checkFloat(type, json, path);
  throw invalidField(path, json, `must be ${expectedForm(type)}`);
}

function readEnum(desc: DescEnum, json: JsonValue, path: string): number {
  if (desc.typeName === 'google.protobuf.NullValue' && json === null) return 0;
  if (typeof json === 'string') return enumNumberFromName(desc, json, path);
  if (typeof json === 'number') return enumNumberFromNumber(desc, json, path);
  throw invalidField(path, json, `must be a name or number of ${desc.typeName}`);
}

/** Null leaves a field unset, except where null is a value of its type. */
function isAbsent(field: DescField, json: JsonValue): boolean {
  if (json !== null) return false;
  if (field.fieldKind === 'message') return field.message.typeName !== 'google.protobuf.Value';
  return field.fieldKind !== 'enum' || field.enum.typeName !== 'google.protobuf.NullValue';
}

function expectedForm(type: ScalarType): string {
  switch (type) {
    case ScalarType.STRING:
      return 'a string';
    case ScalarType.BOOL:
      return 'true or false';
    case ScalarType.BYTES:
      return 'a base64 string';
    default:
      return 'a number';
  }
}
