import type { ConfigOf, ProcessorDescriptor } from '../../runtime/processor.ts';
import { SYMBOL_PATTERN } from '../feeds/feed-options.ts';
import type { RunnerBlueprint } from './runner-blueprint.ts';

const amount = (description: string) => ({ type: 'number', minimum: 0, description }) as const;

/** The config of a runner's processor. The ranges of what the broker does are checked by it. */
export const RUNNER_CONFIG = {
  type: 'object',
  additionalProperties: false,
  required: ['key', 'runner_id', 'symbol', 'code'],
  properties: {
    key: { type: 'string', minLength: 1, description: 'What the runner is known by to the runtime.' },
    runner_id: { type: 'string', minLength: 1, description: 'Begins the ids of its orders.' },
    symbol: { type: 'string', pattern: SYMBOL_PATTERN, description: 'Ticks of others are passed over.' },
    tick_size: {
      type: 'number',
      exclusiveMinimum: 0,
      default: 1e-8,
      description: 'Smallest step of the price.',
    },
    lot_size: {
      type: 'number',
      exclusiveMinimum: 0,
      default: 1e-8,
      description: 'Smallest step of the quantity.',
    },
    strategy_name: { type: 'string', default: '', description: 'For people.' },
    strategy_version: { type: 'integer', minimum: 0, default: 0, description: 'For people.' },
    code: { type: 'string', maxLength: 1_048_576, description: 'The strategy, in Lua 5.4.' },
    window_size: {
      type: 'integer',
      minimum: 1,
      maximum: 1_000_000,
      default: 100,
      description: 'Ticks or bars that the strategy can look back at.',
    },
    parameters: { type: 'object', default: {}, description: 'In place of the defaults of the strategy.' },
    stop_on_error: {
      type: 'boolean',
      default: false,
      description: 'Whether the first error ends the runner.',
    },
    log_actions: { type: 'boolean', default: false, description: 'Whether every action is logged.' },
    feed: { type: 'string', default: '', description: 'The feed that was asked for; for people.' },
    seed: {
      type: 'integer',
      minimum: 0,
      maximum: Number.MAX_SAFE_INTEGER,
      default: 0,
      description: 'Of the strategy’s random numbers.',
    },
    patterns_granted: {
      type: 'boolean',
      default: false,
      description: 'Whether it has string.match and its kin, which no budget interrupts.',
    },
    execution: {
      type: 'object',
      additionalProperties: false,
      default: {},
      description: 'How the paper broker fills orders.',
      properties: {
        initial_cash: { type: 'number', description: 'Cash to begin with, by default 100,000.' },
        maker_fee_bps: { type: 'number', description: 'Fee of orders that wait, in basis points.' },
        taker_fee_bps: { type: 'number', description: 'Fee of orders that fill at once, in basis points.' },
        slippage_bps: { type: 'number', description: 'How much worse than the market an order fills.' },
        latency_ms: { type: 'number', description: 'From an order to its arrival at the venue.' },
        max_fill_fraction: { type: 'number', description: 'Share of a tick that may fill one order.' },
      },
    },
    limits: {
      type: 'object',
      additionalProperties: false,
      default: {},
      description: 'What its orders are held to.',
      properties: {
        max_position_quantity: amount('Largest position, in units of the symbol.'),
        max_position_value: amount('Largest value of a position.'),
        max_order_quantity: amount('Largest order, in units of the symbol.'),
        max_order_value: amount('Largest value of an order.'),
        max_orders_per_minute: amount('Orders within any 60 s of engine time.'),
        max_daily_loss: amount('Loss since 00:00 UTC that ends trading until the next day.'),
        max_drawdown_fraction: amount('Fall below the highest equity that ends trading, 0 to 1.'),
      },
    },
  },
} as const satisfies ProcessorDescriptor['configSchema'];

/** The config of a runner's processor, defaults filled in. */
export type RunnerConfig = ConfigOf<
  Omit<ProcessorDescriptor, 'configSchema'> & { readonly configSchema: typeof RUNNER_CONFIG }
>;

/** What a runner is made of, from the config of its processor. */
export function blueprintFrom(config: RunnerConfig): RunnerBlueprint {
  const { execution, limits } = config;
  return {
    runnerId: config.runner_id,
    instrument: { symbol: config.symbol, tickSize: config.tick_size, lotSize: config.lot_size },
    strategyName: config.strategy_name,
    strategyVersion: config.strategy_version,
    code: config.code,
    windowSize: config.window_size,
    parameters: config.parameters as RunnerBlueprint['parameters'],
    stopOnError: config.stop_on_error,
    logActions: config.log_actions,
    seed: BigInt(config.seed),
    grantPatterns: config.patterns_granted,
    execution: present({
      initialCash: execution.initial_cash,
      makerFeeBps: execution.maker_fee_bps,
      takerFeeBps: execution.taker_fee_bps,
      slippageBps: execution.slippage_bps,
      latencyMs: execution.latency_ms,
      maxFillFraction: execution.max_fill_fraction,
    }),
    limits: {
      maxPositionQuantity: limits.max_position_quantity,
      maxPositionValue: limits.max_position_value,
      maxOrderQuantity: limits.max_order_quantity,
      maxOrderValue: limits.max_order_value,
      maxOrdersPerMinute: limits.max_orders_per_minute,
      maxDailyLoss: limits.max_daily_loss,
      maxDrawdownFraction: limits.max_drawdown_fraction,
    },
  };
}

/** Without what is undefined, so that defaults apply. */
const present = <Fields extends object>(fields: Fields) =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as {
    [Name in keyof Fields]?: NonNullable<Fields[Name]>;
  };
