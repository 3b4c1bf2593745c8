import assert from 'node:assert/strict';
import type { DescService, JsonObject, JsonValue } from '@bufbuild/protobuf';
import { BacktestService } from '../../gen/ts/streamlib/v1/backtest_pb.ts';
import { EventService } from '../../gen/ts/streamlib/v1/event_pb.ts';
import { LinkService } from '../../gen/ts/streamlib/v1/link_pb.ts';
import { PipelineService } from '../../gen/ts/streamlib/v1/pipeline_pb.ts';
import { ProcessorService } from '../../gen/ts/streamlib/v1/processor_pb.ts';
import { RunnerService } from '../../gen/ts/streamlib/v1/runner_pb.ts';
import { RuntimeService } from '../../gen/ts/streamlib/v1/runtime_pb.ts';
import { StrategyService } from '../../gen/ts/streamlib/v1/strategy_pb.ts';
import { TapService } from '../../gen/ts/streamlib/v1/tap_pb.ts';
import { SERVICES } from '../../server/rpc/services.ts';
import type { Door } from '../support/door.ts';
import { asRest, type DoorSession, sessionThrough } from '../support/door-session.ts';
import { DOORS } from '../support/doors.ts';
import { itHasEveryCall } from '../support/every-call.ts';

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
const SESSION: DoorSession = [
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
  [TapService, 'TapLink', { linkId: 'nothing' }],
  [RuntimeService, 'StopRuntime', { drainTimeout: '1s' }],
  [LinkService, 'DeleteLink', { linkId: 'line', requestId: 'once' }],
  [LinkService, 'DeleteLink', { linkId: 'line', requestId: 'once' }],
  [LinkService, 'DeleteLink', { linkId: 'line' }],
  [ProcessorService, 'DeleteProcessor', { processorId: 'tone', expectedRevision: '1' }],
  [ProcessorService, 'DeleteProcessor', { processorId: 'tone' }],
  [ProcessorService, 'DeleteProcessor', { processorId: 'tone' }],
];

function file(text: string): JsonObject {
  return { contentType: 'application/yaml', data: btoa(text) };
}

function link(from: string, to: string, more: JsonObject): JsonObject {
  return { fromProcessor: from, fromPort: 'audio', toProcessor: to, toPort: 'data', ...more };
}

describe('every door', () => {
  let reference: readonly JsonValue[];

  before(async () => {
    reference = await sessionThrough(SESSION, DOORS.gRPC as (url: string) => Door);
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
        'not_found',
        'aborted',
        'not_found',
      ],
    );
  });

  for (const [name, open] of Object.entries(DOORS)) {
    it(`answers alike through ${name}`, async () => {
      const answers = await sessionThrough(SESSION, open);
      for (const [index, answer] of answers.entries()) {
        const [service, method, request] = SESSION[index] as (typeof SESSION)[number];
        const want = name.startsWith('REST') ? asRest(service, method, reference[index]) : reference[index];
        assert.deepEqual(answer, want, `${method} ${JSON.stringify(request)}`);
      }
    });
  }
});

describe('the sessions of every door', () => {
  // These have sessions of their own.
  const others = [PipelineService, RunnerService, StrategyService, BacktestService] as readonly DescService[];
  itHasEveryCall(
    SESSION,
    SERVICES.filter((service) => !others.includes(service)),
  );
});
