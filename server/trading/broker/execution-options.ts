import { StreamlibError } from '../../runtime/errors.ts';

/** How the paper broker fills orders, and with how much cash an account begins. */
export interface ExecutionOptions {
  /** Default 100,000. */
  readonly initialCash: number;
  /** Fee of orders that waited, basis points of the value, -1,000 (a rebate) to 1,000; default 0. */
  readonly makerFeeBps: number;
  /** Fee of orders that fill at once, likewise. */
  readonly takerFeeBps: number;
  /** How much worse than the market an order that fills at once does, basis points of the price, 0 to 10,000; default 0. */
  readonly slippageBps: number;
  /** Exchange time from an order to its arrival at the venue, 0 to 60,000; default 0. */
  readonly latencyMs: number;
  /** Share of a tick's size that may fill one order, above 0 to 1; default 1. */
  readonly maxFillFraction: number;
}

const DEFAULTS: ExecutionOptions = {
  initialCash: 100_000,
  makerFeeBps: 0,
  takerFeeBps: 0,
  slippageBps: 0,
  latencyMs: 0,
  maxFillFraction: 1,
};

const RANGES: Readonly<
  Record<keyof ExecutionOptions, readonly [field: string, least: number, most: number]>
> = {
  initialCash: ['initial_cash', 0, 1e15],
  makerFeeBps: ['maker_fee_bps', -1000, 1000],
  takerFeeBps: ['taker_fee_bps', -1000, 1000],
  slippageBps: ['slippage_bps', 0, 10_000],
  latencyMs: ['latency_ms', 0, 60_000],
  maxFillFraction: ['max_fill_fraction', Number.MIN_VALUE, 1],
};

/** Fills in the defaults. Throws FIELD_INVALID for a number that is out of its range. */
export function parseExecutionOptions(given: Partial<ExecutionOptions>): ExecutionOptions {
  const options = { ...DEFAULTS, ...given };
  for (const [name, [field, least, most]] of Object.entries(RANGES)) {
    const value = options[name as keyof ExecutionOptions];
    if (value >= least && value <= most) continue;
    const text = `execution.${field} must be from ${least} to ${most}, was ${value}`;
    throw new StreamlibError('FIELD_INVALID', text, { path: `execution.${field}` });
  }
  return options;
}

const BPS_DIGITS = 1e6;
/** What `bpsUnits` are of the whole. */
export const BPS_UNITS_PER_ONE = 10_000n * BigInt(BPS_DIGITS);

/** Basis points as a whole number of millionths of one. */
export const bpsUnits = (bps: number): bigint => BigInt(Math.round(bps * BPS_DIGITS));
