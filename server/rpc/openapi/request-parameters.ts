import { type DescField, type DescMessage, type JsonObject, ScalarType } from '@bufbuild/protobuf';
import { hasCustomJsonRepresentation } from '@bufbuild/protobuf/wkt';
import type { Route, RouteVariable } from '../rest/index.ts';
import { enumSchema } from './enum-schema.ts';
import { isRequired, keywordsOf, requiredKeywords, rulesOf, valueKeywords } from './field-rules.ts';
import { scalarParameterSchema } from './scalar-schema.ts';
import { type Annotations, described, fieldName, type Schema } from './schema-options.ts';
import { wellKnownSchema } from './well-known-schema.ts';

/** The path and query parameters of a route: what its variables bind, and without a body `*` every other field. */
export function requestParameters(route: Route, annotations: Annotations): JsonObject[] {
  const path = route.variables.map((variable) => pathParameter(variable, annotations));
  if (route.body.kind === 'all') return path;
  const bound = new Set(route.variables.map((variable) => nameOf(variable.fields)));
  const body = route.body.kind === 'field' ? route.body.field : undefined;
  const query = textFields(route.method.input, [])
    .filter((fields) => fields[0] !== body && !bound.has(nameOf(fields)))
    .map((fields) => queryParameter(fields, annotations));
  return [...path, ...query];
}

function pathParameter({ fields, multiSegment }: RouteVariable, annotations: Annotations): JsonObject {
  const field = lastOf(fields);
  const comment = annotations.comment(fieldName(field));
  const note = multiSegment ? 'May contain slashes.' : '';
  return {
    name: nameOf(fields),
    in: 'path',
    required: true,
    ...described([comment, note].filter((text) => text !== '').join(' ')),
    schema: { ...parameterSchema(field, annotations), ...(multiSegment ? {} : { minLength: 1 }) },
  };
}

function queryParameter(fields: readonly DescField[], annotations: Annotations): JsonObject {
  const field = lastOf(fields);
  const schema = parameterSchema(field, annotations);
  return {
    name: nameOf(fields),
    in: 'query',
    ...(fields.length === 1 && isRequired(field) ? { required: true } : {}),
    ...described(annotations.comment(fieldName(field))),
    // Repeated by repetition: a comma belongs to a value.
    ...(field.fieldKind === 'list' ? { style: 'form', explode: true } : {}),
    schema,
  };
}

function parameterSchema(field: DescField, annotations: Annotations): Schema {
  const rules = rulesOf(field);
  if (field.fieldKind === 'list') {
    const { items, ...listRules } = (rules.repeated ?? {}) as JsonObject;
    return {
      type: 'array',
      items: textSchema(field, (items ?? {}) as JsonObject, annotations),
      ...keywordsOf(listRules),
    };
  }
  return textSchema(field, rules, annotations);
}

function textSchema(field: DescField, rules: JsonObject, annotations: Annotations): Schema {
  if (field.enum !== undefined) {
    const { definedOnly } = (rules.enum ?? {}) as { definedOnly?: boolean };
    return enumSchema(field.enum, 'request', definedOnly === true, annotations);
  }
  if (field.message !== undefined) return wellKnownSchema(field.message, 'request') ?? {};
  const scalar = scalarParameterSchema(field.scalar ?? ScalarType.STRING);
  return { ...scalar, ...requiredKeywords(field), ...valueKeywords(rules) };
}

/** The paths to every field that has a text form, into messages that are there once. */
function textFields(message: DescMessage, above: readonly DescField[]): DescField[][] {
  return message.fields.flatMap((field): DescField[][] => {
    const fields = [...above, field];
    if (field.fieldKind === 'map') return [];
    if (field.fieldKind === 'list') return field.listKind === 'message' ? [] : [fields];
    if (field.fieldKind !== 'message') return [fields];
    if (hasCustomJsonRepresentation(field.message)) return isText(field.message) ? [fields] : [];
    return above.some(({ parent }) => parent === field.message) ? [] : textFields(field.message, fields);
  });
}

function isText(message: DescMessage): boolean {
  const type = wellKnownSchema(message, 'request')?.type;
  return type !== undefined && type !== 'object' && type !== 'array';
}

const nameOf = (fields: readonly DescField[]): string => fields.map((field) => field.name).join('.');

function lastOf(fields: readonly DescField[]): DescField {
  const last = fields.at(-1);
  if (last === undefined) throw new TypeError('a parameter needs a field');
  return last;
}
