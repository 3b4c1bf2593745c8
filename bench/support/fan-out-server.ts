import type { JsonObject } from '../../server/runtime/json.ts';
import type { StreamRuntime } from '../../server/runtime/stream-runtime.ts';
import { createBenchRuntime } from './bench-runtime.ts';
import { cpuUsedUs } from './cpu-used.ts';
import type { OpenReaders } from './event-readers.ts';
import { publishSteadily } from './publish-steadily.ts';
import { type ReadEvents, ReadingProcess } from './reading-process.ts';
import { startBroadcaster } from './start-broadcaster.ts';
import { startServer } from './start-server.ts';

const TOPIC = 'load';
/** What only subscribers who stall want. */
const STALLED_TOPIC = `${TOPIC}-of-the-stalled`;
const FILL_PER_SECOND = 400;
/** Pings would be counted. */
const NO_PING_MS = 3_600_000;

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

  /** `apiServer` is config of an ApiServer. */
  static async start(kind: FanOutServerKind, apiServer: JsonObject = {}): Promise<FanOutServer> {
    const bench = await createBenchRuntime();
    const { runtime } = bench;
    if (kind !== 'ApiServer') {
      const config = { topic: TOPIC, ready: kind === 'broadcaster of ready bytes' };
      return new FanOutServer(bench, await startBroadcaster(runtime, config));
    }
    const url = await startServer(runtime, { ping_ms: NO_PING_MS, ...apiServer });
    return new FanOutServer(bench, Number(new URL(url).port));
  }

  private constructor(bench: { readonly runtime: StreamRuntime } & AsyncDisposable, port: number) {
    this.#bench = bench;
    this.#port = port;
  }

  /** Sends so many events to so many new subscribers, who leave then. */
  async fanOut(load: FanOutLoad): Promise<FanOut> {
    await this.open({ door: load.door, readers: load.subscribers });
    const fanOut = await this.send(load);
    await this.close();
    return fanOut;
  }

  /** Lets more subscribers come. */
  async open(readers: Pick<OpenReaders, 'door' | 'readers' | 'stalled' | 'sampledOf'>): Promise<void> {
    await this.#readers.open({ ...readers, port: this.#port, topic: TOPIC });
  }

  /** Sends so many events to those who are there. */
  async send({ subscribers, eventsPerSecond, seconds }: Omit<FanOutLoad, 'door'>): Promise<FanOut> {
    await this.#readers.begin();
    const cpuBeforeUs = cpuUsedUs();
    const load = { topic: TOPIC, eventsPerSecond, seconds };
    const published = await publishSteadily(this.#bench.runtime, load);
    const taken = await this.#readers.take(published);
    return { ...taken, cpuPerDeliveryUs: (cpuUsedUs() - cpuBeforeUs) / (published * subscribers) };
  }

  /** Sends events that only those get who stall. */
  async fill({ events, bytes }: { readonly events: number; readonly bytes: number }): Promise<void> {
    const data = { text: 'x'.repeat(bytes) };
    const load = {
      topic: STALLED_TOPIC,
      eventsPerSecond: FILL_PER_SECOND,
      seconds: events / FILL_PER_SECOND,
    };
    await publishSteadily(this.#bench.runtime, { ...load, data });
  }

  /** Sends the subscribers away. */
  async close(): Promise<void> {
    await this.#readers.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#readers[Symbol.asyncDispose]();
    await this.#bench[Symbol.asyncDispose]();
  }
}
