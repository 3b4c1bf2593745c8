import { parseArgs } from 'node:util';
import { commandExecution } from './command-execution.ts';
import { commandRoundTrip } from './command-round-trip.ts';
import { eventEmission } from './event-emission.ts';
import { graphEdit } from './graph-edit.ts';
import { linkRate } from './link-rate.ts';
import { stateRead } from './state-read.ts';
import type { Benchmark, Measurement } from './support/benchmark.ts';
import { resultTable, writeResults } from './support/results.ts';

// npm run bench [-- NAME… --quick --out FILE]

const benchmarks: readonly Benchmark[] = [
  commandRoundTrip,
  commandExecution,
  eventEmission,
  stateRead,
  graphEdit,
  linkRate,
];

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    quick: { type: 'boolean', default: false },
    out: { type: 'string', default: `${import.meta.dirname}/out/results.json` },
  },
});
const unknown = positionals.filter((name) => !benchmarks.some((benchmark) => benchmark.name === name));
if (unknown.length > 0) {
  const names = benchmarks.map(({ name }) => name).join(', ');
  console.error(`NAME must be one of ${names}, was ${unknown.join(', ')}`);
  process.exit(2);
}

const measurements: Measurement[] = [];
for (const { name, measures, run } of benchmarks) {
  if (positionals.length > 0 && !positionals.includes(name)) continue;
  console.log(`${name}: ${measures}`);
  try {
    for (const measurement of await run({ quick: values.quick }))
      measurements.push({ ...measurement, name: `${name}: ${measurement.name}` });
  } catch (error) {
    console.error(`${name} failed:`, error);
    process.exitCode = 1;
  }
}
console.log(`\n${resultTable(measurements)}`);
writeResults(values.out, measurements);
