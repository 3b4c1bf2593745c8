import type { MediaClock } from '../clock.ts';
import type { EventBus } from '../events/bus.ts';
import type { ProcessorId } from '../ids.ts';
import type { JsonObject, JsonValue } from '../json.ts';
import type { Logger } from '../log.ts';
import type { RuntimeOperations } from '../operations.ts';
import type { RuntimeContext } from '../processor.ts';
import type { LinkTaps } from '../tap/tap-client.ts';
import type { LaneServices } from './lane-services.ts';

/** What one processor's context is made from. */
export interface LaneContextOptions {
  readonly processorId: ProcessorId;
  readonly processorType: string;
  readonly config: JsonObject;
  readonly services: LaneServices;
  readonly signal: AbortSignal;
  readonly onEnd: () => void;
  readonly onInterval: (intervalUs: number) => void;
}

/** The context of one processor, valid from `setup` to the end of `teardown`. */
export class LaneContext implements RuntimeContext {
  readonly id: ProcessorId;
  readonly runtime: RuntimeOperations;
  readonly events: EventBus;
  readonly taps: LinkTaps;
  readonly clock: MediaClock;
  readonly log: Logger;
  readonly signal: AbortSignal;
  readonly processorType: string;
  readonly #options: LaneContextOptions;
  #config: JsonObject;

  constructor(options: LaneContextOptions) {
    const { processorId, services } = options;
    this.#options = options;
    this.#config = options.config;
    this.id = processorId;
    this.processorType = options.processorType;
    this.runtime = services.operations;
    this.events = services.bus.busOf(processorId);
    this.taps = services.taps.tapsOf(processorId);
    this.clock = services.clock;
    this.log = services.log.logger('processors', processorId);
    this.signal = options.signal;
  }

  get config(): never {
    // The type of a config is known to its processor alone; it was validated against the type's schema.
    return this.#config as never;
  }

  /** Shows another config from now on. */
  changeConfig(config: JsonObject): void {
    this.#config = config;
  }

  runOnMainAsync<Result = JsonValue>(exportName: string, ...args: unknown[]): Promise<Result> {
    const { processorId, processorType, services } = this.#options;
    return services.mainCalls.call({ processorId, processorType, exportName, args }) as Promise<Result>;
  }

  setIntervalUs(intervalUs: number): void {
    this.#options.onInterval(intervalUs);
  }

  end(): void {
    this.#options.onEnd();
  }
}
