import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { createBenchRuntime } from './support/bench-runtime.ts';
import type { Benchmark } from './support/benchmark.ts';
import { compileRuntime } from './support/compiled-runtime.ts';
import { startServer } from './support/start-server.ts';
import { median } from './support/statistics.ts';

/** How long `streamlib status` takes, as a package has it, against a Node.js that does nothing. */
export const cliStatus: Benchmark = {
  name: 'cli-status',
  measures:
    'streamlib status from its start to its end, the first time and later ones, and a node that does nothing',
  async run({ quick }) {
    const rounds = quick ? 1 : 15;
    await using bench = await createBenchRuntime();
    const url = await startServer(bench.runtime);
    using compiled = compileRuntime();
    const status = [fileURLToPath(compiled.module('server/main.ts')), 'status', '--url', url];
    const [first, later, nothing]: [number[], number[], number[]] = [[], [], []];
    for (let round = 0; round < rounds; round++) {
      const cache = mkdtempSync(join(tmpdir(), 'streamlib-bench-cache-'));
      try {
        first.push(await timeMs(status, cache, /^STATUS/));
        later.push(await timeMs(status, cache, /^STATUS/));
        nothing.push(await timeMs(['--eval', '0'], cache, /^$/));
      } finally {
        rmSync(cache, { recursive: true, force: true });
      }
    }
    return [
      { name: 'the first time', value: median(first), unit: 'ms' },
      { name: 'later', value: median(later), unit: 'ms', target: { atMost: 250 } },
      { name: 'a node that does nothing', value: median(nothing), unit: 'ms' },
      { name: 'later : nothing', value: median(later) / median(nothing), unit: '×' },
    ];
  },
};

/** NB: not waited for in one go, since the server is this process. */
async function timeMs(args: readonly string[], cache: string, wanted: RegExp): Promise<number> {
  const startedMs = performance.now();
  const program = spawn(process.execPath, [...args], {
    env: { ...process.env, NODE_COMPILE_CACHE: cache },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [printed, [code]] = await Promise.all([text(program.stdout), once(program, 'exit')]);
  const tookMs = performance.now() - startedMs;
  assert.equal(code, 0);
  assert.match(printed, wanted);
  return tookMs;
}
