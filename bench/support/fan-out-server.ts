import type { StreamRuntime } from '../../server/runtime/stream-runtime.ts';
import { createBenchRuntime } from './bench-runtime.ts';
import { cpuUsedUs } from './cpu-used.ts';
import type { OpenReaders } from './event-readers.ts';
import { publishSteadily } from './publish-steadily.ts';
import { type ReadEvents, ReadingProcess } from './reading-process.ts';
import { startBroadcaster } from './start-broadcaster.ts';
import { startServer } from './start-server.ts';

const TOPIC = 'load';

/** Who sends events to subscribers. */
export type FanOutServerKind = 'ApiServer' | 'broadcaster of ready bytes' | 'broadcaster that encodes';

/** How much is sent. */
export interface FanOutLoad {
  readonly door: OpenReaders['door'];
  readonly subscribers: number;
  readonly eventsPerSecond: number;
  readonly seconds: number;
}

/** What came of it. */
export interface FanOut extends ReadEvents {
  /** Of this process, emission included. */
  readonly cpuPerDeliveryUs: number;
}

/** A server of events on a runtime of its own, so that none takes the events of another, and who reads from it. */
export class FanOutServer implements AsyncDisposable {
  readonly #bench: { readonly runtime: StreamRuntime } & AsyncDisposable;
  readonly #port: number;
  readonly #readers = new ReadingProcess();

  static async start(kind: FanOutServerKind): Promise<FanOutServer> {
    const bench = await createBenchRuntime();
    const { runtime } = bench;
    if (kind !== 'ApiServer') {
      const config = { topic: TOPIC, ready: kind === 'broadcaster of ready bytes' };
      return new FanOutServer(bench, await startBroadcaster(runtime, config));
    }
    // Pings would be counted.
    return new FanOutServer(bench, Number(new URL(await startServer(runtime, { ping_ms: 3_600_000 })).port));
  }

  private constructor(bench: { readonly runtime: StreamRuntime } & AsyncDisposable, port: number) {
    this.#bench = bench;
    this.#port = port;
  }

  /** Sends so many events to so many new subscribers, who leave then. */
  async fanOut({ door, subscribers, eventsPerSecond, seconds }: FanOutLoad): Promise<FanOut> {
    await this.#readers.open({ port: this.#port, door, readers: subscribers, topic: TOPIC });
    const cpuBeforeUs = cpuUsedUs();
    const load = { topic: TOPIC, eventsPerSecond, seconds };
    const published = await publishSteadily(this.#bench.runtime, load);
    const taken = await this.#readers.take(published);
    const cpuUs = cpuUsedUs() - cpuBeforeUs;
    await this.#readers.close();
    return { ...taken, cpuPerDeliveryUs: cpuUs / (published * subscribers) };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#readers[Symbol.asyncDispose]();
    await this.#bench[Symbol.asyncDispose]();
  }
}
