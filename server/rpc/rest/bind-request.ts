import { create, type DescField } from '@bufbuild/protobuf';
import { type ReflectMessage, reflect } from '@bufbuild/protobuf/reflect';
import { type FieldMask, FieldMaskSchema } from '@bufbuild/protobuf/wkt';
import type { Route, RouteVariable } from './compile-routes.ts';
import { fieldMaskFromJson } from './field-mask-from-json.ts';
import { formatFieldPath } from './field-path.ts';
import { invalidField } from './field-problem.ts';
import { isHttpBody, isHttpBodyField, setRawBody } from './http-body.ts';
import { parseJsonBytes } from './json-text.ts';
import { tryDecodeSegment, tryDecodeSegmentKeepingSlashes } from './percent-decode.ts';
import { bindQuery, parseQuery, setFieldFromText } from './query-fields.ts';
import { assertJsonContentType, headerValue, type RequestHeaders } from './read-body.ts';
import type { JsonReader } from './read-json.ts';

/** What a request consists of, after its route was found. */
export interface RequestParts {
  readonly route: Route;
  /** Raw segments of the path. */
  readonly segments: readonly string[];
  /** Raw query, without the question mark. */
  readonly query: string;
  readonly headers: RequestHeaders;
  /** The decompressed body; empty where none was sent. */
  readonly body: Uint8Array;
}

/** What binding needs besides the request. */
export interface BindOptions {
  readonly reader: JsonReader;
  /** Query parameters that are skipped wherever they stand. */
  readonly ignoredQueryParameters: ReadonlySet<string>;
}

/**
 * Makes the request message: the body first, then the query, then the path, whose values therefore win. Throws
 * FieldProblem for what does not fit and a 415 for a body that is not JSON.
 */
export function bindRequest(parts: RequestParts, options: BindOptions): ReflectMessage {
  const target = reflect(parts.route.method.input);
  const parameters = parseQuery(parts.query).filter(([name]) => !options.ignoredQueryParameters.has(name));
  bindBody(target, parts, options, parameters);
  bindParameters(target, parts.route, parameters);
  for (const variable of parts.route.variables) bindVariable(target, variable, parts.segments);
  return target;
}

type Parameters = readonly (readonly [name: string, value: string])[];

function bindParameters(target: ReflectMessage, route: Route, parameters: Parameters): void {
  const [first] = parameters;
  if (route.body.kind === 'all' && first !== undefined) {
    throw invalidField(
      first[0],
      first[1],
      'must be in the body, since this method takes no query parameters',
    );
  }
  bindQuery(target, parameters, {
    pathFields: route.variables.map((variable) => variable.fields),
    bodyField: route.body.kind === 'field' ? route.body.field : undefined,
  });
}

function bindVariable(target: ReflectMessage, variable: RouteVariable, segments: readonly string[]): void {
  const raw = segments.slice(variable.start, variable.end);
  const decode = variable.multiSegment ? tryDecodeSegmentKeepingSlashes : tryDecodeSegment;
  const decoded = raw.map(decode);
  const path = formatFieldPath(variable.fields);
  if (decoded.includes(undefined)) throw invalidField(path, raw.join('/'), 'must be percent-encoded UTF-8');
  setFieldFromText(target, variable.fields, decoded.join('/'), path);
}

function bindBody(
  target: ReflectMessage,
  parts: RequestParts,
  options: BindOptions,
  parameters: Parameters,
): void {
  const { route, body } = parts;
  if (body.length === 0) return;
  switch (route.body.kind) {
    case 'none':
      throw invalidField('', `${body.length} bytes`, 'must be empty for this method');
    case 'all':
      if (isHttpBody(target.desc)) setRawBody(target, rawBodyOf(parts));
      else options.reader.readMessage(target, parseJson(parts));
      return;
    case 'field':
      if (isHttpBodyField(route.body.field)) {
        const raw = target.get(route.body.field) as ReflectMessage;
        setRawBody(raw, rawBodyOf(parts));
        target.set(route.body.field, raw);
      } else {
        bindBodyField(target, parts, options, route.body.field, parameters);
      }
  }
}

function bindBodyField(
  target: ReflectMessage,
  parts: RequestParts,
  options: BindOptions,
  field: DescField,
  parameters: Parameters,
): void {
  const json = parseJson(parts);
  options.reader.readField(target, field, json);
  if (parts.route.httpMethod !== 'PATCH' || field.fieldKind !== 'message') return;
  const mask = onlyFieldMask(target);
  if (mask === undefined || parameters.some(([name]) => name === mask.name || name === mask.jsonName)) return;
  const message: FieldMask = create(FieldMaskSchema, { paths: fieldMaskFromJson(field.message, json) });
  target.set(mask, reflect(mask.message, message));
}

/** The field mask of a partial update: the one FieldMask among the request's fields. */
function onlyFieldMask(target: ReflectMessage): (DescField & { fieldKind: 'message' }) | undefined {
  const masks = target.fields.filter(
    (field) => field.fieldKind === 'message' && field.message.typeName === FieldMaskSchema.typeName,
  );
  return masks.length === 1 ? (masks[0] as DescField & { fieldKind: 'message' }) : undefined;
}

function parseJson(parts: RequestParts) {
  assertJsonContentType(parts.headers);
  return parseJsonBytes(parts.body);
}

function rawBodyOf(parts: RequestParts) {
  return { contentType: headerValue(parts.headers, 'content-type') ?? '', data: parts.body };
}
