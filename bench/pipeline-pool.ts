import assert from 'node:assert/strict';
import {
  AsyncPipeline,
  type DataFrameValue,
  loadProcessorTypes,
  PipelinePool,
  StreamRuntime,
} from '../server/index.ts';
import type { JsonObject } from '../server/processor.ts';
import type { Benchmark } from './support/benchmark.ts';
import { VIBRATION } from './support/vibration-arithmetic.ts';

const MAX_CONCURRENT = 8;
const SAMPLES = 256;

/** Executions of one frame on pooled instances of a pipeline of 5 nodes, on this thread and in the lane of a runtime. */
export const pipelinePool: Benchmark = {
  name: 'pipeline-pool',
  measures: `executions of 5 nodes over ${SAMPLES} values at max_concurrent ${MAX_CONCURRENT}`,
  async run({ quick }) {
    const executions = quick ? 400 : 200_000;
    const local = await measureLocal(executions);
    const inLane = await measureInLane(executions);
    return [
      { name: 'on the calling thread', value: local.rate, unit: 'executions/s', target: { atLeast: 20_000 } },
      { name: 'instances made in steady state', value: local.created, unit: '', target: { atMost: 0 } },
      { name: 'in the lane of a runtime', value: inLane.rate, unit: 'executions/s' },
      {
        name: 'instances made in steady state there',
        value: inLane.created,
        unit: '',
        target: { atMost: 0 },
      },
    ];
  },
};

const { frequencyHz, sampleRateHz, gain, cutoffHz } = VIBRATION;
const ids = ['sine', 'gain', 'biquad', 'rms', 'sink'];
const CONFIG: JsonObject = {
  pipeline_id: 'vibration',
  nodes: [
    {
      id: 'sine',
      type: 'SineGenerator',
      config: { samples: SAMPLES, sample_rate_hz: sampleRateHz, frequency_hz: frequencyHz },
    },
    { id: 'gain', type: 'Gain', config: { gain } },
    { id: 'biquad', type: 'Biquad', config: { cutoff_hz: cutoffHz, sample_rate_hz: sampleRateHz } },
    { id: 'rms', type: 'Rms' },
    { id: 'sink', type: 'NullSink' },
  ],
  connections: ids.slice(1).map((to, i) => ({ from: ids[i] ?? '', to })),
  pipeline_config: { max_concurrent: MAX_CONCURRENT, mode: 'pooled' },
};

const FRAME: DataFrameValue = { timestampUs: 0, sequenceId: 1, payload: {} };

interface PoolRate {
  readonly rate: number;
  readonly created: number;
}

async function measureLocal(executions: number): Promise<PoolRate> {
  await using pool = await PipelinePool.create(CONFIG, { types: await loadProcessorTypes() });
  const execute = async (): Promise<number> => {
    const { outputs } = await pool.execute(FRAME).result;
    return outputs[0]?.frame.payload.value?.[0] ?? NaN;
  };
  return await measure(executions, execute, async () => pool.stats().instancesCreated);
}

async function measureInLane(executions: number): Promise<PoolRate> {
  const runtime = await StreamRuntime.create();
  try {
    const { pipelineId } = await AsyncPipeline.create(CONFIG, runtime);
    await runtime.start();
    const frame = { sequenceId: 1n };
    const execute = async (): Promise<number> => {
      const { result } = await runtime.execute({
        case: 'pipeline',
        value: { command: { case: 'executePipeline', value: { pipelineId, frame } } },
      });
      assert.equal(result.case, 'executePipeline');
      const { outputs } = result.value as {
        outputs: { frame?: { payload: Record<string, { values: number[] }> } }[];
      };
      return outputs[0]?.frame?.payload.value?.values[0] ?? NaN;
    };
    const created = async (): Promise<number> => {
      const { result } = await runtime.execute({
        case: 'pipeline',
        value: { command: { case: 'getPipelineStats', value: { pipelineId } } },
      });
      assert.equal(result.case, 'getPipelineStats');
      return Number((result.value as { stats?: { instancesCreated: bigint } }).stats?.instancesCreated);
    };
    return await measure(executions, execute, created);
  } finally {
    await runtime.close();
  }
}

/** Callers enough to keep every instance busy; each answer must be that of a new instance. */
async function measure(
  executions: number,
  execute: () => Promise<number>,
  instancesCreated: () => Promise<number>,
): Promise<PoolRate> {
  const expected = await execute();
  const round = async (count: number): Promise<void> => {
    let left = count;
    const callers = Array.from({ length: MAX_CONCURRENT * 4 }, async () => {
      while (left-- > 0) assert.equal(await execute(), expected);
    });
    await Promise.all(callers);
  };
  await round(Math.ceil(executions / 4));
  const createdBefore = await instancesCreated();
  const startedMs = performance.now();
  await round(executions);
  const tookMs = performance.now() - startedMs;
  return { rate: (executions / tookMs) * 1000, created: (await instancesCreated()) - createdBefore };
}
