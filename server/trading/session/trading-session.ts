import type { ExecutionAdapter, ExecutionReport } from '../broker/execution-adapter.ts';
import type { Instrument } from '../broker/instrument.ts';
import type { Money } from '../broker/money.ts';
import type { Order, OrderRequest } from '../broker/order.ts';
import { createOrder, OrderLedger } from '../broker/order-ledger.ts';
import type { PositionChange, TradingAccount, TradingAccountState } from '../broker/trading-account.ts';
import type { MarketTick } from '../market/market-tick.ts';
import type { RiskGate } from '../risk/risk-gate.ts';
import type { RiskFigures, RiskHistoryState } from '../risk/risk-history.ts';
import type { SessionEvent } from './session-event.ts';
import { type ParsedAction, parseAction, type StrategyAction } from './strategy-action.ts';

/** What a session is put together from. */
export interface TradingSessionParts {
  readonly account: TradingAccount;
  readonly adapter: ExecutionAdapter;
  readonly gate: RiskGate;
  /** Begins the ids of its orders: `{prefix}-1`, …. Default `order`. */
  readonly orderIdPrefix?: string;
}

/** What a session must not forget: of what its parts are, and what it counts itself. */
export interface TradingSessionState {
  readonly account: TradingAccountState;
  readonly adapter: unknown;
  readonly gate: RiskHistoryState;
  readonly openOrders: readonly Order[];
  /** Orders that got an id so far. */
  readonly orders: number;
  readonly nowMs: number;
  readonly markTicks: number | undefined;
}

/**
 * The trading of one runner: from what its strategy asks for, through the risk gate, to the venue, and from there to the
 * orders and the account. Backtest, paper and live are this, with another adapter; the same calls give the same events.
 * All times are exchange times. Nothing here waits, reads a clock or draws lots.
 */
export class TradingSession {
  readonly account: TradingAccount;
  readonly #instrument: Instrument;
  readonly #adapter: ExecutionAdapter;
  readonly #gate: RiskGate;
  readonly #ledger: OrderLedger;
  readonly #orderIdPrefix: string;
  #orders = 0;
  #nowMs = 0;
  #equity: Money;
  /** Whether the account is as it was at the last mark, so that nothing but the price can change its equity. */
  #isMarked = false;
  #markTicks: number | undefined;

  constructor({ account, adapter, gate, orderIdPrefix = 'order' }: TradingSessionParts) {
    this.account = account;
    this.#instrument = account.instrument;
    this.#equity = account.initialCash;
    this.#adapter = adapter;
    this.#gate = gate;
    this.#ledger = new OrderLedger(account.instrument);
    this.#orderIdPrefix = orderIdPrefix;
  }

  /** The last price in ticks; undefined before the first tick. */
  get markTicks(): number | undefined {
    return this.#markTicks;
  }

  /** Cash and open position together, at the last price. */
  get equity(): Money {
    return this.#equity;
  }

  get unrealizedPnl(): Money {
    return this.account.unrealizedPnl(this.#markTicks ?? 0);
  }

  /** Its day and its fall, as of the last tick. */
  get risk(): RiskFigures {
    return this.#gate.figures(this.#nowMs);
  }

  /** The orders that can still fill, oldest first. */
  get openOrders(): readonly Order[] {
    return this.#ledger.open;
  }

  /**
   * The market moved: waiting orders fill, the position has another price. A tick that is invalid, or older than the last,
   * must have been left out before. Where the engine is halted, open orders are taken back. That the position has another
   * price now is for `positionUpdate` to say, once the strategy has seen the tick.
   */
  onTick(tick: MarketTick): readonly SessionEvent[] {
    this.#nowMs = tick.timestampMs;
    this.#gate.onTime(tick.timestampMs);
    this.#markTicks = this.#instrument.nearestTicks(tick.price);
    const events: SessionEvent[] = [];
    this.#adapter.onTick(tick);
    this.#takeReports(events);
    this.#mark();
    if (this.#gate.mode === 'halted') this.#cancelAll('engine_halted', events);
    return events;
  }

  /** What is open, at the last price; undefined where nothing is. */
  positionUpdate(): SessionEvent | undefined {
    const { position } = this.account;
    if (position === undefined) return undefined;
    return { kind: 'PositionUpdated', position, unrealizedPnl: this.unrealizedPnl };
  }

  /** Carries out what a strategy asks for at the last tick. Nonsense and what the gate refuses are events, too. */
  act(action: StrategyAction): readonly SessionEvent[] {
    const parsed = parseAction(action, this.#instrument, this.account.lots);
    const events: SessionEvent[] = [];
    switch (parsed.kind) {
      case 'invalid':
        events.push({ kind: 'ActionInvalid', action, message: parsed.message });
        break;
      case 'cancel':
        events.push({ kind: 'ActionExecuted', action, orderId: parsed.orderId ?? '' });
        this.#cancel(parsed.orderId, parsed.reason, events);
        break;
      case 'order':
        this.#submit(action, parsed, events);
        break;
    }
    return events;
  }

  /** Takes back every open order, as a runner does that ends. */
  cancelAll(reason: string): readonly SessionEvent[] {
    const events: SessionEvent[] = [];
    this.#cancelAll(reason, events);
    return events;
  }

  /** As of now. Between two calls nothing is under way that it does not hold. */
  state(): TradingSessionState {
    return {
      account: this.account.state(),
      adapter: this.#adapter.state(),
      gate: this.#gate.state(),
      openOrders: this.#ledger.open,
      orders: this.#orders,
      nowMs: this.#nowMs,
      markTicks: this.#markTicks,
    };
  }

  /** Goes on where another session of the runner was, with the same instrument, initial cash and adapter. */
  goOn(state: TradingSessionState): void {
    this.account.goOn(state.account);
    this.#adapter.goOn(state.adapter);
    this.#ledger.goOn(state.openOrders);
    this.#orders = state.orders;
    this.#nowMs = state.nowMs;
    this.#markTicks = state.markTicks;
    const positionValue = this.#instrument.value(this.#markTicks ?? 0, this.account.lots);
    this.#gate.goOn(state.gate, positionValue);
    this.#equity = this.account.cash + positionValue;
    this.#isMarked = true;
  }

  #submit(action: StrategyAction, parsed: ParsedAction & { kind: 'order' }, events: SessionEvent[]): void {
    const { side, type, lots, limitTicks, stopTicks, reason } = parsed;
    const orderId = parsed.orderId ?? `${this.#orderIdPrefix}-${++this.#orders}`;
    if (this.#ledger.has(orderId)) {
      events.push({ kind: 'ActionInvalid', action, message: `order_id must be new, was "${orderId}"` });
      return;
    }
    const request: OrderRequest = { orderId, side, type, lots, limitTicks, stopTicks, reason };
    const ticks = limitTicks ?? stopTicks ?? this.#markTicks ?? 0;
    const { lots: positionLots } = this.account;
    const openLots = this.#ledger.openLots(side);
    const proposed = { instrument: this.#instrument, side, lots, ticks, positionLots, openLots };
    const refusal = this.#gate.admit(proposed, this.#nowMs);
    if (refusal !== undefined) {
      const order = createOrder(request, 'Rejected', this.#nowMs);
      events.push({ kind: 'ActionExecuted', action, orderId: '' });
      events.push({ kind: 'OrderRejected', order, ...refusal, refused: true });
      return;
    }
    events.push({ kind: 'ActionExecuted', action, orderId });
    events.push({ kind: 'OrderSubmitted', order: this.#ledger.submit(request, this.#nowMs) });
    this.#adapter.submit(request, this.#nowMs);
    this.#takeReports(events);
    this.#mark();
  }

  #cancel(orderId: string | undefined, reason: string, events: SessionEvent[]): void {
    if (orderId === undefined) this.#cancelAll(reason, events);
    else if (this.#ledger.has(orderId)) {
      this.#adapter.cancel(orderId, reason, this.#nowMs);
      this.#takeReports(events);
    }
  }

  #cancelAll(reason: string, events: SessionEvent[]): void {
    if (this.#ledger.openCount === 0) return;
    for (const { orderId } of this.#ledger.open) this.#adapter.cancel(orderId, reason, this.#nowMs);
    this.#takeReports(events);
  }

  #takeReports(events: SessionEvent[]): void {
    for (const report of this.#adapter.takeReports()) this.#take(report, events);
  }

  #take(report: ExecutionReport, events: SessionEvent[]): void {
    const order = this.#ledger.apply(report);
    switch (report.kind) {
      case 'accepted':
        events.push({ kind: 'OrderAccepted', order });
        return;
      case 'rejected':
        events.push({
          kind: 'OrderRejected',
          order,
          reason: report.reason,
          message: report.reason,
          refused: false,
        });
        return;
      case 'canceled':
        events.push({ kind: 'OrderCanceled', order, reason: report.reason });
        return;
      case 'filled':
        events.push({ kind: 'OrderFilled', order, fill: report.fill });
        this.#isMarked = false;
        for (const change of this.account.apply(report.fill)) events.push(this.#eventOf(change));
    }
  }

  #eventOf(change: PositionChange): SessionEvent {
    const { position } = change;
    switch (change.kind) {
      case 'opened':
        return { kind: 'PositionOpened', position };
      case 'updated':
        return { kind: 'PositionUpdated', position, unrealizedPnl: this.unrealizedPnl };
      case 'closed':
        return { kind: 'PositionClosed', position, realizedPnl: change.realizedPnl };
    }
  }

  #mark(): void {
    const { lots, cash } = this.account;
    // Without a position the price changes nothing: what the gate knows still holds.
    if (lots === 0 && this.#isMarked) return;
    const positionValue = this.#instrument.value(this.#markTicks ?? 0, lots);
    this.#equity = cash + positionValue;
    this.#isMarked = true;
    this.#gate.onEquity(this.#nowMs, this.#equity, positionValue);
  }
}
