import type { DescField, DescMessage, JsonObject } from '@bufbuild/protobuf';
import { FeatureSet_FieldPresence } from '@bufbuild/protobuf/wkt';
import { plainFieldName } from '../rest/index.ts';
import { enumSchema } from './enum-schema.ts';
import {
  isOutputOnly,
  isRequired,
  keywordsOf,
  requiredKeywords,
  rulesOf,
  valueKeywords,
} from './field-rules.ts';
import { oneofSchemas } from './oneof-schemas.ts';
import { scalarSchema } from './scalar-schema.ts';
import {
  type Annotations,
  type Direction,
  described,
  fieldName,
  type Schema,
  shortName,
} from './schema-options.ts';
import { wellKnownSchema } from './well-known-schema.ts';

/** The schemas of messages as REST writes them, each of them once. */
export interface MessageSchemas {
  /** Every message that was referred to, by its name in `components.schemas`. */
  readonly components: JsonObject;
  /** A reference to the message, or its schema where JSON writes it in a form of its own. */
  refer(message: DescMessage, direction: Direction): Schema;
  /** The message without some of its fields, which are set elsewhere, in place. */
  without(message: DescMessage, omitted: ReadonlySet<DescField>, direction: Direction): Schema;
  /** The value of one field. */
  field(field: DescField, direction: Direction): Schema;
}

/** Makes the schemas of the messages that are asked for, and of all that these contain. */
export function createMessageSchemas(annotations: Annotations): MessageSchemas {
  const components: JsonObject = {};
  return {
    components,
    refer,
    field: fieldSchema,
    without: (message, omitted, direction) => objectSchema(message, direction, omitted),
  };

  function refer(message: DescMessage, direction: Direction): Schema {
    const known = wellKnownSchema(message, direction);
    if (known !== undefined) return known;
    const name = componentName(message, direction);
    if (components[name] === undefined) {
      // Before its fields are looked at: a message may contain itself.
      components[name] = {};
      components[name] = objectSchema(message, direction, new Set());
    }
    return { $ref: `#/components/schemas/${name}` };
  }

  function objectSchema(message: DescMessage, direction: Direction, omitted: ReadonlySet<DescField>): Schema {
    const fields = message.fields.filter((field) => !omitted.has(field));
    const required = fields
      .filter((field) => (direction === 'request' ? isRequired(field) : isAlwaysWritten(field)))
      .map(plainFieldName);
    const example = annotations.examples.get(message.typeName);
    return {
      type: 'object',
      ...described(annotations.comment(message.typeName)),
      properties: Object.fromEntries(
        fields.map((field) => [plainFieldName(field), propertySchema(field, direction)]),
      ),
      ...(required.length > 0 ? { required } : {}),
      additionalProperties: false,
      ...oneofSchemas(message, omitted, direction),
      ...(example === undefined ? {} : { examples: [withoutFields(example, omitted)] }),
    };
  }

  function propertySchema(field: DescField, direction: Direction): Schema {
    const schema = fieldSchema(field, direction);
    const extra = {
      ...described(annotations.comment(fieldName(field))),
      ...(isOutputOnly(field) ? { readOnly: true } : {}),
    };
    // Null is what is absent, in requests.
    const whole = direction === 'request' && !isRequired(field) ? orNull(schema) : schema;
    return { ...whole, ...extra };
  }

  function fieldSchema(field: DescField, direction: Direction): Schema {
    const rules = rulesOf(field);
    if (field.fieldKind === 'list') {
      const listRules = (rules.repeated ?? {}) as JsonObject;
      const itemRules = (listRules.items ?? {}) as JsonObject;
      const items = elementSchema(field, itemRules, direction);
      const required = direction === 'request' ? requiredKeywords(field) : {};
      return { type: 'array', items, ...required, ...keywordsOf(listRules) };
    }
    if (field.fieldKind === 'map') {
      const mapRules = (rules.map ?? {}) as JsonObject;
      const valueRules = (mapRules.values ?? {}) as JsonObject;
      const values = elementSchema(field, valueRules, direction);
      return { type: 'object', additionalProperties: values, ...keywordsOf(mapRules) };
    }
    return elementSchema(field, rules, direction);
  }

  function elementSchema(field: DescField, rules: JsonObject, direction: Direction): Schema {
    if (field.message !== undefined) return refer(field.message, direction);
    if (field.enum !== undefined) {
      const { definedOnly } = (rules.enum ?? {}) as { definedOnly?: boolean };
      return enumSchema(field.enum, direction, definedOnly === true, annotations);
    }
    // What answers show was not held to the rules of requests.
    const required = direction === 'request' && field.fieldKind === 'scalar' ? requiredKeywords(field) : {};
    return { ...scalarSchema(field.scalar, direction), ...required, ...valueKeywords(rules) };
  }
}

/** Messages of requests are named after it, since they take more than what answers show. */
function componentName(message: DescMessage, direction: Direction): string {
  const name = shortName(message);
  return direction === 'response' || name.endsWith('Request') ? name : `${name}Input`;
}

/** A field without presence is written even where it has its default; lists and maps as well. */
function isAlwaysWritten(field: DescField): boolean {
  if (field.fieldKind === 'list' || field.fieldKind === 'map') return true;
  if (field.fieldKind === 'message' || field.oneof !== undefined) return false;
  return field.presence === FeatureSet_FieldPresence.IMPLICIT;
}

function orNull(schema: Schema): Schema {
  const { type } = schema;
  if (typeof type === 'string' && schema.enum === undefined) return { ...schema, type: [type, 'null'] };
  if (Array.isArray(type)) return { ...schema, type: [...type, 'null'] };
  if (Object.keys(schema).length === 0) return schema;
  return { anyOf: [...(Array.isArray(schema.anyOf) ? schema.anyOf : [schema]), { type: 'null' }] };
}

function withoutFields(example: JsonObject, omitted: ReadonlySet<DescField>): JsonObject {
  const names = new Set([...omitted].map(plainFieldName));
  return Object.fromEntries(Object.entries(example).filter(([name]) => !names.has(name)));
}
