import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mediansOfRounds } from './support/alternating-rounds.ts';
import type { Benchmark } from './support/benchmark.ts';
import { compileRuntime } from './support/compiled-runtime.ts';
import type { IdleThreadsCost, IdleThreadsRequest } from './support/idle-threads.ts';
import { median } from './support/statistics.ts';

const PROGRAM = new URL('./support/idle-threads.ts', import.meta.url);

/** What a lane that hosts nothing costs beside a worker that does nothing, each in a process of its own. */
export const laneMemory: Benchmark = {
  name: 'lane-memory',
  measures:
    'an idle lane, compiled as in a package, against a bare worker: growth of the process from 8 to 16 of them',
  async run({ quick }) {
    const threads = quick ? 2 : 8;
    using compiled = compileRuntime();
    const laneEntry = compiled.module('server/runtime/lane/lane-entry.ts');
    const costs: { lane: IdleThreadsCost[]; bare: IdleThreadsCost[] } = { lane: [], bare: [] };
    const measure = async (kind: 'lane' | 'bare') => {
      const cost = await costOf(kind === 'lane' ? { laneEntry, threads } : { threads });
      costs[kind].push(cost);
      return cost.residentMb;
    };
    const { lane, bare } = await mediansOfRounds(quick ? 1 : 5, {
      lane: () => measure('lane'),
      bare: () => measure('bare'),
    });
    const heapMb = (kind: 'lane' | 'bare') => median(costs[kind].map((cost) => cost.heapMb));
    const startMs = (kind: 'lane' | 'bare') => median(costs[kind].map((cost) => cost.startMs));
    return [
      { name: 'resident memory of an idle lane', value: lane, unit: 'MB' },
      { name: 'resident memory of a bare worker', value: bare, unit: 'MB' },
      { name: 'lane beyond worker', value: lane - bare, unit: 'MB', target: { atMost: 2 } },
      { name: 'heap used in an idle lane', value: heapMb('lane'), unit: 'MB' },
      { name: 'heap used in a bare worker', value: heapMb('bare'), unit: 'MB' },
      { name: 'start of a lane', value: startMs('lane'), unit: 'ms' },
      { name: 'start of a bare worker', value: startMs('bare'), unit: 'ms' },
      {
        name: 'start, lane : worker',
        value: startMs('lane') / startMs('bare'),
        unit: '×',
        target: { atMost: 1.5 },
      },
    ];
  },
};

async function costOf(request: IdleThreadsRequest): Promise<IdleThreadsCost> {
  const program = fork(PROGRAM);
  const exited = once(program, 'exit');
  const answered = once(program, 'message');
  program.send(request);
  const [answer] = await Promise.race([answered, exited.then(() => [undefined])]);
  await exited;
  if (answer === undefined) throw new Error(`the program with idle threads ended with ${program.exitCode}`);
  return answer as IdleThreadsCost;
}
