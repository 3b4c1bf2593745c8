import assert from 'node:assert/strict';
import { setImmediate as endOfTurn } from 'node:timers/promises';
import { inputPort, outputPort } from '../server/runtime/ids.ts';
import type { StreamRuntime } from '../server/runtime/stream-runtime.ts';
import { RUNTIME_STATUSES, wordOf } from '../server/runtime/vocabulary.ts';
import { createBenchRuntime } from './support/bench-runtime.ts';
import type { Benchmark, Measurement } from './support/benchmark.ts';
import { percentile } from './support/statistics.ts';

const CALLS_PER_TURN = 16;

/** How long the runtime loop takes for one command, from its call to its settled answer, without any queue. */
export const commandExecution: Benchmark = {
  name: 'command-execution',
  measures: 'one command in the loop, by kind, in a graph that is not started',
  async run({ quick }) {
    const calls = quick ? 200 : 5000;
    await checkCommands();
    await using bench = await createBenchRuntime();
    const { runtime } = bench;
    await runtime.addProcessor({ type: 'SineGenerator', id: 'source' });
    const kinds: Record<string, (i: number) => Promise<unknown>> = {
      getState: () => runtime.getState(),
      addProcessor: (i) => runtime.addProcessor({ type: 'Gain', id: `gain-${i}`, config: { gain: 0.5 } }),
      connect: (i) => connect(runtime, `gain-${i}`),
      updateProcessor: (i) => runtime.updateProcessor(`gain-${i}`, { config: { gain: 2 } }),
    };
    const measurements: Measurement[] = [];
    for (const [kind, call] of Object.entries(kinds)) {
      const tookUs = await timeEach(calls, call);
      measurements.push(
        { name: `${kind} p50`, value: percentile(tookUs, 0.5), unit: 'µs' },
        { name: `${kind} p99`, value: percentile(tookUs, 0.99), unit: 'µs' },
      );
    }
    assert.equal((await runtime.getState()).revision, BigInt(1 + 3 * calls), 'one revision per change');
    return measurements;
  },
};

const connect = (runtime: StreamRuntime, to: string) =>
  runtime.connect(outputPort('source', 'audio'), inputPort(to, 'audio_in'), { id: `to-${to}` });

async function checkCommands(): Promise<void> {
  await using bench = await createBenchRuntime();
  const { runtime } = bench;
  await runtime.addProcessor({ type: 'SineGenerator', id: 'source' });
  await runtime.addProcessor({ type: 'Gain', id: 'gain', config: { gain: 0.5 } });
  const { link } = await connect(runtime, 'gain');
  assert.equal(link.toProcessor, 'gain');
  const { processor } = await runtime.updateProcessor('gain', { config: { gain: 2 } });
  assert.deepEqual(processor.config, { gain: 2 });
  const state = await runtime.getState();
  assert.deepEqual([wordOf(RUNTIME_STATUSES, state.status), state.revision], ['initial', 4n]);
}

async function timeEach(calls: number, call: (i: number) => Promise<unknown>): Promise<Float64Array> {
  const tookUs = new Float64Array(calls);
  for (let i = 0; i < calls; i++) {
    const startedMs = performance.now();
    await call(i);
    tookUs[i] = (performance.now() - startedMs) * 1000;
    // The end of a turn, so that events leave as they do in the loop.
    if (i % CALLS_PER_TURN === 0) await endOfTurn();
  }
  return tookUs;
}
