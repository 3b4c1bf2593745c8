import { isDeepStrictEqual } from 'node:util';
import type { MediaClock } from '../../runtime/clock.ts';
import { LuaError, type LuaErrorCode } from './lua-error.ts';
import type {
  StrategyAccount,
  StrategyCallback,
  StrategyFill,
  StrategyOrder,
  StrategyOutcome,
  StrategyTick,
} from './strategy-types.ts';
import { StrategyVm, type StrategyVmOptions } from './strategy-vm.ts';

/** What a dry run has seen. */
export interface DryRun {
  /** Each error once. */
  readonly errors: readonly LuaError[];
  /** Whether it went on differently after a restart: it keeps something that a snapshot does not. */
  readonly isForgetful: boolean;
  readonly ticksProcessed: number;
  /** How long each call took, microseconds. */
  readonly callUs: ReadonlyMap<StrategyCallback, readonly number[]>;
  readonly usedBytes: number;
}

const LIMITS: ReadonlySet<LuaErrorCode> = new Set(['budget', 'deadline', 'memory']);
const TICKS_PER_BAR = 20;
const MOST_ERRORS = 20;
/** Further ones would say no more than the first ones. */
const MOST_FAILING_CALLS = 100;
/** A call that fails at a limit has taken long. */
const WEIGHT_OF_LIMITS = 20;
const CASH = 100_000;
const FLAT: StrategyAccount = {
  side: 'Flat',
  quantity: 0,
  entryPrice: 0,
  unrealizedPnl: 0,
  realizedPnl: 0,
  cash: CASH,
  equity: CASH,
};

/**
 * Runs a strategy on `ticks` from its start to its stop, with bars made of them where it takes bars. Each order is
 * filled at once at its limit or the last price, so that `on_fill` and positions are met; what it earns means nothing.
 * Halfway a second run begins with a snapshot of the first; the two ought not to differ from there on.
 */
export function dryRun(
  vm: StrategyVm,
  options: StrategyVmOptions,
  ticks: readonly StrategyTick[],
  clock: Pick<MediaClock, 'nowUs'>,
  timeLimitMs: number,
): DryRun {
  const endUs = clock.nowUs() + timeLimitMs * 1000;
  const run = new DryRunner(vm, clock);
  const { callbacks, series } = vm.declaration;
  const takesBars = series === 'bars' || callbacks.includes('on_bar');
  let twin: StrategyVm | undefined;
  let isForgetful = false;
  const twice = (callback: StrategyCallback, call: (vm: StrategyVm) => StrategyOutcome) => {
    const outcome = run.call(callback, call);
    if (twin === undefined || isDeepStrictEqual(call(twin), outcome)) return outcome;
    isForgetful = true;
    twin[Symbol.dispose]();
    twin = undefined;
    return outcome;
  };
  let account = FLAT;
  const carryOut = ({ effects }: StrategyOutcome, tick: StrategyTick) => {
    for (const effect of effects) {
      if (effect.kind !== 'buy' && effect.kind !== 'sell' && effect.kind !== 'close') continue;
      const fill = fillOf(effect, account, tick);
      if (fill === undefined) continue;
      account = accountAfter(account, fill);
      vm.setAccount(account);
      twin?.setAccount(account);
      // NB: orders of on_fill are not carried out: two callbacks that answer each other would never end.
      if (callbacks.includes('on_fill')) twice('on_fill', (one) => one.onFill(fill));
    }
  };
  let ticksProcessed = 0;
  run.call('on_start', (one) => one.start());
  try {
    for (const [at, tick] of ticks.entries()) {
      if (vm.isDead || run.failingCalls >= MOST_FAILING_CALLS || clock.nowUs() > endUs) break;
      if (at === ticks.length >> 1 && run.errors.length === 0) twin = twinOf(vm, options, run);
      if (series === 'ticks' || callbacks.includes('on_tick')) {
        carryOut(
          twice('on_tick', (one) => one.onTick(tick)),
          tick,
        );
      }
      if (takesBars && at % TICKS_PER_BAR === TICKS_PER_BAR - 1) {
        const bar = barOf(ticks.slice(at - TICKS_PER_BAR + 1, at + 1), tick);
        carryOut(
          twice('on_bar', (one) => one.onBar(bar)),
          tick,
        );
      }
      ticksProcessed++;
    }
    run.call('on_stop', (one) => one.stop());
  } finally {
    twin?.[Symbol.dispose]();
  }
  return { errors: run.errors, isForgetful, ticksProcessed, callUs: run.callUs, usedBytes: vm.usedBytes };
}

class DryRunner {
  readonly errors: LuaError[] = [];
  readonly callUs = new Map<StrategyCallback, number[]>();
  failingCalls = 0;
  readonly #vm: StrategyVm;
  readonly #clock: Pick<MediaClock, 'nowUs'>;

  constructor(vm: StrategyVm, clock: Pick<MediaClock, 'nowUs'>) {
    this.#vm = vm;
    this.#clock = clock;
  }

  call(callback: StrategyCallback, call: (vm: StrategyVm) => StrategyOutcome): StrategyOutcome {
    const startedUs = this.#clock.nowUs();
    const outcome = call(this.#vm);
    const tookUs = this.#clock.nowUs() - startedUs;
    if (this.#vm.declaration.callbacks.includes(callback)) {
      const times = this.callUs.get(callback) ?? [];
      times.push(tookUs);
      this.callUs.set(callback, times);
    }
    if (outcome.error !== undefined) {
      this.failingCalls += LIMITS.has(outcome.error.code) ? WEIGHT_OF_LIMITS : 1;
      this.note(outcome.error);
    }
    return outcome;
  }

  note(error: LuaError): void {
    const isKnown = this.errors.some(({ code, line }) => code === error.code && line === error.line);
    if (!isKnown && this.errors.length < MOST_ERRORS) this.errors.push(error);
  }
}

function twinOf(vm: StrategyVm, options: StrategyVmOptions, run: DryRunner): StrategyVm | undefined {
  try {
    // A snapshot goes to disk as JSON.
    return new StrategyVm({ ...options, snapshot: JSON.parse(JSON.stringify(vm.snapshot())) });
  } catch (error) {
    if (!(error instanceof LuaError)) throw error;
    run.note(error);
    return undefined;
  }
}

function fillOf(
  order: StrategyOrder,
  account: StrategyAccount,
  tick: StrategyTick,
): StrategyFill | undefined {
  const isShort = account.side === 'Short';
  const quantity = order.quantity ?? account.quantity;
  if (quantity === 0) return undefined;
  const side = order.kind === 'buy' || (order.kind === 'close' && isShort) ? 'Buy' : 'Sell';
  return {
    timeUs: tick.timeUs,
    side,
    price: order.limit ?? tick.price,
    quantity,
    fee: 0,
    orderRef: order.ref,
  };
}

function accountAfter(account: StrategyAccount, { side, price, quantity }: StrategyFill): StrategyAccount {
  const held = account.side === 'Short' ? -account.quantity : account.quantity;
  const after = held + (side === 'Buy' ? quantity : -quantity);
  const cash = account.cash + (side === 'Buy' ? -quantity : quantity) * price;
  return {
    ...FLAT,
    side: after === 0 ? 'Flat' : after > 0 ? 'Long' : 'Short',
    quantity: Math.abs(after),
    entryPrice: after === 0 ? 0 : price,
    cash,
    equity: cash + after * price,
  };
}

function barOf(ticks: readonly StrategyTick[], last: StrategyTick) {
  const prices = ticks.map(({ price }) => price);
  return {
    timeUs: last.timeUs,
    open: prices[0] ?? last.price,
    high: Math.max(...prices),
    low: Math.min(...prices),
    close: last.price,
    volume: ticks.reduce((sum, { size }) => sum + size, 0),
  };
}
