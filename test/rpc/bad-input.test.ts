import assert from 'node:assert/strict';
import type { DescService, JsonObject } from '@bufbuild/protobuf';
import { LinkService } from '../../gen/ts/streamlib/v1/link_pb.ts';
import { ProcessorService } from '../../gen/ts/streamlib/v1/processor_pb.ts';
import { inputPort, outputPort } from '../../server/runtime/ids.ts';
import { CallError, type Door } from '../support/door.ts';
import { DOORS } from '../support/doors.ts';
import { eventually } from '../support/eventually.ts';
import { TestServer } from '../support/server.ts';

interface BadRequest {
  readonly name: string;
  readonly call: readonly [service: DescService, method: string, request: JsonObject];
  readonly want: {
    readonly code: string;
    readonly reason: string;
    readonly field: string;
    /** What the message must contain: the field's name and the value, as they were sent. */
    readonly message: readonly string[];
  };
}

const create = (request: JsonObject): BadRequest['call'] => [ProcessorService, 'CreateProcessor', request];
const link = (from: string, fromPort: string, to: string, toPort: string): BadRequest['call'] => [
  LinkService,
  'CreateLink',
  { fromProcessor: from, fromPort, toProcessor: to, toPort },
];
const invalid = (reason: string, field: string, ...message: string[]): BadRequest['want'] => ({
  code: 'invalid_argument',
  reason,
  field,
  message,
});
const refused = (code: string, reason: string, field: string, ...message: string[]): BadRequest['want'] => ({
  code,
  reason,
  field,
  message,
});

/** In the graph: tone (SineGenerator) → gain → meter, and average (MovingAverage, of DataFrames). */
const BAD_REQUESTS: readonly BadRequest[] = [
  {
    name: 'an unknown type',
    call: create({ processorType: 'SineGenerater' }),
    want: invalid('PROCESSOR_TYPE_UNKNOWN', 'processor_type', '"SineGenerater"', '"SineGenerator"'),
  },
  {
    name: 'a camera, before there are any',
    call: create({ processorType: 'CameraProcessor', config: { device_id: null } }),
    want: invalid('PROCESSOR_TYPE_UNKNOWN', 'processor_type', '"CameraProcessor"'),
  },
  {
    name: 'no type at all',
    call: create({}),
    want: invalid('FIELD_INVALID', 'processor_type', 'processor_type', '""'),
  },
  {
    name: 'a missing config field',
    call: create({ processorType: 'WavFileSource', config: {} }),
    want: invalid('CONFIG_INVALID', 'config.path', 'config.path'),
  },
  {
    name: 'an unknown config field',
    call: create({ processorType: 'SineGenerator', config: { frequenzy: 440 } }),
    want: invalid('FIELD_UNKNOWN', 'config.frequenzy', 'config.frequenzy', '440'),
  },
  {
    name: 'a config value of the wrong type',
    call: create({ processorType: 'SineGenerator', config: { frequency_hz: 'high' } }),
    want: invalid('CONFIG_INVALID', 'config.frequency_hz', 'config.frequency_hz', '"high"'),
  },
  {
    name: 'a config value out of range in an update',
    call: [ProcessorService, 'UpdateProcessor', { processorId: 'tone', config: { amplitude: 7 } }],
    want: invalid('CONFIG_INVALID', 'config.amplitude', 'config.amplitude', '7'),
  },
  {
    name: 'an unknown config field in an update',
    call: [ProcessorService, 'UpdateProcessor', { processorId: 'tone', config: { volume: 1 } }],
    want: invalid('FIELD_UNKNOWN', 'config.volume', 'config.volume', '1'),
  },
  {
    name: 'an id that is none',
    call: create({ processorType: 'SineGenerator', processorId: 'no good' }),
    want: invalid('ID_INVALID', 'processor_id', '"no good"'),
  },
  {
    name: 'a value that the schema forbids',
    call: [LinkService, 'CreateLink', { capacityFrames: 70_000 }],
    want: invalid('FIELD_INVALID', 'capacity_frames', 'capacity_frames', '70000'),
  },
  {
    name: 'a wrong output port',
    call: link('tone', 'video', 'gain', 'audio_in'),
    want: invalid('PORT_UNKNOWN', 'from_port', '"video"'),
  },
  {
    name: 'a wrong input port',
    call: link('tone', 'audio', 'average', 'audio_in'),
    want: invalid('PORT_UNKNOWN', 'to_port', '"audio_in"'),
  },
  {
    name: 'ports of different types',
    call: link('tone', 'audio', 'average', 'data_in'),
    want: invalid('PORT_TYPE_MISMATCH', 'to_port', 'AudioFrame', 'DataFrame'),
  },
  {
    name: 'a second link into an input that takes one',
    call: link('tone', 'audio', 'meter', 'audio'),
    want: refused('failed_precondition', 'INPUT_TAKEN', 'to_port', 'meter', 'audio'),
  },
  {
    name: 'a cycle',
    call: link('gain', 'audio_out', 'gain_before', 'audio_in'),
    want: invalid('CYCLE', 'to_processor', 'gain_before', 'gain'),
  },
  {
    name: 'a link from a processor that does not exist',
    call: link('nobody', 'audio', 'gain', 'audio_in'),
    want: refused('not_found', 'PROCESSOR_NOT_FOUND', 'from_processor', '"nobody"'),
  },
  {
    name: 'the deletion of a processor that does not exist',
    call: [ProcessorService, 'DeleteProcessor', { processorId: 'nobody' }],
    want: refused('not_found', 'PROCESSOR_NOT_FOUND', 'processor_id', '"nobody"'),
  },
  {
    name: 'the deletion of a link that does not exist',
    call: [LinkService, 'DeleteLink', { linkId: 'nothing' }],
    want: refused('not_found', 'LINK_NOT_FOUND', 'link_id', '"nothing"'),
  },
  {
    name: 'an id that is taken',
    call: create({ processorType: 'SineGenerator', processorId: 'tone' }),
    want: refused('already_exists', 'ID_TAKEN', 'processor_id', '"tone"'),
  },
  {
    name: 'another revision than the last',
    call: create({ processorType: 'SineGenerator', expectedRevision: '99' }),
    want: refused('aborted', 'REVISION_MISMATCH', 'expected_revision', '99'),
  },
  {
    name: 'the deletion of the server itself',
    call: [ProcessorService, 'DeleteProcessor', { processorId: 'api-server' }],
    want: refused('failed_precondition', 'SERVICE_PROCESSOR', 'processor_id', '"api-server"'),
  },
];

for (const name of ['REST over HTTP/1.1', 'gRPC'] as const) {
  describe(`bad input through ${name}`, () => {
    let server: TestServer;
    let door: Door;

    before(async () => {
      server = await TestServer.start();
      door = DOORS[name]?.(server.url) as Door;
      const { runtime } = server;
      await runtime.addProcessor({ type: 'SineGenerator', id: 'tone' });
      await runtime.addProcessor({ type: 'Gain', id: 'gain_before' });
      await runtime.addProcessor({ type: 'Gain', id: 'gain' });
      await runtime.addProcessor({ type: 'LevelMeter', id: 'meter' });
      await runtime.addProcessor({ type: 'MovingAverage', id: 'average' });
      await runtime.connect(outputPort('gain_before', 'audio_out'), inputPort('gain', 'audio_in'));
      await runtime.connect(outputPort('gain', 'audio_out'), inputPort('meter', 'audio'));
    });

    after(async () => {
      door[Symbol.dispose]();
      await server.close();
    });

    for (const { name: what, call, want } of BAD_REQUESTS) {
      it(`refuses ${what} and changes nothing`, async () => {
        const before = await server.runtime.getGraph();
        const error = await refusalOf(door.call(...call));
        assert.deepEqual(
          { code: error.code, reason: error.reason, field: error.fields[0] },
          { code: want.code, reason: want.reason, field: want.field },
        );
        for (const part of want.message)
          assert.ok(error.message.includes(part), `${part} in: ${error.message}`);
        assert.deepEqual(await server.runtime.getGraph(), before);
      });
    }

    it('refuses a port that another server has, and keeps the processor as failed', async () => {
      const config = { port: server.port };
      const second = { processorType: 'ApiServer', processorId: 'second', config };
      await server.runtime.start();
      await door.call(ProcessorService, 'CreateProcessor', second);
      await eventually(async () => {
        const { error } = await server.runtime.getProcessor('second');
        return (
          error?.code === 'ADDRESS_IN_USE' &&
          error.message.includes(`config.port must be free, was ${server.port}`)
        );
      }, 'the second server has failed');
      await door.call(ProcessorService, 'DeleteProcessor', { processorId: 'second' });
      await server.runtime.stop();
    });
  });

  describe(`a full queue through ${name}`, () => {
    it('refuses what comes on top and executes what was taken', async () => {
      await using server = await TestServer.start({ runtime: { autoPoll: false } });
      using door = DOORS[name]?.(server.url) as Door;
      const calls = Array.from({ length: 300 }, (_, index) =>
        door
          .call(ProcessorService, 'CreateProcessor', {
            processorType: 'NullSink',
            processorId: `sink-${index}`,
          })
          .then(
            () => 'created',
            (error: CallError) => `${error.code} ${error.reason}`,
          ),
      );
      // Nobody polls: the queue fills, and only what it refuses is answered.
      let refusals = 0;
      for (const call of calls)
        call.then((result) => {
          if (result !== 'created') refusals++;
        });
      await eventually(() => refusals === 44, '44 calls are refused');
      const poll = setInterval(() => server.runtime.pollCommands(), 1);
      const results = await Promise.all(calls);
      clearInterval(poll);
      assert.equal(results.filter((result) => result === 'created').length, 256);
      assert.equal(results.filter((result) => result === 'resource_exhausted QUEUE_FULL').length, 44);
      assert.equal((await server.runtime.getGraph()).processors.length, 256);
    });
  });
}

describe('bad bodies', () => {
  let server: TestServer;

  before(async () => {
    server = await TestServer.start({ config: { max_body_bytes: 2048 } });
  });

  after(async () => {
    await server.close();
  });

  const BODIES = [
    {
      name: 'malformed JSON',
      body: '{"processor_type":',
      status: 400,
      reason: 'FIELD_INVALID',
      message: 'valid JSON',
    },
    { name: 'no object', body: '[1]', status: 400, reason: 'FIELD_INVALID', message: '[1]' },
    {
      name: 'an unknown field',
      body: '{"processor_type":"NullSink","procesor_id":"a"}',
      status: 400,
      reason: 'FIELD_UNKNOWN',
      message: 'procesor_id is an unknown field, was "a"',
    },
    {
      name: 'a key given twice',
      body: '{"processor_type":"NullSink","processor_type":"NullSink"}',
      status: 400,
      reason: 'FIELD_INVALID',
      message: 'processor_type',
    },
    {
      name: 'a value of the wrong type',
      body: '{"processor_type":"NullSink","labels":{"a":1}}',
      status: 400,
      reason: 'FIELD_INVALID',
      message: 'labels.a must be a string, was 1',
    },
    {
      name: 'too much',
      body: JSON.stringify({ display_name: 'x'.repeat(3000) }),
      status: 413,
      reason: 'QUOTA',
      message: '2048',
    },
  ];

  for (const { name, body, status, reason, message } of BODIES) {
    it(`over REST: ${name} is refused with ${status}`, async () => {
      const response = await fetch(`${server.url}/api/processors`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body,
      });
      const answer = (await response.json()) as { error: string; details: { reason?: string }[] };
      assert.equal(response.status, status);
      assert.equal(answer.details[0]?.reason, reason);
      assert.ok(answer.error.includes(message), answer.error);
      assert.equal((await server.runtime.getGraph()).revision, 0n);
    });
  }

  it('over gRPC: a message over the limit is refused with RESOURCE_EXHAUSTED', async () => {
    using door = DOORS.gRPC?.(server.url) as Door;
    const request = { processorType: 'NullSink', labels: { text: 'x'.repeat(3000) } };
    const error = await refusalOf(door.call(ProcessorService, 'CreateProcessor', request));
    assert.deepEqual([error.code, error.reason], ['resource_exhausted', 'QUOTA']);
    assert.ok(error.message.includes('2048'), error.message);
    assert.equal((await server.runtime.getGraph()).revision, 0n);
  });

  for (const { name, body, contentType = 'application/json', headers = {}, want } of [
    { name: 'malformed JSON', body: '{', want: [400, 'FIELD_INVALID', undefined] },
    { name: 'an unknown field', body: '{"procesorId":"a"}', want: [400, 'FIELD_UNKNOWN', 'procesorId'] },
    {
      name: 'a value of the wrong type',
      body: '{"processorType":1}',
      want: [400, 'FIELD_INVALID', 'processor_type'],
    },
    {
      name: 'bytes that are no message',
      body: '\xff\xff',
      contentType: 'application/proto',
      want: [400, 'FIELD_INVALID', undefined],
    },
    {
      name: 'bytes that are no gzip',
      body: '{}',
      headers: { 'content-encoding': 'gzip' },
      want: [400, 'FIELD_INVALID', undefined],
    },
    {
      name: 'an encoding that it does not know',
      body: '{}',
      headers: { 'content-encoding': 'br' },
      want: [501, 'UNIMPLEMENTED', undefined],
    },
    {
      name: 'a deadline that is none',
      body: '{}',
      headers: { 'connect-timeout-ms': 'soon' },
      want: [400, 'FIELD_INVALID', undefined],
    },
    {
      name: 'too much',
      body: JSON.stringify({ displayName: 'x'.repeat(3000) }),
      want: [429, 'QUOTA', undefined],
    },
  ] satisfies BadBody[]) {
    it(`over Connect: ${name} is refused with the reason ${want[1]}`, async () => {
      const response = await fetch(`${server.url}/streamlib.v1.ProcessorService/CreateProcessor`, {
        method: 'POST',
        headers: { 'content-type': contentType, ...headers },
        body,
      });
      const { details = [] } = (await response.json()) as {
        details?: { type: string; debug?: JsonObject }[];
      };
      const info = details.find(({ type }) => type === 'google.rpc.ErrorInfo')?.debug;
      const request = details.find(({ type }) => type === 'google.rpc.BadRequest')?.debug;
      const [violation] = (request?.fieldViolations ?? []) as { field: string }[];
      assert.deepEqual([response.status, info?.reason, violation?.field], want);
      assert.equal((await server.runtime.getGraph()).revision, 0n);
    });
  }

  for (const name of ['gRPC with JSON', 'gRPC-Web over HTTP/1.1', 'gRPC-Web over HTTP/2']) {
    it(`over ${name}: a message over the limit is refused with the reason QUOTA`, async () => {
      using door = DOORS[name]?.(server.url) as Door;
      const request = { processorType: 'NullSink', labels: { text: 'x'.repeat(3000) } };
      const error = await refusalOf(door.call(ProcessorService, 'CreateProcessor', request));
      assert.deepEqual([error.code, error.reason], ['resource_exhausted', 'QUOTA']);
    });
  }
});

interface BadBody {
  readonly name: string;
  readonly body: string;
  readonly contentType?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly want: readonly [status: number, reason: string, field: string | undefined];
}

async function refusalOf(call: Promise<unknown>): Promise<CallError> {
  const error: unknown = await call.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof CallError, `must be refused, was ${String(error)}`);
  return error;
}
