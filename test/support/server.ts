import assert from 'node:assert/strict';
import { createRooms } from '../../server/rooms.ts';
import type { JsonObject } from '../../server/runtime/json.ts';
import type { LogRecord } from '../../server/runtime/log.ts';
import { createLog, type Log } from '../../server/runtime/logging.ts';
import { StreamRuntime } from '../../server/runtime/stream-runtime.ts';
import type { StreamRuntimeOptions } from '../../server/runtime/stream-runtime-options.ts';
import { TEST_REGISTRIES } from './test-runtime.ts';

/** The id of the server's processor. */
export const API_SERVER = 'api-server';

const RPC_REGISTRY = new URL('../../server/rpc/index.ts', import.meta.url).href;

/** How the server of a test is to be. */
export interface TestServerOptions {
  readonly config?: JsonObject;
  readonly runtime?: StreamRuntimeOptions;
  /** Types beside those of every test. */
  readonly registries?: readonly string[];
}

/**
 * A runtime with its server on a free port of loopback. Closing it fails when a connection had to be ended by
 * force or when the server logged anything that it should not have met.
 */
export class TestServer implements AsyncDisposable {
  readonly runtime: StreamRuntime;
  readonly url: string;
  readonly port: number;
  /** What the server logged from `warn` on. A test that expects some takes it out. */
  readonly complaints: LogRecord[];

  private constructor(runtime: StreamRuntime, url: string, complaints: LogRecord[]) {
    this.runtime = runtime;
    this.url = url;
    this.port = Number(new URL(url).port);
    this.complaints = complaints;
  }

  /** Starts the server; the graph is not started. */
  static async start({
    config = {},
    runtime: options = {},
    registries: more = [],
  }: TestServerOptions = {}): Promise<TestServer> {
    const complaints: LogRecord[] = [];
    const registries = [...TEST_REGISTRIES, RPC_REGISTRY, ...more];
    const runtime = await StreamRuntime.create({
      registries,
      rooms: createRooms,
      log: collectingLog(complaints),
      ...options,
    });
    const poll = options.autoPoll === false ? setInterval(() => runtime.pollCommands(), 1) : undefined;
    try {
      const url = await listeningUrl(runtime, { port: 0, ...config });
      return new TestServer(runtime, url, complaints);
    } catch (error) {
      await runtime.close();
      throw error;
    } finally {
      clearInterval(poll);
    }
  }

  async close(): Promise<void> {
    await this.runtime.close();
    assert.deepEqual(
      this.complaints.map(({ message, fields }) => ({ message, fields })),
      [],
      'the server complained',
    );
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

async function listeningUrl(runtime: StreamRuntime, config: JsonObject): Promise<string> {
  const listening = Promise.withResolvers<string>();
  using _listener = runtime.events.subscribe(`processor:${API_SERVER}`, ({ payload }) => {
    if (payload.case === 'custom' && payload.value.name === 'listening') {
      listening.resolve(String(payload.value.data?.url));
    }
  });
  await runtime.addService({ type: 'ApiServer', id: API_SERVER, config });
  return await listening.promise;
}

function collectingLog(complaints: LogRecord[]): Log {
  const silent = createLog({ '': 'silent' });
  return {
    levels: { '': 'warn' },
    area: silent.area,
    write(records) {
      complaints.push(...records.filter(({ processorId }) => processorId === API_SERVER));
    },
  };
}
