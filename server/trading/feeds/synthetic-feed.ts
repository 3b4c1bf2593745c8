import { SOURCE_INTERVAL_US } from '../../recordings/call-pace.ts';
import { countFrom } from '../../recordings/state-fields.ts';
import { MarketData } from '../../runtime/frame/market-data.ts';
import type { JsonObject, JsonValue } from '../../runtime/json.ts';
import type { Processor, ProcessorDescriptor, ProcessorIo, RuntimeContext } from '../../runtime/processor.ts';
import { FEED_OPTIONS, SYMBOL_PATTERN, TIMED_PACE_OPTIONS } from './feed-options.ts';
import { FeedPlayer } from './feed-player.ts';
import { SyntheticMarket } from './synthetic-market.ts';
import { syntheticStateFrom } from './synthetic-state.ts';

const descriptor = {
  name: 'SyntheticFeed',
  version: 1,
  description:
    'Makes up market data of any number of symbols: geometric Brownian motion with jumps, the same for the same seed. What a symbol does depends on the seed and its name only. With `ticks` it ends after so many of each symbol. A restart goes on behind the last tick that was sent. Each symbol has a tick at each time. Counts are published as FeedReport on the topic feed:{processor id}.',
  tags: ['market', 'source', 'test'],
  inputs: {},
  outputs: { market: { frame: MarketData, description: 'One frame per symbol and time.' } },
  configSchema: {
    type: 'object',
    additionalProperties: false,
    required: ['symbols'],
    properties: {
      symbols: {
        type: 'array',
        description: 'The symbols to make, as SIM:A.',
        items: { type: 'string', pattern: SYMBOL_PATTERN },
        minItems: 1,
        maxItems: 256,
        uniqueItems: true,
      },
      seed: {
        type: 'integer',
        description: 'Which of all markets.',
        minimum: 0,
        maximum: Number.MAX_SAFE_INTEGER,
        default: 0,
      },
      ticks: {
        type: 'integer',
        description: 'How many ticks of each symbol; 0 for no end.',
        minimum: 0,
        maximum: 1_000_000_000,
        default: 0,
      },
      interval_ms: {
        type: 'number',
        description: 'Exchange time from one tick of a symbol to the next.',
        minimum: 0.001,
        maximum: 86_400_000,
        default: 1000,
      },
      start_timestamp_ms: {
        type: 'number',
        description:
          'Exchange time of the first ticks, since the Unix epoch; 0 for the time at which the feed starts.',
        minimum: 0,
        default: 0,
      },
      initial_price: {
        type: 'number',
        description: 'The price of the first ticks.',
        exclusiveMinimum: 0,
        default: 100,
      },
      annual_drift: {
        type: 'number',
        description: 'Drift per year, as 0.05 for 5 %.',
        default: 0,
      },
      annual_volatility: {
        type: 'number',
        description: 'Standard deviation of the return per year.',
        minimum: 0,
        maximum: 100,
        default: 0.5,
      },
      jumps_per_year: { type: 'number', description: 'Jumps per year on average.', minimum: 0, default: 0 },
      jump_volatility: {
        type: 'number',
        description: 'Standard deviation of a jump, as 0.02 for 2 %.',
        minimum: 0,
        maximum: 10,
        default: 0.02,
      },
      tick_size: {
        type: 'number',
        description: 'Smallest step of the price.',
        exclusiveMinimum: 0,
        default: 0.01,
      },
      spread_bps: {
        type: 'number',
        description: 'Distance of bid and ask in basis points of the price; 0 makes no quotes.',
        minimum: 0,
        maximum: 10_000,
        default: 0,
      },
      ...TIMED_PACE_OPTIONS,
      ...FEED_OPTIONS,
    },
  },
  scheduling: { kind: 'loop', intervalUs: SOURCE_INTERVAL_US },
  async: true,
} as const satisfies ProcessorDescriptor;

type Context = RuntimeContext<typeof descriptor>;

/** A market out of nothing. */
export default class SyntheticFeed implements Processor<typeof descriptor> {
  static readonly descriptor = descriptor;
  #market!: SyntheticMarket;
  #player!: FeedPlayer;

  setup({ config, clock }: Context): void {
    this.#market = new SyntheticMarket({
      symbols: config.symbols,
      seed: config.seed,
      ticks: config.ticks === 0 ? Number.POSITIVE_INFINITY : config.ticks,
      startMs: config.start_timestamp_ms === 0 ? Math.floor(clock.utcUs() / 1000) : config.start_timestamp_ms,
      intervalMs: config.interval_ms,
      initialPrice: config.initial_price,
      annualDrift: config.annual_drift,
      annualVolatility: config.annual_volatility,
      jumpsPerYear: config.jumps_per_year,
      jumpVolatility: config.jump_volatility,
      tickSize: config.tick_size,
      spreadBps: config.spread_bps,
    });
    this.#player = new FeedPlayer(this.#market, config, { clock });
  }

  checkpoint({ config }: Context): JsonObject {
    const { startMs, step, symbols } = this.#market.atLastRead;
    return {
      seed: config.seed,
      symbols: [...config.symbols],
      start_ms: startMs,
      step,
      states: symbols.map(({ random, logPrice }): JsonValue => [...random, logPrice]),
      sent: this.#player.takenOfRead,
    };
  }

  restore(
    state: JsonObject,
    { processorType }: { readonly processorType: string },
    { config }: Context,
  ): void {
    const isOwn = processorType === descriptor.name && state.seed === config.seed;
    if (!isOwn || JSON.stringify(state.symbols) !== JSON.stringify(config.symbols)) return;
    const sent = countFrom(state, 'sent');
    this.#market.goOn(syntheticStateFrom(state, config.symbols.length));
    this.#player.passOver(sent);
  }

  async process({ outputs }: ProcessorIo<typeof descriptor>, ctx: Context): Promise<void> {
    await this.#player.play(outputs.market, ctx);
  }
}
