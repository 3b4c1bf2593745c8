import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { StreamRuntime } from '../server/runtime/stream-runtime.ts';
import { createBenchRuntime } from './support/bench-runtime.ts';
import type { Benchmark } from './support/benchmark.ts';
import { chainedSpecs, nodeId } from './support/chained-graph.ts';
import { compileRuntime } from './support/compiled-runtime.ts';
import { median } from './support/statistics.ts';

const PROCESSORS = 10_000;
const REVISIONS = 100_000;
/** So many edits wait for the disk at a time. */
const IN_FLIGHT = 256;
const LISTENING = /^streamlib listening on (http:\S+)$/m;

/** How long a server takes until it listens, with a large graph that is stopped and a long history behind it. */
export const startUp: Benchmark = {
  name: 'start-up',
  measures: `from starting a server to its start-up line, with ${PROCESSORS} processors and ${REVISIONS} revisions`,
  async run({ quick }) {
    const [processors, revisions, rounds] = quick ? [50, 200, 1] : [PROCESSORS, REVISIONS, 5];
    const directory = mkdtempSync(join(tmpdir(), 'streamlib-bench-'));
    using compiled = compileRuntime();
    const main = fileURLToPath(compiled.module('server/main.ts'));
    try {
      const [state, none] = [join(directory, 'state'), join(directory, 'none')];
      await writeHistory(state, processors, revisions);
      const full: number[] = [];
      const empty: number[] = [];
      for (let round = 0; round < rounds; round++) {
        full.push(await timeStart(main, state, processors));
        empty.push(await timeStart(main, none, 0));
      }
      return [
        { name: 'with the journal', value: median(full) / 1000, unit: 's', target: { atMost: 3 } },
        { name: 'with none', value: median(empty) / 1000, unit: 's' },
      ];
    } finally {
      rmSync(directory, { recursive: true, force: true });
    }
  },
};

async function writeHistory(stateDirectory: string, size: number, revisions: number): Promise<void> {
  await using bench = await createBenchRuntime({ stateDirectory });
  const { runtime } = bench;
  const { processors, links } = chainedSpecs(size);
  await inParallel(processors, ({ processorId }) => runtime.addProcessor({ type: 'Gain', id: processorId }));
  await inParallel(links, ({ linkId, from, to }) => runtime.connect(from, to, { id: linkId }));
  const left = revisions - processors.length - links.length;
  const edits = Array.from({ length: left }, (_, i) => i);
  await inParallel(edits, (i) => edit(runtime, i, size));
  // What was stopped is restored and not started: the start of 10,000 processors is another matter.
  await runtime.stop();
  assert.equal(Number((await runtime.getState()).revision), revisions);
}

const edit = (runtime: StreamRuntime, i: number, size: number) =>
  runtime.updateProcessor(nodeId(i % size), { config: { gain: 1 + (i % 900) } });

async function inParallel<Item>(
  items: readonly Item[],
  work: (item: Item) => Promise<unknown>,
): Promise<void> {
  let next = 0;
  const worker = async () => {
    while (next < items.length) await work(items[next++] as Item);
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, worker));
}

async function timeStart(main: string, state: string, processors: number): Promise<number> {
  const startedMs = performance.now();
  const server = spawn(process.execPath, [main, 'serve', '--port', '0', '--state', state], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const url = await listening(server);
  const tookMs = performance.now() - startedMs;
  const answer = await fetch(`${url}/api/processors?owner=&page_size=10000`);
  const { processors: listed } = (await answer.json()) as { processors: unknown[] };
  assert.equal(listed.length, processors);
  const ended = once(server, 'exit');
  server.kill('SIGTERM');
  await ended;
  return tookMs;
}

async function listening(server: ChildProcess): Promise<string> {
  let text = '';
  for await (const part of server.stdout as NonNullable<ChildProcess['stdout']>) {
    text += String(part);
    const found = LISTENING.exec(text)?.[1];
    if (found !== undefined) return found;
  }
  throw new Error(`the server ended before it listened: ${text}`);
}
