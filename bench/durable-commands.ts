import assert from 'node:assert/strict';
import { closeSync, fdatasyncSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { StreamRuntime } from '../server/runtime/stream-runtime.ts';
import { mediansOfRounds } from './support/alternating-rounds.ts';
import { createBenchRuntime } from './support/bench-runtime.ts';
import type { Benchmark } from './support/benchmark.ts';
import { HttpClient } from './support/http-client.ts';
import { startServer } from './support/start-server.ts';
import { median } from './support/statistics.ts';

const CLIENTS = 16;
/** What one command writes, roughly. */
const RECORD_BYTES = 512;

/** Accepted commands that survive a crash against those that do not, and what one of them waits for the disk. */
export const durableCommands: Benchmark = {
  name: 'durable-commands',
  measures: `commands of ${CLIENTS} clients with a durable journal against --ephemeral, and of one against fdatasync`,
  async run({ quick }) {
    const directory = mkdtempSync(join(tmpdir(), 'streamlib-bench-'));
    try {
      await using durable = await createBenchRuntime({ stateDirectory: join(directory, 'state') });
      await using ephemeral = await createBenchRuntime();
      await using client = new HttpClient();
      const sync = new BareSync(join(directory, 'bare'));
      const served = { durable: await serve(durable.runtime), ephemeral: await serve(ephemeral.runtime) };
      const calls = quick ? 32 : 1_500;
      const commands = quick ? 64 : 4_000;
      const singles = quick ? 10 : 300;
      const measured = await mediansOfRounds(quick ? 1 : 11, {
        durableCalls: () => callRate(client, served.durable, calls),
        ephemeralCalls: () => callRate(client, served.ephemeral, calls),
        durable: () => commandRate(durable.runtime, CLIENTS, commands),
        ephemeral: () => commandRate(ephemeral.runtime, CLIENTS, commands),
        single: () => commandLatency(durable.runtime, singles),
        sync: () => sync.latency(singles),
      });
      sync.close();
      return [
        { name: `PATCH of ${CLIENTS} clients, durable`, value: measured.durableCalls, unit: '1/s' },
        { name: `PATCH of ${CLIENTS} clients, ephemeral`, value: measured.ephemeralCalls, unit: '1/s' },
        {
          name: 'PATCH, durable : ephemeral',
          value: measured.durableCalls / measured.ephemeralCalls,
          unit: '×',
          target: { atLeast: 0.8 },
        },
        { name: `${CLIENTS} callers in the process, durable`, value: measured.durable, unit: '1/s' },
        { name: `${CLIENTS} callers in the process, ephemeral`, value: measured.ephemeral, unit: '1/s' },
        { name: 'durable, one client, p50', value: measured.single, unit: 'µs' },
        { name: 'bare write and fdatasync, p50', value: measured.sync, unit: 'µs' },
        {
          name: 'one client : fdatasync',
          value: measured.single / measured.sync,
          unit: '×',
          target: { atMost: 2 },
        },
      ];
    } finally {
      rmSync(directory, { recursive: true, force: true });
    }
  },
};

/** Adds the processor that is changed and the API; answers the processor's URL. */
async function serve(runtime: StreamRuntime): Promise<string> {
  await runtime.addProcessor({ type: 'Gain', id: 'target' });
  return `${await startServer(runtime)}/api/processors/target`;
}

const PATCHES = Array.from({ length: 1_000 }, (_, gain) => JSON.stringify({ config: { gain } }));

function callRate(client: HttpClient, url: string, calls: number): Promise<number> {
  return client.rate({ url, calls, patches: PATCHES, connections: CLIENTS, expected: '"target"' });
}

let lastGain = 0;

/** Each command changes something, so that it makes a revision. */
async function change(runtime: StreamRuntime): Promise<void> {
  await runtime.updateProcessor('target', { config: { gain: ++lastGain % 1000 } });
}

async function commandRate(runtime: StreamRuntime, clients: number, commands: number): Promise<number> {
  const before = (await runtime.getState()).revision;
  let left = commands;
  const client = async () => {
    while (left-- > 0) await change(runtime);
  };
  const startedMs = performance.now();
  await Promise.all(Array.from({ length: clients }, client));
  const tookMs = performance.now() - startedMs;
  assert.equal(Number((await runtime.getState()).revision - before), commands);
  return (commands / tookMs) * 1000;
}

async function commandLatency(runtime: StreamRuntime, commands: number): Promise<number> {
  const tookUs: number[] = [];
  for (let i = 0; i < commands; i++) {
    const startedMs = performance.now();
    await change(runtime);
    tookUs.push((performance.now() - startedMs) * 1000);
  }
  return median(tookUs);
}

/** The disk alone: a record is appended to a file and waited for. */
class BareSync {
  readonly #file: number;
  readonly #record = Buffer.alloc(RECORD_BYTES, 1);

  constructor(path: string) {
    this.#file = openSync(path, 'w');
  }

  latency(writes: number): number {
    const tookUs: number[] = [];
    for (let i = 0; i < writes; i++) {
      const startedMs = performance.now();
      writeSync(this.#file, this.#record);
      fdatasyncSync(this.#file);
      tookUs.push((performance.now() - startedMs) * 1000);
    }
    return median(tookUs);
  }

  close(): void {
    closeSync(this.#file);
  }
}
