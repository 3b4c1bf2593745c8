import type { JsonObject, JsonValue } from '../../runtime/json.ts';
import type { LuaError } from './lua-error.ts';

/** A trade, or the quotes around it. */
export interface StrategyTick {
  /** Exchange time, microseconds since the Unix epoch. */
  readonly timeUs: number;
  /** Finite and above 0. */
  readonly price: number;
  /** Units of the symbol. */
  readonly size: number;
  readonly bid?: number;
  readonly ask?: number;
}

/** What the price did within a span of time. */
export interface StrategyBar {
  /** Exchange time of the end, microseconds since the Unix epoch. */
  readonly timeUs: number;
  readonly open: number;
  readonly high: number;
  readonly low: number;
  readonly close: number;
  readonly volume: number;
}

/** An execution of an order that a strategy placed. */
export interface StrategyFill {
  readonly timeUs: number;
  readonly side: 'Buy' | 'Sell';
  readonly price: number;
  readonly quantity: number;
  /** In the account's currency; negative is a rebate. */
  readonly fee: number;
  /** The `ref` of the order that it belongs to. */
  readonly orderRef: string;
}

/** What a strategy sees of its position and money. Numbers are 0 and the side is `Flat` while it holds nothing. */
export interface StrategyAccount {
  readonly side: 'Flat' | 'Long' | 'Short';
  /** Units of the symbol, never negative. */
  readonly quantity: number;
  readonly entryPrice: number;
  readonly unrealizedPnl: number;
  readonly realizedPnl: number;
  readonly cash: number;
  readonly equity: number;
}

/** An order that a strategy wants placed. `quantity` is absent on `close` for the whole position. */
export interface StrategyOrder {
  readonly kind: 'buy' | 'sell' | 'close';
  /** The strategy's name for the order, unique in its run: `o1`, `o2`, …. */
  readonly ref: string;
  readonly quantity?: number;
  readonly limit?: number;
  readonly stop?: number;
  readonly reason: string;
}

/** Orders that a strategy wants taken back: the one with the ref `target`, or all that are open. */
export interface StrategyCancel {
  readonly kind: 'cancel';
  readonly target?: string;
  readonly reason: string;
}

/** A change of the strategy's state, which its declaration allows. */
export interface StrategyTransition {
  readonly kind: 'transition';
  readonly from: string;
  readonly to: string;
  readonly reason: string;
}

/** A line for the runner's log. */
export interface StrategyLog {
  readonly kind: 'log';
  readonly level: 'debug' | 'info' | 'warning' | 'error';
  readonly message: string;
}

/** What a callback asked for; `input` counts the ticks of the call from 0. */
export type StrategyEffect = (StrategyOrder | StrategyCancel | StrategyTransition | StrategyLog) & {
  readonly input: number;
};

/** What became of a call. */
export interface StrategyOutcome {
  /**
   * How many of the inputs the strategy has seen. It is fewer than were given after an order, which is to be carried
   * out before the next, and after an error.
   */
  readonly consumed: number;
  /** In the order in which they were asked for. */
  readonly effects: readonly StrategyEffect[];
  /** Of the last input that was consumed. What its callback had asked for before is taken back. */
  readonly error?: LuaError;
}

/** A parameter that a strategy declares. */
export interface StrategyParameterDeclaration {
  readonly name: string;
  readonly description: string;
  readonly default: JsonValue;
  readonly min?: number;
  readonly max?: number;
}

/** The callbacks that a strategy may have. */
export const STRATEGY_CALLBACKS = ['on_start', 'on_tick', 'on_bar', 'on_fill', 'on_stop'] as const;
export type StrategyCallback = (typeof STRATEGY_CALLBACKS)[number];

/** What a strategy says about itself. */
export interface StrategyDeclaration {
  readonly description: string;
  /** In order of their names. */
  readonly parameters: readonly StrategyParameterDeclaration[];
  /** The first is the one that a run begins in. */
  readonly states: readonly string[];
  readonly transitions: Readonly<Record<string, readonly string[]>>;
  readonly callbacks: readonly StrategyCallback[];
  /** What the window and the indicators follow. */
  readonly series: 'ticks' | 'bars';
}

/** Everything that a run needs to go on elsewhere, or in another version of the strategy. */
export interface StrategySnapshot extends JsonObject {
  readonly run: JsonValue;
  readonly window: JsonValue;
  readonly indicators: JsonValue;
  readonly random: JsonValue;
}
