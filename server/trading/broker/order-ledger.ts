import { StreamlibError } from '../../runtime/errors.ts';
import type { ExecutionReport } from './execution-adapter.ts';
import type { Instrument } from './instrument.ts';
import { isFinal, type Order, type OrderRequest, type OrderSide } from './order.ts';

/** All orders of one runner, as the venue's reports make them. Final ones are kept only where asked for. */
export class OrderLedger {
  readonly #instrument: Instrument;
  readonly #open = new Map<string, Order>();

  constructor(instrument: Instrument) {
    this.#instrument = instrument;
  }

  /** The orders that can still fill, oldest first. */
  get open(): readonly Order[] {
    return [...this.#open.values()];
  }

  get openCount(): number {
    return this.#open.size;
  }

  /** Lots of one side that can still fill. */
  openLots(side: OrderSide): number {
    let lots = 0;
    for (const order of this.#open.values()) if (order.side === side) lots += order.lots - order.filledLots;
    return lots;
  }

  has(orderId: string): boolean {
    return this.#open.has(orderId);
  }

  /** Goes on with the open orders of another one. */
  goOn(open: readonly Order[]): void {
    this.#open.clear();
    for (const order of open) this.#open.set(order.orderId, order);
  }

  submit(request: OrderRequest, timeMs: number): Order {
    const order = createOrder(request, 'Submitted', timeMs);
    this.#open.set(order.orderId, order);
    return order;
  }

  /**
   * Takes a report in and answers the order as it is now. Throws INTERNAL for one that cannot be: about an order that is
   * not open, or a fill of more than is left.
   */
  apply(report: ExecutionReport): Order {
    const orderId = report.kind === 'filled' ? report.fill.orderId : report.orderId;
    const order = this.#open.get(orderId);
    if (order === undefined) throw impossible(`${report.kind} ${orderId}, which is not open`);
    const next = this.#next(order, report);
    if (isFinal(next)) this.#open.delete(orderId);
    else this.#open.set(orderId, next);
    return next;
  }

  #next(order: Order, report: ExecutionReport): Order {
    switch (report.kind) {
      case 'accepted':
        return { ...order, state: 'Accepted', venueOrderId: report.venueOrderId, updateMs: report.timeMs };
      case 'rejected':
        return { ...order, state: 'Rejected', updateMs: report.timeMs };
      case 'canceled':
        return { ...order, state: 'Canceled', updateMs: report.timeMs };
      case 'filled': {
        const { ticks, lots, timeMs } = report.fill;
        const filledLots = order.filledLots + lots;
        if (filledLots > order.lots)
          throw impossible(`filled ${filledLots} of ${order.lots} lots of ${order.orderId}`);
        const filledValue = order.filledValue + this.#instrument.value(ticks, lots);
        const state = filledLots === order.lots ? 'Filled' : 'PartiallyFilled';
        return { ...order, state, filledLots, filledValue, updateMs: timeMs };
      }
    }
  }
}

/** An order that nothing has happened to but this. */
export function createOrder(request: OrderRequest, state: 'Submitted' | 'Rejected', timeMs: number): Order {
  return {
    ...request,
    state,
    filledLots: 0,
    filledValue: 0n,
    submitMs: timeMs,
    updateMs: timeMs,
    venueOrderId: '',
  };
}

function impossible(what: string): StreamlibError {
  return new StreamlibError('INTERNAL', `the venue reported what cannot be: ${what}`);
}
