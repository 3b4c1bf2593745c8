import assert from 'node:assert/strict';
import type { StreamRuntime } from '../server/runtime/stream-runtime.ts';
import { mediansOfRounds } from './support/alternating-rounds.ts';
import { askProcessor } from './support/ask-processor.ts';
import { createBenchRuntime } from './support/bench-runtime.ts';
import type { Benchmark, Measurement } from './support/benchmark.ts';
import { serveOfferedPorts } from './support/serve-port.ts';

const IN_FLIGHT = 64;
/** Rounds are short and many, so that what disturbs the machine spoils a few of them and not all. */
const CALLS = { getState: 3200, updateProcessor: 640 } as const;

/**
 * Calls from another thread through the command queue, against the same handler on the same thread that is called
 * by one message per call and answers by one message per call.
 */
export const commandRoundTrip: Benchmark = {
  name: 'command-round-trip',
  measures: `commands from a lane, ${IN_FLIGHT} in flight: through the queue against one message per call`,
  async run({ quick }) {
    await using bench = await createBenchRuntime();
    const { runtime } = bench;
    using _ports = serveOfferedPorts(runtime);
    await runtime.addProcessor({ type: 'Delay', id: 'target' });
    await runtime.addService({ type: 'bench.CommandCaller', id: 'caller' });
    const measurements: Measurement[] = [];
    for (const command of ['getState', 'updateProcessor'] as const) {
      const calls = quick ? 200 : CALLS[command];
      const { queue, port } = await mediansOfRounds(quick ? 1 : 41, {
        queue: () => callRate(runtime, { way: 'queue', command, calls }),
        port: () => callRate(runtime, { way: 'port', command, calls }),
      });
      measurements.push(
        { name: `${command} through the queue`, value: queue, unit: '1/s' },
        { name: `${command}, one message per call`, value: port, unit: '1/s' },
        {
          name: `${command}, queue : message per call`,
          value: queue / port,
          unit: '×',
          target: { atLeast: 1 },
        },
      );
    }
    return measurements;
  },
};

async function callRate(
  runtime: StreamRuntime,
  request: { way: 'queue' | 'port'; command: 'getState' | 'updateProcessor'; calls: number },
): Promise<number> {
  const before = (await runtime.getState()).revision;
  const { took_us, calls } = await askProcessor(runtime, 'call', { ...request, in_flight: IN_FLIGHT });
  const revisions = Number((await runtime.getState()).revision - before);
  assert.equal(revisions, request.command === 'getState' ? 0 : calls, 'one revision per change');
  return (Number(calls) / Number(took_us)) * 1e6;
}
