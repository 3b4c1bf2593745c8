import type { DescField, DescOneof } from '@bufbuild/protobuf';
import type { ReflectList, ReflectMessage } from '@bufbuild/protobuf/reflect';
import { enumNumberFromName, enumNumberFromNumber } from './enum-names.ts';
import { formatFieldPath, resolveFieldPath } from './field-path.ts';
import { invalidField, unknownField } from './field-problem.ts';
import { tryDecodeQueryPart } from './percent-decode.ts';
import { scalarFromText } from './scalar-text.ts';
import { isTextMessage, messageFromText } from './text-value.ts';

const integerText = /^-?(?:0|[1-9][0-9]{0,9})$/;

/** What the query may not set, since the path or the body does. */
export interface BoundElsewhere {
  readonly pathFields: readonly (readonly DescField[])[];
  readonly bodyField: DescField | undefined;
}

/** Decodes a raw query into its parameters, in order. Throws FieldProblem for a malformed percent escape. */
export function parseQuery(raw: string): [name: string, value: string][] {
  return raw
    .split('&')
    .filter((pair) => pair !== '')
    .map((pair) => {
      const equals = pair.indexOf('=');
      const rawName = equals === -1 ? pair : pair.slice(0, equals);
      const name = tryDecodeQueryPart(rawName);
      const value = equals === -1 ? '' : tryDecodeQueryPart(pair.slice(equals + 1));
      if (name === undefined || value === undefined) {
        throw invalidField(name ?? rawName, pair, 'must be percent-encoded UTF-8');
      }
      return [name, value];
    });
}

/**
 * Sets the fields that the parameters name, by proto or JSON names with dots between the levels; a repeated field
 * takes one parameter per item. Throws FieldProblem for an unknown name, a bad value, a singular field given
 * twice, two members of a oneof, a field that the path or the body sets, and a field without a text form.
 */
export function bindQuery(
  target: ReflectMessage,
  parameters: readonly (readonly [string, string])[],
  elsewhere: BoundElsewhere,
): void {
  const claims = createOneofClaims();
  for (const fields of elsewhere.pathFields) claims.claim(fields, '');
  if (elsewhere.bodyField !== undefined) claims.claim([elsewhere.bodyField], '');
  const given = new Set<string>();
  for (const [name, text] of parameters) {
    const fields = resolveFieldPath(target.desc, name.split('.'));
    const field = fields?.at(-1);
    if (fields === undefined || field === undefined) throw unknownField(name, text);
    const path = formatFieldPath(fields);
    refuseBoundElsewhere(fields, path, text, elsewhere);
    if (field.fieldKind !== 'list' && given.has(path))
      throw invalidField(path, text, 'must be given only once');
    given.add(path);
    claims.claim(fields, text);
    setFieldFromText(target, fields, text, path);
  }
}

/**
 * Sets, or appends to, the field at the end of the path from the text of a path variable or query parameter.
 * Messages on the way are created.
 */
export function setFieldFromText(
  target: ReflectMessage,
  fields: readonly DescField[],
  text: string,
  path: string,
): void {
  let parent = target;
  for (const field of fields.slice(0, -1)) {
    if (!parent.isSet(field)) parent.set(field, parent.get(field));
    parent = parent.get(field) as ReflectMessage;
  }
  const field = fields.at(-1);
  switch (field?.fieldKind) {
    case 'scalar':
      parent.set(field, scalarFromText(field.scalar, text, path));
      return;
    case 'enum':
      parent.set(field, enumFromText(field, text, path));
      return;
    case 'list':
      if (field.listKind === 'message') break;
      (parent.get(field) as ReflectList).add(
        field.listKind === 'enum'
          ? enumFromText(field, text, path)
          : scalarFromText(field.scalar, text, path),
      );
      return;
    case 'message':
      if (!isTextMessage(field.message)) break;
      parent.set(field, messageFromText(field.message, text, path));
      return;
  }
  throw invalidField(path, text, 'has no text form and must be in the body');
}

function enumFromText(field: DescField & { enum: object }, text: string, path: string): number {
  return integerText.test(text)
    ? enumNumberFromNumber(field.enum, Number(text), path)
    : enumNumberFromName(field.enum, text, path);
}

function refuseBoundElsewhere(
  fields: readonly DescField[],
  path: string,
  text: string,
  { pathFields, bodyField }: BoundElsewhere,
): void {
  if (fields[0] === bodyField) throw invalidField(path, text, 'is set by the body and not by the query');
  for (const bound of pathFields) {
    if (bound.length === fields.length && bound.every((field, index) => field === fields[index])) {
      throw invalidField(path, text, 'is set by the path and not by the query');
    }
  }
}

interface OneofClaims {
  /** Marks the members of oneofs on the path; throws FieldProblem where another member was marked before. */
  claim(fields: readonly DescField[], text: string): void;
}

function createOneofClaims(): OneofClaims {
  const members = new Map<string, DescField>();
  return {
    claim(fields, text) {
      for (const [index, field] of fields.entries()) {
        if (field.oneof === undefined) continue;
        const path = formatFieldPath(fields.slice(0, index + 1));
        const key = `${formatFieldPath(fields.slice(0, index))}#${field.oneof.name}`;
        const other = members.get(key);
        if (other !== undefined && other !== field)
          throw invalidField(path, text, describeExclusion(field.oneof));
        members.set(key, field);
      }
    },
  };
}

function describeExclusion(oneof: DescOneof): string {
  return `excludes the others of ${oneof.fields.map((field) => field.name).join(', ')}`;
}
