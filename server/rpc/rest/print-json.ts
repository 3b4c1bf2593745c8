import {
  type DescField,
  type DescMessage,
  type Message,
  type Registry,
  ScalarType,
  toJson,
} from '@bufbuild/protobuf';
import { base64Encode } from '@bufbuild/protobuf/wire';
import {
  type Any,
  anyUnpack,
  FeatureSet_FieldPresence,
  type FieldMask,
  hasCustomJsonRepresentation,
  isWrapperDesc,
} from '@bufbuild/protobuf/wkt';
import { shortEnumName } from './enum-names.ts';
import { plainFieldName } from './field-name.ts';
import type { JsonStyle } from './json-style.ts';

/** Writes messages as JSON text. */
export interface JsonPrinter {
  /** Fields without presence are always written, unset ones with presence never. */
  print(desc: DescMessage, message: Message): string;
  /** The value of one field; `null` where a field with presence is unset. */
  printField(field: DescField, message: Message): string;
}

type PrintValue = (value: unknown) => string;
/** Gives undefined for a field that is not written. */
type PrintField = (message: LocalMessage) => string | undefined;
type LocalMessage = Record<string, unknown>;
type OneofValue = { case?: string; value?: unknown };

const safeInteger = BigInt(Number.MAX_SAFE_INTEGER);

/**
 * A printer of the given style. A message type is compiled to a function on first use, which appends text
 * without building a JSON value in between. The registry resolves `google.protobuf.Any`; an Any of an unknown
 * type, or with bytes that are none of its type, is written with them in base64 as `value`.
 */
export function createJsonPrinter(style: JsonStyle, registry: Registry): JsonPrinter {
  const messagePrinters = new WeakMap<DescMessage, PrintValue>();
  const fieldPrinters = new WeakMap<DescField, PrintField>();

  return {
    print: (desc, message) => messagePrinter(desc)(message),
    printField: (field, message) => fieldPrinter(field)(message as unknown as LocalMessage) ?? 'null',
  };

  function messagePrinter(desc: DescMessage): PrintValue {
    const present = messagePrinters.get(desc);
    if (present !== undefined) return present;
    if (hasCustomJsonRepresentation(desc)) {
      const compiled = compileSpecialMessage(desc);
      messagePrinters.set(desc, compiled);
      return compiled;
    }
    // Compiled at first use and not here, since a message may contain itself.
    let fields: readonly { key: string; print: PrintField }[] | undefined;
    const print: PrintValue = (message) => {
      fields ??= desc.fields.map((field) => ({ key: keyOf(field), print: fieldPrinter(field) }));
      let text = '{';
      for (const field of fields) {
        const value = field.print(message as LocalMessage);
        if (value !== undefined) text += text.length === 1 ? field.key + value : `,${field.key}${value}`;
      }
      return `${text}}`;
    };
    messagePrinters.set(desc, print);
    return print;
  }

  function keyOf(field: DescField): string {
    return `${JSON.stringify(style.fieldNames === 'proto' ? plainFieldName(field) : field.jsonName)}:`;
  }

  function fieldPrinter(field: DescField): PrintField {
    const present = fieldPrinters.get(field);
    if (present !== undefined) return present;
    const compiled = compileField(field);
    fieldPrinters.set(field, compiled);
    return compiled;
  }

  function compileField(field: DescField): PrintField {
    const name = field.localName;
    if (field.fieldKind === 'list') {
      const printItem = compileElement(field);
      return (message) => `[${(message[name] as unknown[]).map(printItem).join(',')}]`;
    }
    if (field.fieldKind === 'map') {
      const printItem = compileElement(field);
      return (message) => {
        const entries = Object.entries(message[name] as LocalMessage);
        return `{${entries.map(([key, item]) => `${JSON.stringify(key)}:${printItem(item)}`).join(',')}}`;
      };
    }
    const printValue = compileSingular(field);
    if (field.oneof !== undefined) {
      const oneofName = field.oneof.localName;
      return (message) => {
        const oneof = message[oneofName] as OneofValue;
        return oneof.case === name ? printValue(oneof.value) : undefined;
      };
    }
    if (field.fieldKind !== 'message' && field.presence === FeatureSet_FieldPresence.IMPLICIT) {
      return (message) => printValue(message[name]);
    }
    // A proto2 default is on the prototype: only an own property was set.
    return (message) =>
      Object.hasOwn(message, name) && message[name] !== undefined ? printValue(message[name]) : undefined;
  }

  function compileSingular(field: DescField & { fieldKind: 'scalar' | 'enum' | 'message' }): PrintValue {
    if (field.fieldKind !== 'message') return compileElement(field);
    // The two types that generated code keeps in another form than as a message.
    if (isWrapperDesc(field.message) && field.oneof === undefined) return wrappedPrinter(field.message);
    return compileElement(field);
  }

  function compileElement(field: DescField): PrintValue {
    if (field.message !== undefined) {
      const isJsonObject =
        field.message.typeName === 'google.protobuf.Struct' &&
        field.parent.typeName !== 'google.protobuf.Value';
      return isJsonObject ? printJson : messagePrinter(field.message);
    }
    if (field.enum !== undefined) {
      if (field.enum.typeName === 'google.protobuf.NullValue') return () => 'null';
      const names = new Map(
        field.enum.values.toReversed().map((value) => {
          const name = style.enumNames === 'short' ? shortEnumName(value) : value.jsonName;
          return [value.number, JSON.stringify(name)];
        }),
      );
      return (value) => names.get(value as number) ?? String(value);
    }
    return scalarPrinter(field.scalar);
  }

  function compileSpecialMessage(desc: DescMessage): PrintValue {
    switch (desc.typeName) {
      case 'google.protobuf.Any':
        return (message) => printAny(message as Any);
      case 'google.protobuf.FieldMask':
        if (style.fieldNames === 'proto')
          return (message) => JSON.stringify((message as FieldMask).paths.join(','));
        break;
    }
    if (isWrapperDesc(desc)) {
      const print = wrappedPrinter(desc);
      return (message) => print((message as LocalMessage).value);
    }
    return (message) => JSON.stringify(toJson(desc, message as Message));
  }

  function wrappedPrinter(desc: DescMessage): PrintValue {
    const value = desc.fields.find((field) => field.name === 'value');
    return scalarPrinter(value?.fieldKind === 'scalar' ? value.scalar : ScalarType.STRING);
  }

  function printAny(any: Any): string {
    if (any.typeUrl === '') return '{}';
    const desc = registry.getMessage(any.typeUrl.slice(any.typeUrl.lastIndexOf('/') + 1));
    const message = tryUnpack(any);
    const type = `{"@type":${JSON.stringify(any.typeUrl)}`;
    if (desc === undefined || message === undefined) return `${type},"value":"${base64Encode(any.value)}"}`;
    const text = messagePrinter(desc)(message);
    if (hasCustomJsonRepresentation(desc)) return `${type},"value":${text}}`;
    return text === '{}' ? `${type}}` : `${type},${text.slice(1)}`;
  }

  function tryUnpack(any: Any): Message | undefined {
    try {
      return anyUnpack(any, registry);
    } catch {
      return undefined;
    }
  }

  function scalarPrinter(type: ScalarType): PrintValue {
    switch (type) {
      case ScalarType.STRING:
        return printJson;
      case ScalarType.BYTES:
        return (value) => `"${base64Encode(value as Uint8Array)}"`;
      case ScalarType.FLOAT:
      case ScalarType.DOUBLE:
        return (value) => (Number.isFinite(value) ? JSON.stringify(value) : `"${value}"`);
      case ScalarType.INT64:
      case ScalarType.SINT64:
      case ScalarType.SFIXED64:
      case ScalarType.UINT64:
      case ScalarType.FIXED64:
        return style.int64 === 'string' ? (value) => `"${value}"` : printLong;
      default:
        return String;
    }
  }
}

function printJson(value: unknown): string {
  return JSON.stringify(value);
}

function printLong(value: unknown): string {
  const long = BigInt(value as bigint | string);
  return long > safeInteger || long < -safeInteger ? `"${long}"` : String(long);
}
