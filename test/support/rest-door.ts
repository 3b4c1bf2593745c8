import { once } from 'node:events';
import { connect } from 'node:http2';
import { text } from 'node:stream/consumers';
import { type DescMethod, getOption, type JsonObject, type JsonValue } from '@bufbuild/protobuf';
import { http } from '../../gen/ts/google/api/annotations_pb.ts';
import { CallError, type Door, methodOf } from './door.ts';

interface HttpAnswer {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
}

type Send = (method: string, path: string, body: RequestBody | undefined) => Promise<HttpAnswer>;

interface RequestBody {
  readonly contentType: string;
  readonly content: string | Buffer;
}

/**
 * REST as somebody uses it who has read the routes: path, query and body are put together after the annotations.
 * Answers are turned into canonical ProtoJSON, so that they compare with those of other doors.
 */
export function restDoor(url: string, httpVersion: 1 | 2): Door {
  const { send, dispose } = httpVersion === 1 ? sendOverHttp1(url) : sendOverHttp2(url);
  return {
    async call(service, name, request) {
      const route = routeOf(methodOf(service, name));
      const rest = { ...request };
      const path = route.path.replace(/\{(\w+)\}/g, (_, field: string) => {
        const key = camelCase(field);
        const value = String(rest[key]);
        delete rest[key];
        return encodeURIComponent(value);
      });
      const content = bodyOf(route.body, rest);
      const query = route.body === '*' ? '' : queryOf(rest);
      const answer = await send(route.method, path + query, content);
      if (route.isRaw && answer.status === 200) {
        const { contentType, body } = answer;
        return { [camelCase(route.responseField)]: { contentType, data: btoa(body) } };
      }
      // A stream is one answer a line.
      const [first = ''] = answer.body.split('\n');
      const { result, ...body } = JSON.parse(first) as JsonObject;
      if (answer.status !== 200) throw errorOf(body);
      if (route.isStream) return canonical(result as JsonObject) as JsonObject;
      const wrapped = route.responseField === '' ? body : { [camelCase(route.responseField)]: body };
      return canonical(wrapped) as JsonObject;
    },
    [Symbol.dispose]: dispose,
  };
}

function routeOf(method: DescMethod) {
  const { pattern, body, responseBody } = getOption(method, http);
  if (typeof pattern.value !== 'string') throw new TypeError(`${method.name} has no path`);
  return {
    method: String(pattern.case).toUpperCase(),
    path: pattern.value,
    body,
    responseField: responseBody,
    isStream: method.methodKind === 'server_streaming',
    isRaw: method.output.fields.some(
      (field) => field.name === responseBody && field.message?.typeName === 'google.api.HttpBody',
    ),
  };
}

/** What the request carries beside its path: all that is left, a file as it is, or nothing. */
function bodyOf(name: string, rest: JsonObject): RequestBody | undefined {
  if (name === '') return undefined;
  if (name === '*') return { contentType: 'application/json', content: JSON.stringify(rest) };
  const { contentType, data } = (rest[name] ?? {}) as { contentType?: string; data?: string };
  delete rest[name];
  return { contentType: contentType ?? '', content: Buffer.from(data ?? '', 'base64') };
}

function queryOf(fields: JsonObject): string {
  const query = new URLSearchParams(
    Object.entries(fields).map(([name, value]) => [name, String(value)] as [string, string]),
  );
  return query.size === 0 ? '' : `?${query}`;
}

interface ErrorBody {
  readonly code: string;
  readonly message: string;
  readonly details: readonly { reason?: string; field_violations?: readonly { field: string }[] }[];
}

/** An error body. */
export function errorOf(body: JsonObject): CallError {
  const { code, message, details } = body as unknown as ErrorBody;
  const fields = details.flatMap((detail) => detail.field_violations ?? []).map(({ field }) => field);
  const reason = details.map((detail) => detail.reason).find((one) => one !== undefined);
  return new CallError(code, message, reason, fields);
}

const FREE_OBJECTS = /^(config|effective_config|config_schema|labels|parameters|context)$/;

/** Field names in camelCase, all but those of free objects. */
function canonical(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return value.map(canonical);
  if (typeof value !== 'object' || value === null) return value;
  // The config of a runner is a message of its own, in which what its strategy takes is free.
  const isRunner = 'strategy_version' in value;
  const entries = Object.entries(value).map(([key, member]) => [
    camelCase(key),
    FREE_OBJECTS.test(key) && !isRunner && !Array.isArray(member) ? member : canonical(member),
  ]);
  return Object.fromEntries(entries);
}

const camelCase = (name: string): string =>
  name.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());

function sendOverHttp1(url: string): { send: Send; dispose: () => void } {
  return {
    async send(method, path, body) {
      const headers = body === undefined ? undefined : { 'content-type': body.contentType };
      const response = await fetch(url + path, { method, body: body?.content, headers });
      const contentType = response.headers.get('content-type') ?? '';
      return { status: response.status, contentType, body: await response.text() };
    },
    dispose: () => {},
  };
}

function sendOverHttp2(url: string): { send: Send; dispose: () => void } {
  const session = connect(url);
  return {
    async send(method, path, body) {
      const headers = { ':method': method, ':path': path, 'content-type': body?.contentType };
      const stream = session.request(headers, { endStream: body === undefined });
      if (body !== undefined) stream.end(body.content);
      const [answer] = await once(stream, 'response');
      const contentType = String(answer['content-type']);
      return { status: Number(answer[':status']), contentType, body: await text(stream) };
    },
    dispose: () => session.close(),
  };
}
