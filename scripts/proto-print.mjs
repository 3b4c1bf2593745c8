// Prints .proto source from a descriptor: buf/validate/validate.proto is in no npm package as a file,
// but @bufbuild/protovalidate holds its descriptor.
import { isFieldSet } from '@bufbuild/protobuf';
import {
  EnumOptionsSchema,
  EnumValueOptionsSchema,
  ExtensionRangeOptionsSchema,
  FieldDescriptorProtoSchema,
  FieldOptionsSchema,
  FileOptionsSchema,
  FieldDescriptorProto_Label as Label,
  MessageOptionsSchema,
  OneofOptionsSchema,
  FieldDescriptorProto_Type as Type,
} from '@bufbuild/protobuf/wkt';
import { optionTexts, stringLiteral } from './proto-options.mjs';

const HIGHEST_FIELD_NUMBER = 536870911;
const { defaultValue, oneofIndex } = FieldDescriptorProtoSchema.field;

/**
 * The source of `file`, with the options that protobuf and `extensions` know; comments are not in a descriptor.
 * Takes proto2 and proto3, throws for editions.
 */
export function printProto(file, extensions) {
  const { proto } = file;
  const syntax = proto.syntax || 'proto2';
  if (syntax === 'editions') throw new Error(`${proto.name}: editions cannot be printed`);
  const printer = { syntax, options: (message, schema) => optionTexts(message, schema, extensions) };
  const lines = [
    `syntax = "${syntax}";`,
    '',
    `package ${proto.package};`,
    '',
    ...proto.dependency.map((path, index) => `import ${publicWord(proto, index)}"${path}";`),
    '',
    ...printer.options(proto.options, FileOptionsSchema).map((option) => `option ${option};`),
    ...proto.extension.flatMap((extension) => extensionLines(printer, extension)),
    ...proto.messageType.flatMap((message) => messageLines(printer, message)),
    ...proto.enumType.flatMap((type) => enumLines(printer, type)),
  ];
  return `${lines.join('\n')}\n`;
}

function publicWord(proto, index) {
  return proto.publicDependency.includes(index) ? 'public ' : '';
}

function messageLines(printer, message) {
  const nested = message.nestedType.filter((type) => !type.options?.mapEntry);
  return block(`message ${message.name}`, [
    ...printer.options(message.options, MessageOptionsSchema).map((option) => `option ${option};`),
    ...message.reservedRange.map(({ start, end }) => `reserved ${start} to ${end - 1};`),
    ...message.reservedName.map((name) => `reserved "${name}";`),
    ...fieldsAndOneofs(printer, message),
    ...message.extensionRange.map((range) => extensionRangeLine(printer, range)),
    ...nested.flatMap((type) => messageLines(printer, type)),
    ...message.enumType.flatMap((type) => enumLines(printer, type)),
    ...message.extension.flatMap((extension) => extensionLines(printer, extension)),
  ]);
}

// A oneof stands where its first field stands.
function fieldsAndOneofs(printer, message) {
  const seen = new Set();
  return message.field.flatMap((field) => {
    if (!isInOneof(field)) return [fieldLine(printer, field, message, labelOf(printer, field))];
    if (seen.has(field.oneofIndex)) return [];
    seen.add(field.oneofIndex);
    return oneofLines(printer, message, field.oneofIndex);
  });
}

function oneofLines(printer, message, index) {
  const oneof = message.oneofDecl[index];
  const members = message.field.filter((field) => isInOneof(field) && field.oneofIndex === index);
  return block(`oneof ${oneof.name}`, [
    ...printer.options(oneof.options, OneofOptionsSchema).map((option) => `option ${option};`),
    ...members.map((field) => fieldLine(printer, field, message, '')),
  ]);
}

function fieldLine(printer, field, message, label) {
  const options = printer.options(field.options, FieldOptionsSchema);
  if (isFieldSet(field, defaultValue) && field.defaultValue !== '') {
    const isText = field.type === Type.STRING;
    options.unshift(`default = ${isText ? stringLiteral(field.defaultValue) : field.defaultValue}`);
  }
  const suffix = options.length > 0 ? ` [${options.join(', ')}]` : '';
  const entry = message?.nestedType.find((type) => isEntryOf(type, field));
  const type = entry
    ? `map<${typeName(entry.field[0])}, ${typeName(entry.field[1])}>`
    : `${label}${typeName(field)}`;
  return `${type} ${field.name} = ${field.number}${suffix};`;
}

function extensionLines(printer, extension) {
  return block(`extend ${extension.extendee}`, [
    fieldLine(printer, extension, undefined, labelOf(printer, extension)),
  ]);
}

function extensionRangeLine(printer, range) {
  const options = printer.options(range.options, ExtensionRangeOptionsSchema);
  const last = range.end > HIGHEST_FIELD_NUMBER ? 'max' : range.end - 1;
  return `extensions ${range.start} to ${last}${options.length > 0 ? ` [${options.join(', ')}]` : ''};`;
}

function enumLines(printer, type) {
  return block(`enum ${type.name}`, [
    ...printer.options(type.options, EnumOptionsSchema).map((option) => `option ${option};`),
    ...type.reservedRange.map(({ start, end }) => `reserved ${start} to ${end};`),
    ...type.reservedName.map((name) => `reserved "${name}";`),
    ...type.value.map((value) => {
      const options = printer.options(value.options, EnumValueOptionsSchema);
      return `${value.name} = ${value.number}${options.length > 0 ? ` [${options.join(', ')}]` : ''};`;
    }),
  ]);
}

function labelOf({ syntax }, field) {
  if (field.label === Label.REPEATED) return 'repeated ';
  if (field.label === Label.REQUIRED) return 'required ';
  return syntax === 'proto2' || field.proto3Optional ? 'optional ' : '';
}

// A proto3 `optional` is a oneof with one member in the descriptor, and none in the source.
function isInOneof(field) {
  return isFieldSet(field, oneofIndex) && !field.proto3Optional;
}

function isEntryOf(type, field) {
  return type.options?.mapEntry && field.label === Label.REPEATED && field.typeName.endsWith(`.${type.name}`);
}

function typeName(field) {
  return field.typeName || Type[field.type].toLowerCase();
}

function block(head, lines) {
  return [`${head} {`, ...lines.map((line) => `  ${line}`), '}'];
}
