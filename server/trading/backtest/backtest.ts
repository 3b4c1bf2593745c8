import { type ExecutionOptions, parseExecutionOptions } from '../broker/execution-options.ts';
import { Instrument, type InstrumentSpec } from '../broker/instrument.ts';
import { type Money, moneyToNumber, toMoney } from '../broker/money.ts';
import type { Fill, Order } from '../broker/order.ts';
import { PaperBroker } from '../broker/paper-broker.ts';
import { TradingAccount } from '../broker/trading-account.ts';
import type { MarketTick } from '../market/market-tick.ts';
import { TickMonitor } from '../market/tick-monitor.ts';
import { EquityCurve } from '../results/equity-curve.ts';
import { performanceStatistics } from '../results/performance-statistics.ts';
import { TradeLog } from '../results/trade-log.ts';
import { EngineRisk } from '../risk/engine-risk.ts';
import { RiskGate } from '../risk/risk-gate.ts';
import type { TradingLimits } from '../risk/trading-limits.ts';
import type { Strategy } from '../session/strategy.ts';
import { type RunEvent, StrategyRun } from '../session/strategy-run.ts';
import { TradingSession } from '../session/trading-session.ts';
import type { BacktestReport } from './backtest-report.ts';
import { digestOf } from './digest.ts';

/** What a backtest runs with. */
export interface BacktestOptions {
  readonly instrument: InstrumentSpec;
  readonly execution?: Partial<ExecutionOptions>;
  readonly limits?: TradingLimits;
}

/**
 * A strategy over recorded data, with the session that also trades on paper and live. Hand the ticks over in any pieces,
 * then call `finish`. It reads no clock and draws no lots: the same strategy and ticks give the same report, byte for
 * byte. Ticks of other symbols, invalid, late and repeated ones are left out and counted.
 */
export class Backtest {
  readonly #run: StrategyRun;
  readonly #instrument: Instrument;
  readonly #monitor = new TickMonitor();
  readonly #trades: TradeLog;
  readonly #curve: EquityCurve;
  readonly #orders = new Map<string, Order>();
  readonly #fills: Fill[] = [];
  #tradedValue: Money = 0n;
  #ticks = 0;
  #errors = 0;
  #lastEquity: Money = 0n;
  #lastEquityNumber = 0;
  #started = false;

  /** Throws FIELD_INVALID for options that cannot be. */
  constructor(strategy: Strategy, { instrument, execution = {}, limits = {} }: BacktestOptions) {
    const options = parseExecutionOptions(execution);
    this.#instrument = new Instrument(instrument);
    const cash = toMoney(options.initialCash, 'execution.initial_cash');
    const account = new TradingAccount(this.#instrument, cash);
    const adapter = new PaperBroker(this.#instrument, options);
    const gate = new RiskGate('backtest', limits, cash, new EngineRisk());
    this.#run = new StrategyRun(new TradingSession({ account, adapter, gate }), strategy);
    this.#trades = new TradeLog(this.#instrument);
    this.#curve = new EquityCurve(options.initialCash);
  }

  /** Ticks that the strategy has seen. */
  get ticksProcessed(): number {
    return this.#ticks;
  }

  /** Cash and open position together, at the last price. */
  get equity(): number {
    return moneyToNumber(this.#run.session.equity);
  }

  /** Goes on with these ticks. */
  take(ticks: readonly MarketTick[]): void {
    this.#start();
    for (const tick of ticks) if (tick.symbol === this.#instrument.symbol) this.#takeTick(tick);
  }

  /** Ends the strategy and says what came out. Call it once. */
  finish(): BacktestReport {
    this.#start();
    this.#record(this.#run.stop('backtest_ended'));
    const { account, markTicks, unrealizedPnl } = this.#run.session;
    const orders = [...this.#orders.values()];
    const open = markTicks === undefined ? undefined : this.#trades.openAt(markTicks);
    const { gaps, outOfOrder, duplicates, invalid } = this.#monitor.counts(this.#instrument.symbol);
    return {
      statistics: {
        ...performanceStatistics({
          curve: this.#curve,
          trades: this.#trades.closed,
          tradedValue: this.#tradedValue,
        }),
        feesPaid: moneyToNumber(account.feesPaid),
        realizedPnl: moneyToNumber(account.realizedPnl),
        unrealizedPnl: moneyToNumber(unrealizedPnl),
        orderCount: orders.length,
        fillCount: this.#fills.length,
        ticksProcessed: this.#ticks,
        errors: this.#errors,
      },
      trades: open === undefined ? this.#trades.closed : [...this.#trades.closed, open],
      curve: this.#curve,
      orders,
      fills: this.#fills,
      ticks: { gaps, outOfOrder, duplicates, invalid },
      digestSha256: digestOf(orders, this.#fills, this.#curve),
    };
  }

  #start(): void {
    if (this.#started) return;
    this.#started = true;
    this.#record(this.#run.start());
  }

  #takeTick(tick: MarketTick): void {
    const verdict = this.#monitor.judge(tick);
    if (verdict !== 'regular' && verdict !== 'gap') return;
    this.#ticks++;
    this.#record(this.#run.onTick(tick));
    const { session } = this.#run;
    const { lots } = session.account;
    if (lots !== 0) this.#trades.onMark(session.unrealizedPnl);
    const quantity = lots === 0 ? 0 : this.#instrument.quantityOf(lots);
    this.#curve.push(tick.timestampMs, this.#equityNumber(session.equity), quantity, tick.price);
  }

  /** While nothing is held, the equity is the same at tick after tick. */
  #equityNumber(equity: Money): number {
    if (equity !== this.#lastEquity) {
      this.#lastEquity = equity;
      this.#lastEquityNumber = moneyToNumber(equity);
    }
    return this.#lastEquityNumber;
  }

  #record(events: readonly RunEvent[]): void {
    for (const event of events) {
      switch (event.kind) {
        case 'OrderFilled':
          this.#orders.set(event.order.orderId, event.order);
          this.#fills.push(event.fill);
          this.#trades.onFill(event.fill, event.order);
          this.#tradedValue += this.#instrument.value(event.fill.ticks, event.fill.lots);
          break;
        case 'OrderSubmitted':
        case 'OrderAccepted':
        case 'OrderRejected':
        case 'OrderCanceled':
          this.#orders.set(event.order.orderId, event.order);
          break;
        case 'StrategyFault':
        case 'ActionInvalid':
          this.#errors++;
          break;
      }
    }
  }
}
