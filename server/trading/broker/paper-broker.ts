import { isBar, type MarketTick } from '../market/market-tick.ts';
import type { ExecutionAdapter, ExecutionReport } from './execution-adapter.ts';
import { BPS_UNITS_PER_ONE, bpsUnits, type ExecutionOptions } from './execution-options.ts';
import type { Instrument } from './instrument.ts';
import { matchOrder, type PriceSpan } from './match-order.ts';
import { scaleMoney } from './money.ts';
import type { Liquidity, OrderRequest, OrderSide } from './order.ts';

interface CancelRequest {
  readonly reason: string;
  readonly arrivesMs: number;
}

/** An order that the broker has, or that is on its way to it. */
interface OpenOrder {
  readonly request: OrderRequest;
  readonly venueOrderId: string;
  readonly arrivesMs: number;
  openLots: number;
  accepted: boolean;
  triggered: boolean;
  fresh: boolean;
  cancel: CancelRequest | undefined;
}

/** What the broker must not forget. */
export interface PaperBrokerState {
  readonly last: MarketTick | undefined;
  readonly orders: readonly Readonly<OpenOrder>[];
  readonly ordersTaken: number;
  readonly fills: number;
}

/**
 * A venue that fills orders from market data, for one symbol: without a clock, without chance, the same for the same
 * calls. An order without latency meets the last tick at once, for a bar its close; what waits meets each further tick,
 * for a bar the whole span of its prices. A tick fills at most `maxFillFraction` of its size (of a bar its volume) of an
 * order, and the rest waits; a tick without a size fills everything. Orders are looked at in the order in which they
 * were submitted. Cash is not looked at: what may be risked is for the risk gate to say.
 */
export class PaperBroker implements ExecutionAdapter<PaperBrokerState> {
  readonly name = 'paper';
  readonly #instrument: Instrument;
  readonly #options: ExecutionOptions;
  readonly #orders = new Map<string, OpenOrder>();
  #reports: ExecutionReport[] = [];
  #last: MarketTick | undefined;
  #ordersTaken = 0;
  #fills = 0;

  constructor(instrument: Instrument, options: ExecutionOptions) {
    this.#instrument = instrument;
    this.#options = options;
  }

  submit(request: OrderRequest, timeMs: number): void {
    const order: OpenOrder = {
      request,
      venueOrderId: `paper-${++this.#ordersTaken}`,
      arrivesMs: timeMs + this.#options.latencyMs,
      openLots: request.lots,
      accepted: false,
      triggered: false,
      fresh: true,
      cancel: undefined,
    };
    this.#orders.set(request.orderId, order);
    if (this.#options.latencyMs > 0) return;
    this.#accept(order);
    if (this.#last === undefined) return;
    this.#match(order, instantOf(this.#last, request.side), this.#last, timeMs);
  }

  cancel(orderId: string, reason: string, timeMs: number): void {
    const order = this.#orders.get(orderId);
    if (order === undefined || order.cancel !== undefined) return;
    order.cancel = { reason, arrivesMs: timeMs + this.#options.latencyMs };
    if (this.#options.latencyMs === 0) this.#takeBack(order, order.cancel);
  }

  onTick(tick: MarketTick): void {
    this.#last = tick;
    if (this.#orders.size === 0) return;
    const { timestampMs } = tick;
    for (const order of this.#orders.values()) {
      if (order.arrivesMs > timestampMs) continue;
      if (!order.accepted) this.#accept(order);
      if (order.cancel !== undefined && order.cancel.arrivesMs <= timestampMs)
        this.#takeBack(order, order.cancel);
      else this.#match(order, spanOf(tick, order.request.side), tick, timestampMs);
    }
  }

  takeReports(): readonly ExecutionReport[] {
    if (this.#reports.length === 0) return this.#reports;
    const reports = this.#reports;
    this.#reports = [];
    return reports;
  }

  state(): PaperBrokerState {
    const orders = Array.from(this.#orders.values(), (order) => ({ ...order }));
    return { last: this.#last, orders, ordersTaken: this.#ordersTaken, fills: this.#fills };
  }

  goOn({ last, orders, ordersTaken, fills }: PaperBrokerState): void {
    this.#last = last;
    this.#ordersTaken = ordersTaken;
    this.#fills = fills;
    this.#orders.clear();
    for (const order of orders) this.#orders.set(order.request.orderId, { ...order });
  }

  #accept(order: OpenOrder): void {
    order.accepted = true;
    const { request, venueOrderId, arrivesMs } = order;
    this.#reports.push({ kind: 'accepted', orderId: request.orderId, venueOrderId, timeMs: arrivesMs });
  }

  #takeBack({ request: { orderId } }: OpenOrder, { reason, arrivesMs }: CancelRequest): void {
    this.#orders.delete(orderId);
    this.#reports.push({ kind: 'canceled', orderId, reason, timeMs: arrivesMs });
  }

  #match(
    order: OpenOrder,
    prices: readonly [number, number, number],
    tick: MarketTick,
    timeMs: number,
  ): void {
    const [first, high, low] = prices.map((price) => this.#instrument.nearestTicks(price)) as [
      number,
      number,
      number,
    ];
    const span: PriceSpan = { first, high, low };
    const { side, type, limitTicks, stopTicks } = order.request;
    const { triggered, fresh } = order;
    const match = matchOrder({ side, type, limitTicks, stopTicks, triggered, fresh }, span);
    order.fresh = false;
    if (match.kind === 'waits') return;
    order.triggered = true;
    if (match.kind === 'triggered') return;
    const lots = this.#lotsOf(order, tick);
    if (lots > 0) this.#fill(order, match.ticks, lots, match.liquidity, timeMs);
  }

  #fill(order: OpenOrder, matchTicks: number, lots: number, liquidity: Liquidity, timeMs: number): void {
    const { orderId, side, limitTicks } = order.request;
    const ticks = liquidity === 'Taker' ? this.#slipped(matchTicks, side, limitTicks) : matchTicks;
    const { makerFeeBps, takerFeeBps } = this.#options;
    const feeBps = bpsUnits(liquidity === 'Maker' ? makerFeeBps : takerFeeBps);
    const fee = scaleMoney(this.#instrument.value(ticks, lots), feeBps, BPS_UNITS_PER_ONE);
    order.openLots -= lots;
    if (order.openLots === 0) this.#orders.delete(orderId);
    const fillId = `fill-${++this.#fills}`;
    this.#reports.push({
      kind: 'filled',
      fill: { fillId, orderId, side, ticks, lots, fee, liquidity, timeMs },
    });
  }

  /** The price that slippage makes of it: up to the next tick against the trader, and within the order's limit. */
  #slipped(ticks: number, side: OrderSide, limitTicks: number | undefined): number {
    const { slippageBps } = this.#options;
    if (slippageBps === 0) return ticks;
    const exact = BigInt(ticks) * bpsUnits(slippageBps);
    const slip = Number((exact + BPS_UNITS_PER_ONE - 1n) / BPS_UNITS_PER_ONE);
    if (side === 'Buy') return Math.min(ticks + slip, limitTicks ?? Number.POSITIVE_INFINITY);
    return Math.max(ticks - slip, limitTicks ?? 1);
  }

  /** How much of the order the tick can fill. */
  #lotsOf({ openLots }: OpenOrder, { size, volume = 0 }: MarketTick): number {
    const traded = (size > 0 ? size : volume) * this.#options.maxFillFraction;
    if (traded === 0 || traded >= this.#instrument.quantityOf(openLots)) return openLots;
    return this.#instrument.lotsWithin(traded);
  }
}

/** What a side meets now: of a quote, what the other side offers; of a bar, its close. */
function instantOf(tick: MarketTick, side: OrderSide): [number, number, number] {
  const price = isBar(tick) ? tick.price : ((side === 'Buy' ? tick.ask : tick.bid) ?? tick.price);
  return [price, price, price];
}

/** What a side met while the tick was made. */
function spanOf(tick: MarketTick, side: OrderSide): [number, number, number] {
  if (!isBar(tick)) return instantOf(tick, side);
  const { price, open = price, high = price, low = price } = tick;
  return [open, high, low];
}
