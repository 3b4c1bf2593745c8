import { SOURCE_INTERVAL_US } from '../../recordings/call-pace.ts';
import { MarketData } from '../../runtime/frame/market-data.ts';
import type { JsonObject } from '../../runtime/json.ts';
import type { Processor, ProcessorDescriptor, ProcessorIo, RuntimeContext } from '../../runtime/processor.ts';
import { FEED_OPTIONS, FILE_OPTIONS, TIMED_PACE_OPTIONS } from './feed-options.ts';
import { FeedPlayer } from './feed-player.ts';
import { MarketLineReader } from './market-line-reader.ts';
import { recordedState, restoreRecorded } from './recorded-state.ts';

const descriptor = {
  name: 'ReplayFeed',
  version: 1,
  description:
    'Replays recorded market data of any number of symbols, as fast as it was recorded, so many times faster, or as fast as possible. The file has one tick, quote or bar per line as JSON, as the API shows them: {"symbol", "timestamp_ms", "price", "size", "bid", "ask", "open", "high", "low", "close", "volume"}; only the first three are needed. It is read as it plays, and only while the output has a link. At its end the processor ends. A restart goes on behind the last tick that was sent. What is wrong with the ticks is counted and published as FeedReport on the topic feed:{processor id}.',
  tags: ['market', 'source', 'file'],
  inputs: {},
  outputs: { market: { frame: MarketData, description: 'One frame per line.' } },
  configSchema: {
    type: 'object',
    additionalProperties: false,
    required: ['path'],
    properties: { ...FILE_OPTIONS, ...TIMED_PACE_OPTIONS, ...FEED_OPTIONS },
  },
  scheduling: { kind: 'loop', intervalUs: SOURCE_INTERVAL_US },
  async: true,
} as const satisfies ProcessorDescriptor;

type Context = RuntimeContext<typeof descriptor>;

/** Market data as it once came. */
export default class ReplayFeed implements Processor<typeof descriptor> {
  static readonly descriptor = descriptor;
  #player: FeedPlayer | undefined;

  async setup({ config, clock, log }: Context): Promise<void> {
    const reader = new MarketLineReader({ path: config.path, skips: config.on_error === 'skip', log });
    this.#player = new FeedPlayer(reader, config, { clock });
    await reader.open();
  }

  checkpoint({ config }: Context): JsonObject | undefined {
    return recordedState(config.path, this.#player);
  }

  restore(
    state: JsonObject,
    { processorType }: { readonly processorType: string },
    { config }: Context,
  ): void {
    if (processorType === descriptor.name) restoreRecorded(state, config.path, this.#player);
  }

  async process({ outputs }: ProcessorIo<typeof descriptor>, ctx: Context): Promise<void> {
    await this.#player?.play(outputs.market, ctx);
  }

  async teardown(): Promise<void> {
    await this.#player?.close();
  }
}
