import assert from 'node:assert/strict';
import { toJson } from '@bufbuild/protobuf';
import type { Event } from '../../../../gen/ts/streamlib/v1/event_pb.ts';
import { GraphSchema } from '../../../../gen/ts/streamlib/v1/graph_pb.ts';
import { inputPort, outputPort } from '../../../../server/runtime/ids.ts';
import type { StreamRuntimeOptions } from '../../../../server/runtime/stream-runtime-options.ts';
import { PROCESSOR_STATES, wordOf } from '../../../../server/runtime/vocabulary.ts';
import { eventually } from '../../../support/eventually.ts';
import { FALLIBLE_REGISTRY } from '../../../support/fallible-processors.ts';
import { TEST_REGISTRIES, TestRuntime } from '../../../support/test-runtime.ts';

/** A runtime that knows the processors whose setups fail. */
export const createFallibleRuntime = (options: StreamRuntimeOptions = {}): Promise<TestRuntime> =>
  TestRuntime.create({
    registries: [...TEST_REGISTRIES, FALLIBLE_REGISTRY],
    unresponsiveMs: 1_500,
    ...options,
  });

/** Adds `source -> middle -> sink` in three lanes, with `mate` on a link of its own beside `middle`. */
export async function addChain({ runtime }: TestRuntime): Promise<void> {
  await runtime.addProcessor({ type: 'Emit', id: 'source', placement: { lane: 'one' } });
  for (const id of ['middle', 'mate'])
    await runtime.addProcessor({ type: 'Fallible', id, placement: { lane: 'two' } });
  await runtime.addProcessor({ type: 'Collect', id: 'sink', placement: { lane: 'three' } });
  await runtime.connect(outputPort('source', 'data'), inputPort('middle', 'data_in'), { id: 'in' });
  await runtime.connect(outputPort('source', 'data'), inputPort('mate', 'data_in'), { id: 'beside' });
  await runtime.connect(outputPort('middle', 'data_out'), inputPort('sink', 'data'), { id: 'out' });
}

/** The graph as JSON, without its revision. */
export async function contentOf({ runtime }: TestRuntime): Promise<unknown> {
  return toJson(GraphSchema, { ...(await runtime.getGraph()), revision: 0n });
}

let marks = 0;

/** Waits until the test has seen every event that there is, those as well that wait for the disk: a mark comes behind them. */
export async function allSeen({ runtime, events }: TestRuntime): Promise<void> {
  const name = `mark-${++marks}`;
  runtime.events.publish('test:marks', { name });
  const isMark = ({ payload }: Event): boolean => payload.case === 'custom' && payload.value.name === name;
  await eventually(() => events.some(isMark), 'every event is seen');
}

/** How often each processor was started until now. */
export async function startsOf(test: TestRuntime): Promise<Record<string, number>> {
  await allSeen(test);
  const { events } = test;
  const starts: Record<string, number> = {};
  for (const { payload } of events) {
    if (payload.case !== 'processorStateChanged') continue;
    const { processorId, toState } = payload.value;
    if (wordOf(PROCESSOR_STATES, toState) === 'starting')
      starts[processorId] = (starts[processorId] ?? 0) + 1;
  }
  return starts;
}

/** Waits until every one of these links delivers. */
export async function assertFlows({ runtime }: TestRuntime, linkIds: readonly string[]): Promise<void> {
  for (const id of linkIds) {
    const before = Number((await runtime.getLink(id)).counters?.delivered);
    const goesOn = async () => Number((await runtime.getLink(id)).counters?.delivered) > before;
    await eventually(goesOn, `${id} delivers`);
  }
}

/** The events that tell of rollbacks, as `[from, to, code, processorId]`. */
export async function rollbacksOf(test: TestRuntime): Promise<[bigint, bigint, string, string][]> {
  await allSeen(test);
  return test
    .payloads('graphRolledBack')
    .map(({ fromRevision, toRevision, code, processorId }) => [fromRevision, toRevision, code, processorId]);
}

/** How many commits became effective until now. */
export async function commitsOf(test: TestRuntime): Promise<number> {
  await allSeen(test);
  return test.payloads('graphCommitted').length;
}

/** Fails unless `call` rejects; answers what it rejects with. */
export async function rejectionOf(
  call: Promise<unknown>,
): Promise<{ code: string; message: string; details: Record<string, string> }> {
  const outcome = await call.then(
    () => undefined,
    (error) => error,
  );
  assert.ok(outcome !== undefined, 'the call is refused');
  return outcome;
}
