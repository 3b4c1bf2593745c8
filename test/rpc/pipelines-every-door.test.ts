import assert from 'node:assert/strict';
import type { JsonObject, JsonValue } from '@bufbuild/protobuf';
import { PipelineService } from '../../gen/ts/streamlib/v1/pipeline_pb.ts';
import { RuntimeService } from '../../gen/ts/streamlib/v1/runtime_pb.ts';
import type { Door } from '../support/door.ts';
import { asRest, type DoorSession, sessionThrough } from '../support/door-session.ts';
import { DOORS } from '../support/doors.ts';
import { itHasEveryCall } from '../support/every-call.ts';
import { PIPELINE_NODES } from '../support/pipelines.ts';
import type { TestServerOptions } from '../support/server.ts';

const PIPELINE_PARTS = new URL('../../server/pipelines/parts/index.ts', import.meta.url).href;
const SERVER: TestServerOptions = { registries: [PIPELINE_PARTS, PIPELINE_NODES] };

const LINE: JsonObject = {
  pipelineId: 'line',
  displayName: 'A line',
  nodes: [
    { id: 'gain', type: 'Gain', config: { gain: 2 } },
    { id: 'ema', type: 'Ema' },
  ],
  connections: [{ from: 'gain', to: 'ema' }],
  pipelineConfig: { maxConcurrent: 1, executionTimeout: '2.500s' },
  labels: { team: 'x' },
};
const POOL: JsonObject = { ...LINE, pipelineId: 'pool', pipelineConfig: { mode: 'PIPELINE_MODE_POOLED' } };
const WRONG: JsonObject = {
  nodes: [
    { id: 'a', type: 'Gian' },
    { id: 'a', type: 'Gain', config: { gain: 'x' } },
  ],
};
const FRAME: JsonObject = { sequenceId: '4', timestampUs: '9', payload: { value: { values: [1, 3] } } };

const SESSION: DoorSession = [
  // First, while none of what is measured belongs to the user.
  [PipelineService, 'GetMetrics', { owner: '' }],
  [PipelineService, 'ValidatePipeline', LINE],
  [PipelineService, 'ValidatePipeline', WRONG],
  [PipelineService, 'CreatePipeline', { pipelineId: 'wrong', ...WRONG }],
  [PipelineService, 'CreatePipeline', { ...LINE, requestId: 'once' }],
  [PipelineService, 'CreatePipeline', { ...LINE, requestId: 'once' }],
  [PipelineService, 'CreatePipeline', LINE],
  [PipelineService, 'CreatePipeline', { ...POOL, wait: 'WAIT_EFFECTIVE' }],
  [PipelineService, 'GetPipeline', { pipelineId: 'line' }],
  [PipelineService, 'GetPipeline', { pipelineId: 'nobody' }],
  [PipelineService, 'ListPipelines', { label: 'team=x' }],
  [PipelineService, 'ListPipelines', { pageSize: 1 }],
  [PipelineService, 'ListPipelines', { state: 'PIPELINE_STATE_RUNNING' }],
  [PipelineService, 'ExecutePipeline', { pipelineId: 'pool', frame: FRAME }],
  [PipelineService, 'TriggerPipeline', { pipelineId: 'pool', frame: FRAME }],
  [PipelineService, 'WatchPipeline', { pipelineId: 'nobody' }],
  [PipelineService, 'WatchPipeline', { pipelineId: 'pool' }],
  [PipelineService, 'WatchPipeline', { pipelineId: 'line', nodeId: 'gain' }],
  [RuntimeService, 'StartRuntime', {}],
  [PipelineService, 'ExecutePipeline', { pipelineId: 'pool', frame: FRAME }],
  [PipelineService, 'ExecutePipeline', { pipelineId: 'line', frame: FRAME, timeout: '2s' }],
  [PipelineService, 'ExecutePipeline', { pipelineId: 'line', frame: FRAME, nodeId: 'ema' }],
  [PipelineService, 'TriggerPipeline', { pipelineId: 'line', frame: FRAME }],
  [PipelineService, 'GetPipelineStats', { pipelineId: 'pool' }],
  [PipelineService, 'ListDeadLetters', { processorId: 'line.gain', pageSize: 10 }],
  [PipelineService, 'ListDeadLetters', { processorId: 'nobody' }],
  [PipelineService, 'ReinjectDeadLetter', { processorId: 'line.gain', deadLetterId: 'none-1' }],
  [PipelineService, 'DeleteDeadLetter', { processorId: 'line.gain', deadLetterId: 'none-1' }],
  [RuntimeService, 'StopRuntime', {}],
  [PipelineService, 'DeletePipeline', { pipelineId: 'pool', expectedRevision: '99' }],
  [PipelineService, 'DeletePipeline', { pipelineId: 'pool' }],
  [PipelineService, 'DeletePipeline', { pipelineId: 'pool' }],
];

describe('pipelines through every door', () => {
  let reference: readonly JsonValue[];

  before(async () => {
    reference = await sessionThrough(SESSION, DOORS.gRPC as (url: string) => Door, SERVER);
  });

  it('have a session in which most calls succeed and some are refused', () => {
    const codes = reference.map((answer) => (answer as JsonObject).code ?? 'ok');
    const refused = ['invalid_argument', 'already_exists', 'not_found', 'failed_precondition', 'aborted'];
    assert.deepEqual(new Set(codes), new Set(['ok', ...refused]));
    assert.equal(codes.filter((code) => code === 'ok').length, 18);
    const [, , faulty = {}, wrong = {}] = reference as JsonObject[];
    assert.deepEqual(
      (faulty.faults as JsonObject[]).map(({ path }) => path),
      ['nodes[0].type', 'nodes[1].config.gain', 'nodes[1].id'],
    );
    assert.deepEqual(wrong.fields, ['nodes[0].type', 'nodes[1].config.gain', 'nodes[1].id']);
  });

  for (const [name, open] of Object.entries(DOORS)) {
    it(`answer alike through ${name}`, async () => {
      const answers = await sessionThrough(SESSION, open, SERVER);
      for (const [index, answer] of answers.entries()) {
        const [service, method, request] = SESSION[index] as (typeof SESSION)[number];
        const want = name.startsWith('REST') ? asRest(service, method, reference[index]) : reference[index];
        assert.deepEqual(answer, want, `${method} ${JSON.stringify(request)}`);
      }
    });
  }

  itHasEveryCall(SESSION, [PipelineService]);
});
