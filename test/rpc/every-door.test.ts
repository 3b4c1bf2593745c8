import assert from 'node:assert/strict';
import {
  type DescMethod,
  type DescService,
  getOption,
  type JsonObject,
  type JsonValue,
} from '@bufbuild/protobuf';
import { http } from '../../gen/ts/google/api/annotations_pb.ts';
import { EventService } from '../../gen/ts/streamlib/v1/event_pb.ts';
import { LinkService } from '../../gen/ts/streamlib/v1/link_pb.ts';
import { ProcessorService } from '../../gen/ts/streamlib/v1/processor_pb.ts';
import { RuntimeService } from '../../gen/ts/streamlib/v1/runtime_pb.ts';
import { SERVICES } from '../../server/rpc/services.ts';
import { CallError, type Door, methodOf } from '../support/door.ts';
import { DOORS } from '../support/doors.ts';
import { TestServer } from '../support/server.ts';

const ADD_METER: JsonObject[] = [
  { addProcessor: { processor: { processorId: 'meter', processorType: 'LevelMeter' } } },
  { connect: { link: link('tone', 'meter', { linkId: 'metered', toPort: 'audio' }) } },
  { updateLink: { linkId: 'line', capacityFrames: 4 } },
];

const WITHOUT_METER = `
processors:
  - { id: sink, type: NullSink }
  - { id: tone, type: SineGenerator }
links:
  - { from: tone.audio, to: sink.data, delivery: latest, capacity_frames: 4 }
`;

/** What one session with a server looks like: every call that exists, and what some of them refuse. */
const SESSION: readonly (readonly [service: DescService, method: string, request: JsonObject])[] = [
  [RuntimeService, 'GetRuntimeState', {}],
  [ProcessorService, 'ListProcessorTypes', {}],
  [ProcessorService, 'GetProcessorType', { name: 'SineGenerator' }],
  [ProcessorService, 'GetProcessorType', { name: 'Nothing' }],
  [
    ProcessorService,
    'CreateProcessor',
    { processorType: 'SineGenerator', processorId: 'tone', labels: { a: 'b' } },
  ],
  [ProcessorService, 'CreateProcessor', { processorType: 'NullSink', processorId: 'sink' }],
  [ProcessorService, 'CreateProcessor', { processorType: 'NullSink', processorId: 'sink' }],
  [ProcessorService, 'GetProcessor', { processorId: 'tone' }],
  [ProcessorService, 'ListProcessors', { processorType: 'NullSink' }],
  [ProcessorService, 'ListProcessors', { pageSize: 1, owner: '' }],
  [ProcessorService, 'UpdateProcessor', { processorId: 'tone', config: { frequency_hz: 220 } }],
  [
    ProcessorService,
    'UpdateProcessor',
    { processorId: 'tone', config: { frequency_hz: null }, displayName: 'A' },
  ],
  [ProcessorService, 'PauseProcessor', { processorId: 'tone' }],
  [ProcessorService, 'ResumeProcessor', { processorId: 'tone' }],
  [LinkService, 'CreateLink', link('tone', 'sink', { linkId: 'line', delivery: 'DELIVERY_LATEST' })],
  [LinkService, 'CreateLink', link('sink', 'tone', { linkId: 'back' })],
  [LinkService, 'GetLink', { linkId: 'line' }],
  [LinkService, 'ListLinks', { processorId: 'tone' }],
  [LinkService, 'UpdateLink', { linkId: 'line', capacityFrames: 8 }],
  [RuntimeService, 'GetGraph', {}],
  [RuntimeService, 'StartRuntime', {}],
  [RuntimeService, 'PauseRuntime', {}],
  [RuntimeService, 'ResumeRuntime', {}],
  [ProcessorService, 'RestartProcessor', { processorId: 'tone', wait: 'WAIT_EFFECTIVE' }],
  [RuntimeService, 'GetPlan', {}],
  [RuntimeService, 'ReplanGraph', { dryRun: true }],
  [RuntimeService, 'ReplanGraph', { wait: 'WAIT_EFFECTIVE', requestId: 'replan' }],
  [RuntimeService, 'ReplanGraph', { expectedRevision: '999' }],
  [RuntimeService, 'ApplyGraph', {}],
  [RuntimeService, 'ApplyGraph', { commands: ADD_METER, dryRun: true }],
  [
    RuntimeService,
    'ApplyGraph',
    { commands: ADD_METER, wait: 'WAIT_EFFECTIVE', onFailure: 'ON_FAILURE_KEEP' },
  ],
  [RuntimeService, 'ApplyGraph', { commands: ADD_METER, expectedRevision: '1' }],
  [RuntimeService, 'ApplyGraph', { commands: [{ pauseProcessor: { processorId: 'nobody' } }] }],
  [RuntimeService, 'ApplyGraph', { target: { graph: {} }, dryRun: true }],
  [RuntimeService, 'ExportGraph', {}],
  [RuntimeService, 'ExportGraph', { format: 'GRAPH_FORMAT_JSON' }],
  [RuntimeService, 'ImportGraph', { body: file('processors:\n  - {id: gain, type: Gian}'), dryRun: true }],
  [
    RuntimeService,
    'ImportGraph',
    { body: file('processors: [{id: sink, type: NullSink}]'), keepOthers: true },
  ],
  [RuntimeService, 'ImportGraph', { body: file(WITHOUT_METER), wait: 'WAIT_EFFECTIVE' }],
  [RuntimeService, 'ImportGraph', { body: file(WITHOUT_METER) }],
  [RuntimeService, 'ImportGraph', {}],
  [RuntimeService, 'ListRevisions', { pageSize: 2 }],
  [RuntimeService, 'DiffRevisions', { fromRevision: '3', toRevision: '5' }],
  [RuntimeService, 'DiffRevisions', { fromRevision: '3', toRevision: '999' }],
  [RuntimeService, 'RollbackGraph', { revision: '3', dryRun: true }],
  [RuntimeService, 'RollbackGraph', { revision: '999' }],
  [RuntimeService, 'ListAuditRecords', { pageSize: 3 }],
  [EventService, 'Subscribe', { after: 'nowhere' }],
  [EventService, 'Subscribe', { types: ['Nothing'] }],
  [RuntimeService, 'StopRuntime', { drainTimeout: '1s' }],
  [LinkService, 'DeleteLink', { linkId: 'line', requestId: 'once' }],
  [LinkService, 'DeleteLink', { linkId: 'line', requestId: 'once' }],
  [LinkService, 'DeleteLink', { linkId: 'line' }],
  [ProcessorService, 'DeleteProcessor', { processorId: 'tone', expectedRevision: '1' }],
  [ProcessorService, 'DeleteProcessor', { processorId: 'tone' }],
  [ProcessorService, 'DeleteProcessor', { processorId: 'tone' }],
];

/** For what is not implemented: the schema refuses an empty request to these. */
const VALID_REQUESTS: Readonly<Record<string, JsonObject>> = {
  'RunnerService.CreateRunner': { symbol: 'BTC', strategyName: 'nothing' },
  'RunnerService.ListSymbolRunners': { symbol: 'BTC' },
  'RunnerService.SetTradingMode': { mode: 'ENGINE_MODE_HALTED' },
  'StrategyService.CreateStrategy': { name: 'nothing', code: '-- nothing' },
  'BacktestService.RunBacktest': { spec: {} },
  'BacktestService.SearchParameters': {
    spec: {},
    search: { ranges: [{ name: 'window', values: [1] }] },
  },
};

function file(text: string): JsonObject {
  return { contentType: 'application/yaml', data: btoa(text) };
}

function link(from: string, to: string, more: JsonObject): JsonObject {
  return { fromProcessor: from, fromPort: 'audio', toProcessor: to, toPort: 'data', ...more };
}

describe('every door', () => {
  let reference: readonly JsonValue[];

  before(async () => {
    reference = await sessionThrough(DOORS.gRPC as (url: string) => Door);
  });

  it('has a session in which most calls succeed and some are refused', () => {
    const refused = reference.filter(
      (answer) => typeof answer === 'object' && answer !== null && 'code' in answer,
    );
    assert.deepEqual(
      refused.map((answer) => (answer as JsonObject).code),
      [
        'not_found',
        'already_exists',
        'invalid_argument',
        'aborted',
        'invalid_argument',
        'aborted',
        'not_found',
        'invalid_argument',
        'invalid_argument',
        'not_found',
        'not_found',
        'invalid_argument',
        'invalid_argument',
        'not_found',
        'aborted',
        'not_found',
      ],
    );
  });

  for (const [name, open] of Object.entries(DOORS)) {
    it(`answers alike through ${name}`, async () => {
      const answers = await sessionThrough(open);
      for (const [index, answer] of answers.entries()) {
        const [service, method, request] = SESSION[index] as (typeof SESSION)[number];
        const want = name.startsWith('REST') ? asRest(service, method, reference[index]) : reference[index];
        assert.deepEqual(answer, want, `${method} ${JSON.stringify(request)}`);
      }
    });
  }
});

describe('the calls that every door has', () => {
  const listed = new Set(SESSION.map(([service, method]) => `${service.typeName}/${method}`));
  const others = SERVICES.flatMap((service) => service.methods).filter(
    (method) => !listed.has(`${method.parent.typeName}/${method.name}`),
  );

  let server: TestServer;

  before(async () => {
    server = await TestServer.start();
  });

  after(() => server.close());

  it('are all in the session, but those that are not implemented', async () => {
    using door = DOORS.gRPC?.(server.url) as Door;
    const answers = await Promise.all(others.map((method) => refusalOf(door, method)));
    const implemented = others.filter((_, index) => answers[index]?.code !== 'unimplemented');
    assert.deepEqual(
      implemented.map(nameOf),
      [],
      'each of these needs a case in SESSION, or, if it is not implemented, a valid request in VALID_REQUESTS',
    );
  });

  for (const [name, open] of Object.entries(DOORS)) {
    it(`answer UNIMPLEMENTED alike through ${name}, where they are not`, async () => {
      using door = open(server.url);
      for (const method of others) {
        assert.deepEqual(await refusalOf(door, method), {
          code: 'unimplemented',
          message: `${method.parent.typeName}.${method.name} is not implemented`,
          reason: 'UNIMPLEMENTED',
          fields: [],
        });
      }
    });
  }
});

/** What a call is refused with whose request names nothing but what it must. */
async function refusalOf(door: Door, method: DescMethod): Promise<JsonObject> {
  const { pattern } = getOption(method, http);
  const inPath = [...String(pattern.value).matchAll(/\{(\w+)\}/g)].map(([, field = '']) => [
    method.input.fields.find(({ name }) => name === field)?.jsonName ?? field,
    'nothing',
  ]);
  const request = { ...Object.fromEntries(inPath), ...VALID_REQUESTS[nameOf(method)] };
  return await door.call(method.parent, method.name, request).catch(errorToJson);
}

const nameOf = ({ parent, name }: DescMethod): string => `${parent.name}.${name}`;

/** The part of an answer that REST gives: the resource itself, where the route says so. */
function asRest(service: DescService, method: string, answer: JsonValue | undefined): JsonValue | undefined {
  const { responseBody } = getOption(methodOf(service, method), http);
  if (responseBody === '' || (answer as JsonObject).code !== undefined) return answer;
  const field = responseBody.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
  return { [field]: (answer as JsonObject)[field] ?? {} };
}

async function sessionThrough(open: (url: string) => Door): Promise<JsonValue[]> {
  await using server = await TestServer.start();
  using door = open(server.url);
  const answers: JsonValue[] = [];
  for (const [service, method, request] of SESSION) {
    const answer = await door.call(service, method, request).catch(errorToJson);
    answers.push(withoutVolatile(answer));
  }
  return answers;
}

function errorToJson(error: unknown): JsonObject {
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
  'time',
  'origin',
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
  /^(RUNTIME_STATUS|PROCESSOR_STATE|LANE_PRIORITY|LANE_KIND|CHANGE_KIND|DELIVERY|SCHEDULING|TRANSPORT)_/;

function plain(text: string): JsonValue {
  if (/^\d+$/.test(text)) return Number(text);
  return ENUM_PREFIX.test(text) ? text.replace(ENUM_PREFIX, '').toLowerCase() : text;
}

function isDefault(value: JsonValue): boolean {
  if (Array.isArray(value)) return value.length === 0;
  if (typeof value === 'object' && value !== null) return Object.keys(value).length === 0;
  return value === '' || value === 0 || value === false || value === 'unspecified';
}
