import assert from 'node:assert/strict';
import { type DescService, getOption, type JsonObject, type JsonValue } from '@bufbuild/protobuf';
import { http } from '../../gen/ts/google/api/annotations_pb.ts';
import { CallError, type Door, methodOf } from './door.ts';
import { TestServer, type TestServerOptions } from './server.ts';

/** Calls in the order in which they are made. */
export type DoorSession = readonly (readonly [service: DescService, method: string, request: JsonObject])[];

/** The part of an answer that REST gives: the resource itself, where the route says so. */
export function asRest(
  service: DescService,
  method: string,
  answer: JsonValue | undefined,
): JsonValue | undefined {
  const { responseBody } = getOption(methodOf(service, method), http);
  if (responseBody === '' || (answer as JsonObject).code !== undefined) return answer;
  const field = responseBody.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
  return { [field]: (answer as JsonObject)[field] ?? {} };
}

/** What a new server answers to a session through one door. */
export async function sessionThrough(
  session: DoorSession,
  open: (url: string) => Door,
  options: TestServerOptions = {},
): Promise<JsonValue[]> {
  await using server = await TestServer.start(options);
  using door = open(server.url);
  const answers: JsonValue[] = [];
  for (const [service, method, request] of session) {
    const answer = await door.call(service, method, request).catch(errorToJson);
    answers.push(withoutVolatile(answer));
  }
  return answers;
}

/** A CallError, so that it compares. */
export function errorToJson(error: unknown): JsonObject {
  assert.ok(error instanceof CallError, String(error));
  return { code: error.code, message: error.message, reason: error.reason, fields: [...error.fields] };
}

/** What differs from one run to the next. */
const VOLATILE = new Set([
  'streamId',
  'asOfSequence',
  'startTime',
  'createTime',
  'updateTime',
  'metrics',
  'counters',
  'impacts',
  'busyPercent',
  'measured',
  'interval',
  'heapUsedBytes',
  'time',
  'finishTime',
  'elapsed',
  'modeTime',
  'modeActor',
  'origin',
  'latency',
  'waitTime',
  'runTime',
  'instancesCreated',
  'idle',
]);

/**
 * The answer without what differs between runs, without defaults, which canonical JSON leaves out, and with short
 * names of enum values and integers as numbers.
 */
function withoutVolatile(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return value.map(withoutVolatile);
  if (typeof value === 'string') return plain(value);
  if (typeof value !== 'object' || value === null) return value;
  const members = Object.entries(value)
    .filter(([key]) => !VOLATILE.has(key))
    .map(([key, member]) => [key, withoutVolatile(member)] as const)
    .filter(([, member]) => !isDefault(member));
  return Object.fromEntries(members);
}

const ENUM_PREFIX =
  /^(RUNTIME_STATUS|PROCESSOR_STATE|LANE_PRIORITY|LANE_KIND|CHANGE_KIND|DELIVERY|SCHEDULING|TRANSPORT|PIPELINE_STATE|PIPELINE_MODE|RUNNER_STATUS|ENGINE_MODE|SEVERITY|RESTART_STRATEGY|ERROR_POLICY|BACKTEST_STATE|SEARCH_METHOD|ROW_POLICY)_/;

function plain(text: string): JsonValue {
  if (/^\d+$/.test(text)) return Number(text);
  return ENUM_PREFIX.test(text) ? text.replace(ENUM_PREFIX, '').toLowerCase() : text;
}

function isDefault(value: JsonValue): boolean {
  if (Array.isArray(value)) return value.length === 0;
  if (typeof value === 'object' && value !== null) return Object.keys(value).length === 0;
  return value === '' || value === 0 || value === false || value === 'unspecified';
}
