import assert from 'node:assert/strict';
import { setImmediate } from 'node:timers/promises';
import type { Event } from '../../gen/ts/streamlib/v1/event_pb.ts';
import type { PipelineCommand, PipelineResult } from '../../gen/ts/streamlib/v1/pipeline_pb.ts';
import { PipelineMode, PipelineState } from '../../gen/ts/streamlib/v1/pipeline_pb.ts';
import { ErrorPolicy, ProcessorState, RestartStrategy } from '../../gen/ts/streamlib/v1/processor_pb.ts';
import { AsyncPipeline } from '../../server/index.ts';
import { BUILT_IN_REGISTRIES } from '../../server/registries.ts';
import { createRooms } from '../../server/rooms.ts';
import type { StreamlibError } from '../../server/runtime/errors.ts';
import { createLog } from '../../server/runtime/logging.ts';
import { StreamRuntime } from '../../server/runtime/stream-runtime.ts';
import { eventually } from '../support/eventually.ts';
import { PIPELINE_NODES } from '../support/pipelines.ts';
import { useTemporaryFolder } from '../support/temporary-folder.ts';

type Case = NonNullable<PipelineCommand['command']['case']>;
type ResponseOf<C extends Case> = Extract<PipelineResult['result'], { case: C }>['value'];

const LINE = {
  pipelineId: 'line',
  nodes: [
    { id: 'plus', type: 'test.Adder', config: { amount: 1 } },
    { id: 'ema', type: 'Ema', config: { alpha: 0.5 } },
  ],
  connections: [{ fromNode: 'plus', toNode: 'ema' }],
};

const frame = (sequenceId: number, ...values: number[]) => ({
  sequenceId: BigInt(sequenceId),
  timestampUs: 5n,
  payload: { value: { values } },
});

describe('pipelines in a runtime', () => {
  const inFolder = useTemporaryFolder();
  let runtime: StreamRuntime;
  let events: Event[];

  async function begin(stateDirectory?: string): Promise<void> {
    runtime = await StreamRuntime.create({
      registries: [...BUILT_IN_REGISTRIES, PIPELINE_NODES],
      rooms: createRooms,
      log: createLog({ '': 'error' }),
      stateDirectory,
    });
    events = [];
    const listener = runtime.events.subscribe('*', (event) => events.push(event));
    assert.ok(listener);
  }

  beforeEach(() => begin());
  afterEach(() => runtime.close());

  async function call<C extends Case>(name: C, value: object): Promise<ResponseOf<C>> {
    const command = { case: name, value } as never;
    const { result } = await runtime.execute({ case: 'pipeline', value: { command } });
    return result.value as ResponseOf<C>;
  }

  const create = (request: object = LINE) => call('createPipeline', request);

  const valuesOf = async (request: object): Promise<(number[] | undefined)[]> =>
    (await call('executePipeline', request)).outputs.map(({ frame: out }) => out?.payload.value?.values);

  const isRunning = async (): Promise<boolean> =>
    (await call('getPipeline', { pipelineId: 'line' })).pipeline?.state === PipelineState.RUNNING;

  const typesOfEvents = (): string[] =>
    events.map(({ type }) => type).filter((type) => type.startsWith('Pipeline'));

  it('phase 2: are made in one transaction, as a part of the graph with an owner of its own', async () => {
    const { pipelineId, revision, pipeline } = await create();
    assert.deepEqual([pipelineId, revision], ['line', 1n]);
    assert.deepEqual(pipeline?.processorIds, [
      'line.ema',
      'line.in--plus',
      'line.out--ema',
      'line.plus',
      'line.pool--',
    ]);
    assert.equal(pipeline.linkIds.length, 3);
    assert.deepEqual(
      pipeline.nodes.map(({ id, type, config }) => ({ id, type, config })),
      LINE.nodes,
    );
    assert.deepEqual(
      pipeline.connections.map(({ fromNode, toNode, capacityFrames }) => ({
        fromNode,
        toNode,
        capacityFrames,
      })),
      [{ fromNode: 'plus', toNode: 'ema', capacityFrames: 0 }],
    );
    const links = await runtime.listLinks();
    assert.deepEqual(
      new Set(links.map(({ owner, delivery, capacityFrames }) => `${owner} ${delivery} ${capacityFrames}`)),
      new Set(['pipelines/line 3 64']),
    );
  });

  it('phase 2: tell every fault of a config at once', async () => {
    const config = {
      nodes: [
        { id: 'a', type: 'Gian' },
        { id: 'a', type: 'Gain' },
      ],
      pipelineConfig: { maxConcurrent: 2000 },
    };
    const { valid, faults } = await call('validatePipeline', config);
    assert.equal(valid, false);
    assert.deepEqual(
      faults.map(({ path, code }) => `${path} ${code}`),
      [
        'nodes[0].type PROCESSOR_TYPE_UNKNOWN',
        'nodes[1].id ID_TAKEN',
        'pipeline_config.max_concurrent FIELD_INVALID',
      ],
    );
    await assert.rejects(
      create({ pipelineId: 'bad', ...config }),
      ({ code, faults: all }: StreamlibError) => code === 'PROCESSOR_TYPE_UNKNOWN' && all.length === 3,
    );
    const newer = await call('validatePipeline', { ...LINE, pipelineConfig: { mode: 7 } });
    assert.deepEqual(
      newer.faults.map(({ message }) => message),
      ['pipeline_config.mode must be one of continuous, pooled, was 7'],
    );
    const right = await call('validatePipeline', LINE);
    assert.deepEqual([right.valid, right.nodeOrder], [true, ['plus', 'ema']]);
  });

  it('phase 2: take triggers through their source, and end when every frame is through', async () => {
    await create();
    await runtime.start();
    await eventually(isRunning, 'it runs');
    for (let i = 0; i < 100; i++) {
      const trigger = () => call('triggerPipeline', { pipelineId: 'line', frame: frame(i, i) });
      const isTaken = () =>
        trigger().then(
          ({ sequenceId }) => sequenceId === BigInt(i),
          ({ code }: StreamlibError) => code !== 'QUEUE_FULL',
        );
      await eventually(isTaken, `frame ${i} is taken`);
    }
    await runtime.stop();
    const { metrics } = await runtime.getProcessor('line.out--ema');
    assert.equal(metrics?.framesIn, 100n);
    for (const { counters } of await runtime.listLinks())
      assert.deepEqual([counters?.produced, counters?.delivered], [100n, 100n]);
    assert.equal((await call('getPipelineStats', { pipelineId: 'line' })).stats?.triggers, 100n);
    assert.equal((await call('getPipeline', { pipelineId: 'line' })).pipeline?.state, PipelineState.STOPPED);
  });

  it('phase 2: lose no frame that was taken, whenever the stop comes', async () => {
    await create();
    for (let round = 1; round <= 4; round++) {
      await runtime.start();
      let taken = 0;
      const triggerUntilRefused = async (): Promise<string> => {
        for (;;) {
          // NB: answers within the thread come without a turn of the event loop.
          await setImmediate();
          const code = await call('triggerPipeline', { pipelineId: 'line', frame: frame(0, 0) }).then(
            () => 'OK',
            (error: StreamlibError) => error.code,
          );
          if (code === 'OK') taken++;
          else if (code !== 'QUEUE_FULL') return code;
        }
      };
      const refusals = [1, 2, 3].map(triggerUntilRefused);
      await eventually(() => taken > 20 * round, 'some are taken');
      await runtime.stop();
      assert.deepEqual(new Set(await Promise.all(refusals)), new Set(['NOT_RUNNING']));
      const { stats } = await call('getPipelineStats', { pipelineId: 'line' });
      const { metrics } = await runtime.getProcessor('line.out--ema');
      assert.deepEqual([round, metrics?.framesIn], [round, stats?.triggers]);
    }
  });

  it('phase 2: end gracefully by closing, in the words of an embedding program', async () => {
    const config = {
      pipeline_id: 'line',
      nodes: LINE.nodes.map(({ id, type }) => ({ id, type })),
      connections: [{ from: 'plus', to: 'ema' }],
      pipeline_config: { channel_capacity: 2 },
    };
    const pipeline = await AsyncPipeline.create(config, runtime);
    await runtime.start();
    for (let i = 0; i < 20; i++) {
      const isTaken = () =>
        pipeline.trigger({ timestampUs: 0, sequenceId: i, payload: { value: [i] } }).then(
          () => true,
          ({ code }: StreamlibError) => code !== 'QUEUE_FULL',
        );
      await eventually(isTaken, `frame ${i} is taken`);
    }
    await pipeline.drain();
    assert.equal((await runtime.getProcessor('line.out--ema')).metrics?.framesIn, 20n);
    await assert.rejects(pipeline.trigger(), { code: 'NOT_RUNNING' });
    assert.equal((await call('getPipeline', { pipelineId: 'line' })).pipeline?.state, PipelineState.STOPPED);
    await pipeline.abort();
    assert.deepEqual(await runtime.listProcessors(), []);
    await assert.rejects(AsyncPipeline.create({ nodes: [{ id: 1 }] }, runtime), { code: 'FIELD_INVALID' });
  });

  it('phase 3: execute frames on instances in the lane of all pools', async () => {
    await create();
    await runtime.start();
    const executions = Array.from({ length: 40 }, (_, i) =>
      valuesOf({ pipelineId: 'line', frame: frame(i, i, i + 2) }),
    );
    for (const [i, values] of (await Promise.all(executions)).entries())
      assert.deepEqual(values, [[i + 1, i + 2]]);
    const { stats } = await call('getPipelineStats', { pipelineId: 'line' });
    assert.deepEqual([stats?.executions, stats?.succeeded, stats?.inUse, stats?.waiting], [40n, 40n, 0, 0]);
    assert.equal((await runtime.getProcessor('line.pool--')).laneId, 'pools');
    await eventually(async () => {
      const { stats: now } = await call('getPipelineStats', { pipelineId: 'line' });
      return now?.instancesCreated === 8n ? now.idle === 8 : now?.idle === Number(now?.instancesCreated);
    }, 'the instances are back');
  });

  it('phase 3: a node that takes long holds up neither the API nor a deadline', async () => {
    await create({
      pipelineId: 'slow',
      nodes: [{ id: 'block', type: 'test.Blocker' }],
      pipelineConfig: { mode: PipelineMode.POOLED },
    });
    await runtime.start();
    assert.deepEqual(await valuesOf({ pipelineId: 'slow', frame: frame(0, 0) }), [[0]]);
    const slow = valuesOf({ pipelineId: 'slow', frame: frame(0, 1000) });
    const late = valuesOf({ pipelineId: 'slow', frame: frame(1, 0), timeout: { nanos: 20_000_000 } });
    let isDone = false;
    const done = slow.then(() => {
      isDone = true;
    });
    await runtime.getState();
    await assert.rejects(late, { code: 'DEADLINE_EXCEEDED' });
    assert.equal(isDone, false);
    await done;
    assert.deepEqual(await slow, [[1000]]);
  });

  it('phase 3: are pooled alone where their mode says so', async () => {
    const { pipeline } = await create({ ...LINE, pipelineConfig: { mode: PipelineMode.POOLED } });
    assert.deepEqual(pipeline?.processorIds, ['line.pool--']);
    await assert.rejects(call('triggerPipeline', { pipelineId: 'line' }), { code: 'NOT_RUNNING' });
    await assert.rejects(call('executePipeline', { pipelineId: 'line', frame: frame(0, 1) }), {
      code: 'NOT_RUNNING',
      message: 'the runtime must run, was initial',
    });
    await runtime.start();
    assert.deepEqual(await valuesOf({ pipelineId: 'line', frame: frame(0, 1) }), [[2]]);
  });

  it('follow edits of their part of the graph, in the graph and in the pool', async () => {
    await create();
    await runtime.start();
    assert.deepEqual(await valuesOf({ pipelineId: 'line', frame: frame(0, 1) }), [[2]]);
    await runtime.execute(
      { case: 'updateProcessor', value: { processorId: 'line.plus', config: { amount: 10 } } },
      { owner: 'pipelines/line', wait: 'effective' },
    );
    await eventually(
      async () => (await valuesOf({ pipelineId: 'line', frame: frame(0, 1) }))[0]?.[0] === 11,
      'instances are new',
    );
    const { pipeline } = await call('getPipeline', { pipelineId: 'line' });
    assert.deepEqual(pipeline?.nodes[0]?.config, { amount: 10 });
    await eventually(() => typesOfEvents().includes('PipelineUpdated'), 'it is told');
  });

  it('tell when they come, change their state and go', async () => {
    await create();
    await runtime.start();
    await eventually(isRunning, 'it runs');
    await runtime.stop();
    await call('deletePipeline', { pipelineId: 'line' });
    await eventually(() => typesOfEvents().includes('PipelineRemoved'), 'it is told');
    const [first, ...rest] = typesOfEvents();
    assert.equal(first, 'PipelineCreated');
    assert.equal(rest.pop(), 'PipelineRemoved');
    assert.deepEqual(new Set(rest), new Set(['PipelineStateChanged']));
    const states = events.flatMap(({ payload, topic }) =>
      payload.case === 'pipelineStateChanged' ? [`${topic} ${payload.value.toState}`] : [],
    );
    assert.equal(states.at(-1), `pipeline:line ${PipelineState.STOPPED}`);
    assert.ok(states.includes(`pipeline:line ${PipelineState.RUNNING}`));
    await assert.rejects(call('getPipeline', { pipelineId: 'line' }), { code: 'PIPELINE_NOT_FOUND' });
    assert.deepEqual(await runtime.listProcessors(), []);
  });

  it('fail with the node that failed first', async () => {
    await create({ pipelineId: 'line', nodes: [{ id: 'picky', type: 'test.Picky' }] });
    await runtime.start();
    await eventually(isRunning, 'it runs');
    await call('triggerPipeline', { pipelineId: 'line', frame: frame(13, 0) });
    await eventually(
      async () =>
        (await call('getPipeline', { pipelineId: 'line' })).pipeline?.state === PipelineState.FAILED,
      'it fails',
    );
    const { pipeline } = await call('getPipeline', { pipelineId: 'line' });
    assert.equal(pipeline?.error?.nodeId, 'picky');
    assert.equal(pipeline.error.error?.message, 'frame 13 is refused');
    await assert.rejects(call('triggerPipeline', { pipelineId: 'line', frame: frame(1, 0) }), {
      code: 'NOT_RUNNING',
    });
  });

  it('do not fail with a node that comes back by its restart strategy', async () => {
    const supervision = { restart: { strategy: RestartStrategy.IMMEDIATE } };
    await create({ pipelineId: 'line', nodes: [{ id: 'picky', type: 'test.Picky', supervision }] });
    await runtime.start();
    await eventually(isRunning, 'it runs');
    await call('triggerPipeline', { pipelineId: 'line', frame: frame(13, 0) });
    await eventually(
      async () => (await runtime.getProcessor('line.picky')).metrics?.restarts === 1n,
      'it is set up again',
    );
    await eventually(isRunning, 'the pipeline runs again');
    await call('triggerPipeline', { pipelineId: 'line', frame: frame(14, 0) });
    await eventually(
      async () => (await runtime.getProcessor('line.picky')).metrics?.framesOut === 1n,
      'frames flow',
    );
    const states = events.flatMap(({ payload }) =>
      payload.case === 'pipelineStateChanged' ? [payload.value.toState] : [],
    );
    assert.ok(states.includes(PipelineState.DEGRADED) && !states.includes(PipelineState.FAILED), `${states}`);
  });

  it('stop with a node that fails for good: sources end that would go on by themselves', async () => {
    await create({
      pipelineId: 'line',
      nodes: [
        { id: 'source', type: 'SystemMetrics', config: { rate_hz: 50 } },
        { id: 'picky', type: 'test.Picky', config: { refused: 2 } },
        { id: 'ema', type: 'Ema' },
      ],
      connections: [
        { fromNode: 'source', toNode: 'picky' },
        { fromNode: 'picky', toNode: 'ema' },
      ],
    });
    await runtime.start();
    for (const [id, state] of [
      ['source', ProcessorState.STOPPED],
      ['picky', ProcessorState.FAILED],
      ['ema', ProcessorState.STOPPED],
    ] as const)
      await eventually(
        async () => (await runtime.getProcessor(`line.${id}`)).state === state,
        `${id} is in state ${state}`,
      );
    const { pipeline } = await call('getPipeline', { pipelineId: 'line' });
    assert.deepEqual([pipeline?.state, pipeline?.error?.nodeId], [PipelineState.FAILED, 'picky']);
    await runtime.updateProcessor('line.picky', { config: { refused: 1e6 } }, { owner: 'pipelines/line' });
    for (const id of ['picky', 'ema', 'source']) await runtime.restartProcessor(`line.${id}`);
    await eventually(isRunning, 'it runs again once its nodes were restarted');
  });

  it('keep as many dead letters of each node as their settings say', async () => {
    await create({
      pipelineId: 'line',
      nodes: [
        { id: 'picky', type: 'test.Picky', supervision: { errorPolicy: ErrorPolicy.DEAD_LETTER } },
        { id: 'own', type: 'test.Picky', supervision: { maxDeadLetters: 7 } },
      ],
      connections: [{ fromNode: 'picky', toNode: 'own' }],
      pipelineConfig: { maxDeadLetters: 2 },
    });
    await runtime.start();
    await eventually(isRunning, 'it runs');
    for (let i = 0; i < 3; i++) await call('triggerPipeline', { pipelineId: 'line', frame: frame(13, i) });
    await eventually(
      async () => (await call('listDeadLetters', { processorId: 'line.picky' })).evicted === 1n,
      'the third evicts the first',
    );
    const { deadLetters } = await call('listDeadLetters', { processorId: 'line.picky' });
    assert.deepEqual(
      deadLetters.map(({ frame: of }) => of?.frame.case === 'data' && of.frame.value.payload.value?.values),
      [[1], [2]],
    );
    assert.equal((await runtime.getProcessor('line.own')).supervision?.maxDeadLetters, 7);
    const { pipeline } = await call('getPipeline', { pipelineId: 'line' });
    assert.deepEqual(
      pipeline?.nodes.map(({ supervision }) => supervision?.maxDeadLetters),
      [undefined, 7],
    );
  });

  it('cancel what waits or runs when they are removed', async () => {
    await create({
      pipelineId: 'wait',
      nodes: [{ id: 'wait', type: 'test.Waiter' }],
      pipelineConfig: { mode: PipelineMode.POOLED, maxConcurrent: 1 },
    });
    await runtime.start();
    assert.deepEqual(await valuesOf({ pipelineId: 'wait', frame: frame(0, 0) }), [[0]]);
    const codes = [1, 2].map((i) =>
      valuesOf({ pipelineId: 'wait', frame: frame(i, 1e9) }).then(
        () => 'OK',
        ({ code }: StreamlibError) => code,
      ),
    );
    await eventually(
      async () => (await call('getPipelineStats', { pipelineId: 'wait' })).stats?.waiting === 1,
      'one waits',
    );
    await call('deletePipeline', { pipelineId: 'wait' });
    assert.deepEqual(await Promise.all(codes), ['CANCELLED', 'CANCELLED']);
  });

  it('are listed in order of their ids, by state and label', async () => {
    await create({ ...LINE, pipelineId: 'b', labels: { team: 'x' } });
    await create({ ...LINE, pipelineId: 'a' });
    const idsOf = async (request: object) =>
      (await call('listPipelines', request)).pipelines.map(({ pipelineId }) => pipelineId);
    assert.deepEqual(await idsOf({}), ['a', 'b']);
    assert.deepEqual(await idsOf({ label: 'team=x' }), ['b']);
    assert.deepEqual(await idsOf({ state: PipelineState.RUNNING }), []);
    const { pipelines, nextPageToken } = await call('listPipelines', { pageSize: 1 });
    assert.equal(pipelines[0]?.pipelineId, 'a');
    assert.deepEqual(await idsOf({ pageToken: nextPageToken }), ['b']);
    await assert.rejects(create({ ...LINE, pipelineId: 'a' }), { code: 'ID_TAKEN' });
  });

  it('survive a restart of the server, pooled ones as well', async () => {
    await runtime.close();
    await begin(inFolder('state'));
    await create({
      ...LINE,
      displayName: 'A line',
      labels: { a: 'b' },
      pipelineConfig: { maxConcurrent: 3, executionTimeout: { seconds: 2n } },
    });
    await create({ ...LINE, pipelineId: 'pool', pipelineConfig: { mode: PipelineMode.POOLED } });
    const before = await call('listPipelines', {});
    await runtime.close();
    await begin(inFolder('state'));
    const after = await call('listPipelines', {});
    const shown = ({ pipelines }: typeof after) =>
      pipelines.map(({ createTime: _c, updateTime: _u, ...rest }) => rest);
    assert.deepEqual(shown(after), shown(before));
    await runtime.start();
    for (const pipelineId of ['line', 'pool'])
      assert.deepEqual(await valuesOf({ pipelineId, frame: frame(0, 1) }), [[2]]);
  });

  it('come back with a rollback', async () => {
    await create();
    await runtime.start();
    await call('deletePipeline', { pipelineId: 'line' });
    await runtime.execute({ case: 'rollbackGraph', value: { revision: 1n } }, { owner: 'pipelines/line' });
    assert.deepEqual(await valuesOf({ pipelineId: 'line', frame: frame(0, 1) }), [[2]]);
  });
});
