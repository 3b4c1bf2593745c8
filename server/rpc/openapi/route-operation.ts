import type { JsonObject } from '@bufbuild/protobuf';
import { ndjsonFormat, type Route, serverSentEventsFormat } from '../rest/index.ts';
import { type ErrorStatusText, errorResponses } from './error-responses.ts';
import { isRequired } from './field-rules.ts';
import type { MessageSchemas } from './message-schemas.ts';
import { requestParameters } from './request-parameters.ts';
import { type Annotations, described, type Schema } from './schema-options.ts';

/** What an operation is made with, beside its route. */
export interface OperationContext {
  readonly schemas: MessageSchemas;
  readonly annotations: Annotations;
  readonly errors: readonly ErrorStatusText[];
  /** Streams whose lines are the messages themselves and not `{"result": …}`, by the full name of their method. */
  readonly unwrappedStreams: ReadonlySet<string>;
}

/** One route as an OpenAPI operation. */
export function routeOperation(route: Route, operationId: string, context: OperationContext): JsonObject {
  const { method } = route;
  const comment = context.annotations.comment(methodName(route));
  const parameters = requestParameters(route, context.annotations);
  const body = requestBody(route, context);
  return {
    operationId,
    tags: [method.parent.name],
    summary: summaryOf(comment, method.name),
    ...described(isStream(route) ? `${comment}\n\n${STREAM_NOTE}`.trim() : comment),
    ...(method.deprecated ? { deprecated: true } : {}),
    ...(isStream(route) ? { 'x-streaming': true } : {}),
    ...(parameters.length > 0 ? { parameters } : {}),
    ...(body === undefined ? {} : { requestBody: body }),
    responses: { 200: success(route, context), ...errorResponses(route, context.errors) },
  };
}

/** The full name of the route's method. */
export const methodName = ({ method }: Route): string => `${method.parent.typeName}.${method.name}`;

const STREAM_NOTE =
  'Answers line by line as long as the stream goes on: NDJSON, or server-sent events where `Accept` names ' +
  '`text/event-stream`. An error after the first line is the last line. A WebSocket on the same path gets each ' +
  'line as a text message.';

const isStream = ({ method }: Route): boolean => method.methodKind === 'server_streaming';

/** The first sentence, without its period. */
function summaryOf(comment: string, fallback: string): string {
  const sentence = /^[\s\S]*?(?=\.(?:\s|$)|\n\n|$)/.exec(comment)?.[0].replaceAll('\n', ' ').trim();
  return sentence === undefined || sentence === '' ? fallback : sentence;
}

const isHttpBody = (typeName: string | undefined): boolean => typeName === 'google.api.HttpBody';

// Bytes of any type have no schema: where they are JSON, they may be any JSON.
const rawContent: JsonObject = { '*/*': {} };

function requestBody(route: Route, { schemas }: OperationContext): JsonObject | undefined {
  const { body, method, variables } = route;
  if (body.kind === 'none') return undefined;
  const inPath = new Set(variables.flatMap(({ fields }) => (fields.length === 1 ? fields : [])));
  if (isHttpBody(body.kind === 'all' ? method.input.typeName : body.field.message?.typeName)) {
    return { content: rawContent };
  }
  let schema: Schema;
  if (body.kind === 'field') schema = schemas.field(body.field, 'request');
  else if (inPath.size > 0) schema = schemas.without(method.input, inPath, 'request');
  else schema = schemas.refer(method.input, 'request');
  // Without a body the message is empty, which a message with required fields may not be.
  const isRequiredBody =
    body.kind === 'all' && method.input.fields.some((field) => !inPath.has(field) && isRequired(field));
  return { ...(isRequiredBody ? { required: true } : {}), content: { 'application/json': { schema } } };
}

function success(route: Route, { schemas, unwrappedStreams }: OperationContext): JsonObject {
  const { method, responseField } = route;
  const answer = responseField?.message ?? (responseField === undefined ? method.output : undefined);
  const description = isStream(route) ? 'The stream.' : 'Done.';
  if (isHttpBody(answer?.typeName)) return { description, content: rawContent };
  const schema =
    responseField === undefined
      ? schemas.refer(method.output, 'response')
      : schemas.field(responseField, 'response');
  if (!isStream(route)) return { description, content: { 'application/json': { schema } } };
  const error = { type: 'object', properties: { error: { $ref: '#/components/schemas/Error' } } };
  const wrapped = { type: 'object', properties: { result: schema } };
  const line = { anyOf: [unwrappedStreams.has(methodName(route)) ? schema : wrapped, error] };
  const text = {
    type: 'string',
    description: 'Events with the JSON as data; errors are of the type `error`.',
  };
  return {
    description,
    content: {
      [ndjsonFormat.contentType]: { schema: line },
      [serverSentEventsFormat.contentType]: { schema: text },
    },
  };
}
