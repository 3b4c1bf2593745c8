import assert from 'node:assert/strict';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { createUnmeasuredCounters } from '../server/runtime/lane/processor-counters.ts';
import { createBenchRuntime } from './support/bench-runtime.ts';
import type { Benchmark } from './support/benchmark.ts';
import { chainedSpecs } from './support/chained-graph.ts';

const PROCESSORS = 10_000;

/** What a processor costs the server that is in the graph and does not run, with its link. */
export const graphMemory: Benchmark = {
  name: 'graph-memory',
  measures: 'memory of processors in a graph that is not running, with a link each or nearly',
  async run({ quick }) {
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    await using bench = await createBenchRuntime();
    const { runtime } = bench;
    const { processors, links } = chainedSpecs(quick ? 500 : PROCESSORS);
    // What code and caches cost is there before.
    await runtime.addProcessor({ type: 'Gain', id: 'first' });
    collect();
    const before = process.memoryUsage();
    const edits = [
      ...processors.map(({ processorId, processorType }) => ({
        edit: {
          case: 'addProcessor' as const,
          value: { processor: { processorId, processorType } },
        },
      })),
      ...links.map(({ linkId, from, to }) => ({
        edit: {
          case: 'connect' as const,
          value: {
            link: {
              linkId,
              fromProcessor: from.processorId,
              fromPort: from.port,
              toProcessor: to.processorId,
              toPort: to.port,
            },
          },
        },
      })),
    ];
    await runtime.execute({ case: 'applyGraph', value: { edits } });
    await new Promise((resolve) => setTimeout(resolve, 200));
    collect();
    collect();
    const after = process.memoryUsage();
    assert.equal((await runtime.listProcessors()).length, processors.length + 1);
    const kib = (bytes: number) => bytes / processors.length / 1024;
    return [
      {
        name: 'heap and counters of one processor',
        value: kib(after.heapUsed - before.heapUsed) + createUnmeasuredCounters().byteLength / 1024,
        unit: 'KiB',
        target: { atMost: 4 },
      },
      { name: 'growth of the process', value: kib(after.rss - before.rss), unit: 'KiB' },
    ];
  },
};
