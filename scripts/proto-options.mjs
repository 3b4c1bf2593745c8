// Prints the options of a descriptor as they stand in .proto source: `name = value`, extensions in parentheses.
import { getExtension, hasExtension, ScalarType } from '@bufbuild/protobuf';
import { reflect } from '@bufbuild/protobuf/reflect';

/** One `name = value` text per option that is set on `message`, a message of `schema`, known extensions included. */
export function optionTexts(message, schema, extensions) {
  if (!message) return [];
  const texts = [];
  const reflected = reflect(schema, message);
  for (const field of reflected.sortedFields) {
    if (!reflected.isSet(field) || field.name === 'uninterpreted_option') continue;
    texts.push(...valueTexts(field, reflected.get(field)).map((value) => `${field.name} = ${value}`));
  }
  for (const extension of extensions) {
    if (extension.extendee.typeName !== schema.typeName || !hasExtension(message, extension)) continue;
    const value = reflectedValue(extension, getExtension(message, extension));
    texts.push(...valueTexts(extension, value).map((text) => `(${extension.typeName}) = ${text}`));
  }
  return texts;
}

/** `text` as a string literal of .proto source, in ASCII. */
export function stringLiteral(text) {
  const hex = (character) => [...new TextEncoder().encode(character)].map(hexEscape).join('');
  return JSON.stringify(text).replace(/[\u007f-\uffff]/g, hex);
}

function reflectedValue(extension, value) {
  if (extension.message === undefined) return value;
  const one = (message) => reflect(extension.message, message);
  return extension.fieldKind === 'list' ? value.map(one) : one(value);
}

function valueTexts(field, value) {
  if (field.fieldKind === 'map') throw new Error(`${field.name}: options that are maps cannot be printed`);
  return field.fieldKind === 'list'
    ? [...value].map((one) => valueText(field, one))
    : [valueText(field, value)];
}

function valueText(field, value) {
  if (field.message) return `{${fieldTexts(value).join(', ')}}`;
  if (field.enum) return field.enum.values.find(({ number }) => number === value)?.name ?? String(value);
  if (field.scalar === ScalarType.STRING) return stringLiteral(value);
  if (field.scalar === ScalarType.BYTES) return bytesLiteral(value);
  return String(value);
}

function fieldTexts(reflected) {
  const set = reflected.sortedFields.filter((field) => reflected.isSet(field));
  return set.flatMap((field) =>
    valueTexts(field, reflected.get(field)).map((text) => `${field.name}: ${text}`),
  );
}

function bytesLiteral(bytes) {
  const isPlain = (byte) => byte >= 0x20 && byte < 0x7f && byte !== 0x22 && byte !== 0x5c;
  return `"${[...bytes].map((byte) => (isPlain(byte) ? String.fromCharCode(byte) : hexEscape(byte))).join('')}"`;
}

function hexEscape(byte) {
  return `\\x${byte.toString(16).padStart(2, '0')}`;
}
