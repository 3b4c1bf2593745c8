import { StreamlibError } from '../../runtime/errors.ts';
import { type Money, toMoney } from '../broker/money.ts';

/** What orders are held to. Amounts of money are in the account's currency. What is absent does not limit. */
export interface TradingLimits {
  /** Largest position, in units of the symbol, long or short. */
  readonly maxPositionQuantity?: number | undefined;
  /** Largest value of a position; of all positions together where the limit is the engine's. */
  readonly maxPositionValue?: number | undefined;
  readonly maxOrderQuantity?: number | undefined;
  readonly maxOrderValue?: number | undefined;
  /** Within any 60 seconds of engine time. */
  readonly maxOrdersPerMinute?: number | undefined;
  /** Realized and unrealized loss since 00:00 UTC that ends trading until the next day. */
  readonly maxDailyLoss?: number | undefined;
  /** Fall of the equity below its highest point that ends trading, 0 to 1. */
  readonly maxDrawdownFraction?: number | undefined;
}

/** Limits with exact amounts. */
export interface CompiledLimits {
  readonly maxPositionQuantity: number;
  readonly maxPositionValue: Money | undefined;
  readonly maxOrderQuantity: number;
  readonly maxOrderValue: Money | undefined;
  readonly maxOrdersPerMinute: number;
  readonly maxDailyLoss: Money | undefined;
  readonly maxDrawdownFraction: number;
}

const FIELDS: Readonly<Record<keyof TradingLimits, readonly [field: string, most: number]>> = {
  maxPositionQuantity: ['max_position_quantity', Number.MAX_VALUE],
  maxPositionValue: ['max_position_value', Number.MAX_VALUE],
  maxOrderQuantity: ['max_order_quantity', Number.MAX_VALUE],
  maxOrderValue: ['max_order_value', Number.MAX_VALUE],
  maxOrdersPerMinute: ['max_orders_per_minute', Number.MAX_VALUE],
  maxDailyLoss: ['max_daily_loss', Number.MAX_VALUE],
  maxDrawdownFraction: ['max_drawdown_fraction', 1],
};

/** Throws FIELD_INVALID for a limit that is negative or no number. */
export function compileLimits(limits: TradingLimits): CompiledLimits {
  for (const [name, [field, most]] of Object.entries(FIELDS)) {
    const value = limits[name as keyof TradingLimits];
    if (value === undefined || (value >= 0 && value <= most)) continue;
    const text = `limits.${field} must be from 0 to ${most}, was ${value}`;
    throw new StreamlibError('FIELD_INVALID', text, { path: `limits.${field}` });
  }
  return {
    maxPositionQuantity: limits.maxPositionQuantity ?? Number.POSITIVE_INFINITY,
    maxPositionValue: moneyOf(limits, 'maxPositionValue'),
    maxOrderQuantity: limits.maxOrderQuantity ?? Number.POSITIVE_INFINITY,
    maxOrderValue: moneyOf(limits, 'maxOrderValue'),
    maxOrdersPerMinute: limits.maxOrdersPerMinute ?? Number.POSITIVE_INFINITY,
    maxDailyLoss: moneyOf(limits, 'maxDailyLoss'),
    maxDrawdownFraction: limits.maxDrawdownFraction ?? Number.POSITIVE_INFINITY,
  };
}

function moneyOf(
  limits: TradingLimits,
  name: 'maxPositionValue' | 'maxOrderValue' | 'maxDailyLoss',
): Money | undefined {
  const value = limits[name];
  return value === undefined ? undefined : toMoney(value, `limits.${FIELDS[name][0]}`);
}
