import {
  type DescField,
  getOption,
  hasOption,
  type JsonObject,
  type JsonValue,
  ScalarType,
  toJson,
} from '@bufbuild/protobuf';
import {
  FieldRulesSchema,
  field as fieldExtension,
} from '@bufbuild/protovalidate/gen/buf/validate/validate_pb.js';
import { FieldBehavior, field_behavior } from '../../../gen/ts/google/api/field_behavior_pb.ts';
import { FINITE_NUMBER_TEXT } from './scalar-schema.ts';
import type { Schema } from './schema-options.ts';

const noRules: JsonObject = {};

/** The rules of protovalidate for a field, as JSON: `{"string": {"maxLen": "128"}}`. Empty where it has none. */
export function rulesOf(field: DescField): JsonObject {
  if (!hasOption(field, fieldExtension)) return noRules;
  const rules = toJson(FieldRulesSchema, getOption(field, fieldExtension)) as JsonObject;
  return rules.ignore === undefined ? rules : noRules;
}

/**
 * The keywords that express the rules for one value of a type (`string`, `int32`, `repeated`, …). What JSON Schema
 * cannot say, as CEL expressions, is left out: the schema is then weaker than the server, never stricter.
 */
export function keywordsOf(rules: JsonObject): Schema {
  const keywords: Schema = {};
  for (const [rule, value] of Object.entries(rules)) {
    const keyword = KEYWORDS[rule];
    if (keyword !== undefined) Object.assign(keywords, keyword(value));
  }
  return keywords;
}

/** The keywords for one value under all the rules of its field. */
export function valueKeywords(rules: JsonObject): Schema {
  const keywords = Object.values(rules)
    .filter((value) => typeof value === 'object' && value !== null)
    .map((value) => keywordsOf(value as JsonObject));
  return Object.assign({}, ...keywords);
}

/** The keywords of a required value: to have text or a list is not to be empty. */
export function requiredKeywords(field: DescField): Schema {
  const isText = field.fieldKind === 'scalar' && field.scalar === ScalarType.STRING;
  const isEmptyAbsent = isText && field.presence === IMPLICIT_PRESENCE;
  const mustBeSet = rulesOf(field).required === true || hasBehavior(field, FieldBehavior.REQUIRED);
  if (!mustBeSet) return {};
  if (field.fieldKind === 'list') return { minItems: 1 };
  return isEmptyAbsent ? { minLength: 1 } : {};
}

/** Whether a request without the field is refused. */
export function isRequired(field: DescField): boolean {
  if (hasBehavior(field, FieldBehavior.REQUIRED)) return true;
  const rules = rulesOf(field);
  if (rules.required === true) return true;
  // A field without presence is "" where it is absent, and that is checked like any other value.
  const { pattern, minLen } = (rules.string ?? noRules) as { pattern?: string; minLen?: string };
  if (field.fieldKind !== 'scalar' || field.presence !== IMPLICIT_PRESENCE) return false;
  return (pattern !== undefined && !new RegExp(pattern, 'u').test('')) || Number(minLen ?? 0) > 0;
}

/** Whether callers only read the field. */
export const isOutputOnly = (field: DescField): boolean => hasBehavior(field, FieldBehavior.OUTPUT_ONLY);

const IMPLICIT_PRESENCE = 2;

type Keyword = (value: JsonValue) => Schema;

// 64-bit numbers are text in JSON.
const number =
  (keyword: string): Keyword =>
  (value) => ({ [keyword]: Number(value) });

const KEYWORDS: Readonly<Record<string, Keyword>> = {
  gte: number('minimum'),
  gt: number('exclusiveMinimum'),
  lte: number('maximum'),
  lt: number('exclusiveMaximum'),
  minLen: number('minLength'),
  maxLen: number('maxLength'),
  // Never fewer bytes than characters.
  maxBytes: number('maxLength'),
  len: (value) => ({ minLength: Number(value), maxLength: Number(value) }),
  // Numbers may be text, and NaN and the infinities are always.
  finite: () => ({ pattern: FINITE_NUMBER_TEXT }),
  pattern: (value) => ({ pattern: value }),
  minItems: number('minItems'),
  maxItems: number('maxItems'),
  unique: (value) => ({ uniqueItems: value }),
  minPairs: number('minProperties'),
  maxPairs: number('maxProperties'),
};

function hasBehavior(field: DescField, behavior: FieldBehavior): boolean {
  return hasOption(field, field_behavior) && getOption(field, field_behavior).includes(behavior);
}
