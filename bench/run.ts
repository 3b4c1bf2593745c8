import './support/production-mode.ts';
import { parseArgs } from 'node:util';
import { CHECKED } from '../server/runtime/frame/slot-reference.ts';
import { applyGraph } from './apply-graph.ts';
import { cliStatus } from './cli-status.ts';
import { clientOverheadGo } from './client-overhead-go.ts';
import { commandExecution } from './command-execution.ts';
import { commandRoundTrip } from './command-round-trip.ts';
import { dataPipeline } from './data-pipeline.ts';
import { dataflowPeers } from './dataflow-peers.ts';
import { durableCommands } from './durable-commands.ts';
import { eventBrowser } from './event-browser.ts';
import { eventEmission } from './event-emission.ts';
import { eventFanOut } from './event-fan-out.ts';
import { eventIdle } from './event-idle.ts';
import { eventIdleLatency } from './event-idle-latency.ts';
import { eventStalled } from './event-stalled.ts';
import { fft } from './fft.ts';
import { fusedChain } from './fused-chain.ts';
import { graphEdit } from './graph-edit.ts';
import { graphMemory } from './graph-memory.ts';
import { journalAppend } from './journal-append.ts';
import { laneMemory } from './lane-memory.ts';
import { linkRate } from './link-rate.ts';
import { liveEdit } from './live-edit.ts';
import { metricsCost } from './metrics-cost.ts';
import { pipelinePool } from './pipeline-pool.ts';
import { ringRate } from './ring-rate.ts';
import { runnerRate } from './runner-rate.ts';
import { startUp } from './start-up.ts';
import { stateRead } from './state-read.ts';
import { steadyHeap } from './steady-heap.ts';
import { strategyVm } from './strategy-vm.ts';
import type { Benchmark, Measurement } from './support/benchmark.ts';
import { resultTable, writeResults } from './support/results.ts';
import { tap } from './tap.ts';
import { unary } from './unary.ts';
import { videoFanOut } from './video-fan-out.ts';
import { videoPipeline } from './video-pipeline.ts';
import { wakeUp } from './wake-up.ts';
import { wholePath } from './whole-path.ts';

// npm run bench [-- NAME… --quick --seed NUMBER --out FILE]

const benchmarks: readonly Benchmark[] = [
  commandRoundTrip,
  commandExecution,
  eventEmission,
  eventBrowser,
  eventIdleLatency,
  eventFanOut,
  eventStalled,
  eventIdle,
  stateRead,
  unary,
  durableCommands,
  startUp,
  graphEdit,
  graphMemory,
  applyGraph,
  journalAppend,
  linkRate,
  ringRate,
  wholePath,
  fusedChain,
  tap,
  dataPipeline,
  dataflowPeers,
  metricsCost,
  steadyHeap,
  pipelinePool,
  fft,
  wakeUp,
  videoFanOut,
  videoPipeline,
  liveEdit,
  laneMemory,
  strategyVm,
  runnerRate,
  clientOverheadGo,
  cliStatus,
];

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    quick: { type: 'boolean', default: false },
    seed: { type: 'string' },
    out: { type: 'string', default: `${import.meta.dirname}/out/results.json` },
  },
});
const unknown = positionals.filter((name) => !benchmarks.some((benchmark) => benchmark.name === name));
if (unknown.length > 0) {
  const names = benchmarks.map(({ name }) => name).join(', ');
  console.error(`NAME must be one of ${names}, was ${unknown.join(', ')}`);
  process.exit(2);
}

const seed = values.seed === undefined ? undefined : Number(values.seed);
if (seed !== undefined && !Number.isSafeInteger(seed)) {
  console.error(`--seed must be a whole number, was ${values.seed}`);
  process.exit(2);
}

const measurements: Measurement[] = [];
console.log(
  `NODE_ENV=${process.env.NODE_ENV}: ${CHECKED ? 'each access of a frame is checked' : 'frames are not checked'}`,
);
for (const { name, measures, run } of benchmarks) {
  if (positionals.length > 0 && !positionals.includes(name)) continue;
  console.log(`${name}: ${measures}`);
  try {
    for (const measurement of await run({ quick: values.quick, ...(seed !== undefined && { seed }) }))
      measurements.push({ ...measurement, name: `${name}: ${measurement.name}` });
  } catch (error) {
    console.error(`${name} failed:`, error);
    process.exitCode = 1;
  }
}
console.log(`\n${resultTable(measurements)}`);
writeResults(values.out, measurements);
