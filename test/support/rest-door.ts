import { once } from 'node:events';
import { connect } from 'node:http2';
import { text } from 'node:stream/consumers';
import { type DescMethod, getOption, type JsonObject, type JsonValue } from '@bufbuild/protobuf';
import { http } from '../../gen/ts/google/api/annotations_pb.ts';
import { CallError, type Door, methodOf } from './door.ts';

interface HttpAnswer {
  readonly status: number;
  readonly body: string;
}

type Send = (method: string, path: string, body: string | undefined) => Promise<HttpAnswer>;

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
      const query = route.hasBody ? '' : queryOf(rest);
      const answer = await send(route.method, path + query, route.hasBody ? JSON.stringify(rest) : undefined);
      const body = JSON.parse(answer.body) as JsonObject;
      if (answer.status !== 200) throw errorOf(body);
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
    hasBody: body === '*',
    responseField: responseBody,
  };
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

/** Field names in camelCase, all but those of free objects. */
function canonical(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return value.map(canonical);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([key, member]) => [
    camelCase(key),
    /^(config|effective_config|config_schema|labels)$/.test(key) ? member : canonical(member),
  ]);
  return Object.fromEntries(entries);
}

const camelCase = (name: string): string =>
  name.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());

function sendOverHttp1(url: string): { send: Send; dispose: () => void } {
  return {
    async send(method, path, body) {
      const headers = body === undefined ? undefined : { 'content-type': 'application/json' };
      const response = await fetch(url + path, { method, body, headers });
      return { status: response.status, body: await response.text() };
    },
    dispose: () => {},
  };
}

function sendOverHttp2(url: string): { send: Send; dispose: () => void } {
  const session = connect(url);
  return {
    async send(method, path, body) {
      const headers = { ':method': method, ':path': path, 'content-type': 'application/json' };
      const stream = session.request(headers, { endStream: body === undefined });
      if (body !== undefined) stream.end(body);
      const [answer] = await once(stream, 'response');
      return { status: Number(answer[':status']), body: await text(stream) };
    },
    dispose: () => session.close(),
  };
}
