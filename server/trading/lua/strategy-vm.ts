import type { JsonObject, JsonValue } from '../../runtime/json.ts';
import { LuaError } from './lua-error.ts';
import { LuaSandbox, type LuaSandboxOptions } from './lua-sandbox.ts';
import { pushText } from './lua-text.ts';
import { STRATEGY_CHUNK } from './lua-trace.ts';
import { pushLuaValue, readLuaValue } from './lua-values.ts';
import { CONTEXT_LUA } from './prelude/context-lua.ts';
import { DRIVER_LUA } from './prelude/driver-lua.ts';
import { INDICATORS_LUA } from './prelude/indicators-lua.ts';
import {
  LIBRARY_LUA,
  PATTERN_FUNCTIONS,
  REMOVED_GLOBALS,
  REMOVED_STRING_FUNCTIONS,
} from './prelude/library-lua.ts';
import { RANDOM_LUA } from './prelude/random-lua.ts';
import { WINDOW_LUA } from './prelude/window-lua.ts';
import type {
  StrategyAccount,
  StrategyBar,
  StrategyDeclaration,
  StrategyEffect,
  StrategyFill,
  StrategyOutcome,
  StrategySnapshot,
  StrategyTick,
} from './strategy-types.ts';

export interface StrategyVmOptions extends LuaSandboxOptions {
  /** Lua 5.4, at most 1 MiB. */
  readonly code: string;
  readonly symbol?: string;
  /** In place of the declared defaults. */
  readonly parameters?: JsonObject;
  /** Ticks or bars that the window holds, 1 to 1,000,000, default 100. */
  readonly windowSize?: number;
  /** Of `math.random`, default 0. */
  readonly seed?: bigint;
  /** Whether it has `string.match`, `gmatch`, `gsub` and `find` with patterns, which no budget interrupts. Default no. */
  readonly grantPatterns?: boolean;
  /** Of an earlier run, which this one goes on with. */
  readonly snapshot?: StrategySnapshot;
}

/** What people look at while a strategy runs. */
export interface StrategyView {
  readonly state: string;
  readonly context: JsonObject;
}

/** How many ticks one call of Lua takes: beyond, the saving per tick is nothing. */
export const MOST_TICKS_PER_CALL = 64;
const LONGEST_CODE_BYTES = 1_048_576;
const WIDEST_WINDOW = 1_000_000;
const NUMBERS_PER_TICK = 5;
/** The handler lies below. */
const ENGINE_INDEX = 2;
const ONE_TICK_INDEX = 3;
const TICKS_INDEX = 4;
const BAR_INDEX = 5;
const BASE_TOP = 5;
const NO_EFFECTS: readonly StrategyEffect[] = Object.freeze([]);
const NOTHING: StrategyOutcome = Object.freeze({ consumed: 1, effects: NO_EFFECTS });
const PRELUDE = [LIBRARY_LUA, RANDOM_LUA, WINDOW_LUA + INDICATORS_LUA + CONTEXT_LUA + DRIVER_LUA];

/**
 * One run of one strategy. The constructor throws LuaError where the code does not load, declares what cannot be, or
 * does not go with the parameters or the snapshot; afterwards errors of the strategy are part of the outcomes, and each
 * call finds a strategy that works unless the error was `dead`. Close it with `using`.
 */
export class StrategyVm implements Disposable {
  readonly declaration: StrategyDeclaration;
  readonly #sandbox: LuaSandbox;

  constructor(options: StrategyVmOptions) {
    const { code, windowSize = 100, snapshot } = options;
    if (!Number.isInteger(windowSize) || windowSize < 1 || windowSize > WIDEST_WINDOW) {
      throw new RangeError(`windowSize must be a whole number from 1 to ${WIDEST_WINDOW}, was ${windowSize}`);
    }
    const codeBytes = Buffer.byteLength(code);
    if (codeBytes > LONGEST_CODE_BYTES) {
      throw new RangeError(`code must be at most ${LONGEST_CODE_BYTES} bytes, was ${codeBytes}`);
    }
    this.#sandbox = new LuaSandbox(options);
    try {
      this.#loadPrelude(options, windowSize);
      raise(this.#sandbox.load(code, STRATEGY_CHUNK));
      raise(this.#sandbox.call(0, 0));
      this.declaration = this.#declare(options.parameters ?? {});
      if (snapshot !== undefined) this.#restore(snapshot);
      this.#makeDrivers();
    } catch (error) {
      this.#sandbox[Symbol.dispose]();
      throw error;
    }
  }

  /** Bytes of all that the run holds. */
  get usedBytes(): number {
    return this.#sandbox.usedBytes;
  }

  /** Whether no call works any more. */
  get isDead(): boolean {
    return this.#sandbox.death !== undefined;
  }

  [Symbol.dispose](): void {
    this.#sandbox[Symbol.dispose]();
  }

  /** `on_start`: once in the life of a run, not after it was restored. */
  start(): StrategyOutcome {
    return this.#callBack('on_start');
  }

  /** `on_stop`. */
  stop(): StrategyOutcome {
    return this.#callBack('on_stop');
  }

  /** `on_fill`. */
  onFill(fill: StrategyFill): StrategyOutcome {
    const { timeUs, side, price, quantity, fee, orderRef } = fill;
    return this.#callBack('on_fill', { time_us: timeUs, side, price, quantity, fee, order: orderRef });
  }

  /** One tick. Throws RangeError when its price is none. */
  onTick(tick: StrategyTick): StrategyOutcome {
    const { lua, state } = this.#sandbox;
    assertPrice(tick.price, 'price');
    if (this.isDead) return this.#dead();
    lua.lua_pushvalue(state, ONE_TICK_INDEX);
    this.#pushTick(tick);
    return this.#finish(this.#sandbox.call(NUMBERS_PER_TICK, 2));
  }

  /** The ticks from index `from` on, at most MOST_TICKS_PER_CALL of them, until one leads to an order or an error. */
  onTicks(ticks: readonly StrategyTick[], from = 0): StrategyOutcome {
    const { lua, state } = this.#sandbox;
    const count = Math.min(ticks.length - from, MOST_TICKS_PER_CALL);
    if (count < 1) return { consumed: 0, effects: NO_EFFECTS };
    for (let i = 0; i < count; i++)
      assertPrice((ticks[from + i] as StrategyTick).price, `ticks[${from + i}].price`);
    if (this.isDead) return this.#dead();
    lua.lua_checkstack(state, count * NUMBERS_PER_TICK + 2);
    lua.lua_pushvalue(state, TICKS_INDEX);
    lua.lua_pushnumber(state, count);
    for (let i = 0; i < count; i++) this.#pushTick(ticks[from + i] as StrategyTick);
    return this.#finish(this.#sandbox.call(count * NUMBERS_PER_TICK + 1, 2));
  }

  /** One bar: `on_bar`, or `on_tick` at its close where the strategy has no `on_bar` and follows ticks. */
  onBar(bar: StrategyBar): StrategyOutcome {
    const { lua, state } = this.#sandbox;
    const { timeUs, open, high, low, close, volume } = bar;
    assertPrice(open, 'open');
    assertPrice(high, 'high');
    assertPrice(low, 'low');
    assertPrice(close, 'close');
    if (this.isDead) return this.#dead();
    lua.lua_pushvalue(state, BAR_INDEX);
    for (const number of [timeUs, open, high, low, close, volume]) lua.lua_pushnumber(state, number);
    return this.#finish(this.#sandbox.call(6, 2));
  }

  /** What `ctx.position` and `ctx.account` say from now on. */
  setAccount(account: StrategyAccount): void {
    const { lua, machine, state } = this.#sandbox;
    this.#pushEngine('set_account');
    lua.lua_pushstring(state, machine.nameOf(account.side));
    lua.lua_pushnumber(state, account.quantity);
    lua.lua_pushnumber(state, account.entryPrice);
    lua.lua_pushnumber(state, account.unrealizedPnl);
    lua.lua_pushnumber(state, account.realizedPnl);
    lua.lua_pushnumber(state, account.cash);
    lua.lua_pushnumber(state, account.equity);
    raise(this.#sandbox.callUnlimited(7, 0));
  }

  /** The state that it is in and what it keeps with `ctx.set`. */
  view(): StrategyView {
    const { state, context = {} } = this.#readFrom('save_view', 'readable') as JsonObject;
    return { state: String(state), context: context as JsonObject };
  }

  /** The newest `count` ticks or bars of the window, the oldest first; of a bar, the price is its close. */
  history(count: number): StrategyTick[] {
    const window = this.#readFrom('save_window', 'exact') as Record<string, readonly (number | false)[]>;
    const { time_us: times = [], price = [], size = [], bid = [], ask = [] } = window;
    return Array.from(columnOf(times), (timeUs, i) => {
      const [bidAt, askAt] = [columnOf(bid)[i], columnOf(ask)[i]];
      return {
        timeUs: Number(timeUs),
        price: Number(price[i]),
        size: Number(size[i]),
        ...(typeof bidAt === 'number' && { bid: bidAt }),
        ...(typeof askAt === 'number' && { ask: askAt }),
      };
    }).slice(-count);
  }

  /**
   * All that a run consists of apart from its code: a VM that is made with it goes on as this one would. Throws
   * LuaError `snapshot` where `ctx.memory` holds what cannot be kept.
   */
  snapshot(): StrategySnapshot {
    return this.#readFrom('save', 'exact') as StrategySnapshot;
  }

  #loadPrelude(
    { symbol = '', grantPatterns = false, seed = 0n }: StrategyVmOptions,
    windowSize: number,
  ): void {
    const sandbox = this.#sandbox;
    const { lua, state } = sandbox;
    pushLuaValue(
      sandbox,
      {
        ctx: {},
        progress: {},
        symbol,
        patterns_granted: grantPatterns,
        removed: REMOVED_GLOBALS,
        removed_from_string: { ...(grantPatterns ? {} : PATTERN_FUNCTIONS), ...REMOVED_STRING_FUNCTIONS },
      },
      'readable',
    );
    this.#setField('charge', () => sandbox.pushCharge());
    this.#setField('window_size', () => lua.lua_pushinteger(state, BigInt(windowSize)));
    this.#pushField('progress');
    sandbox.takeProgress();
    for (const part of PRELUDE) {
      raise(sandbox.load(part, 'engine'));
      lua.lua_pushvalue(state, ENGINE_INDEX);
      raise(sandbox.callUnlimited(1, 0));
    }
    this.#pushField('seed');
    lua.lua_pushinteger(state, BigInt.asIntN(64, seed));
    raise(sandbox.callUnlimited(1, 0));
  }

  #declare(parameters: JsonObject): StrategyDeclaration {
    const sandbox = this.#sandbox;
    this.#pushEngine('declare');
    raise(sandbox.call(0, 1));
    const declared = readLuaValue(sandbox, -1, 'readable', 'strategy') as unknown as StrategyDeclaration;
    sandbox.lua.lua_settop(sandbox.state, -2);
    this.#pushEngine('configure');
    pushLuaValue(sandbox, parameters, 'readable');
    raise(sandbox.callUnlimited(1, 0));
    const { parameters: named, callbacks, transitions } = declared;
    return {
      ...declared,
      parameters: columnOf(named),
      callbacks: columnOf(callbacks),
      transitions: Object.fromEntries(
        Object.entries(transitions).map(([from, targets]) => [from, columnOf(targets)]),
      ),
    };
  }

  #restore(snapshot: StrategySnapshot): void {
    this.#pushEngine('restore');
    pushLuaValue(this.#sandbox, snapshot, 'exact');
    raise(this.#sandbox.callUnlimited(1, 0));
  }

  #makeDrivers(): void {
    const { lua, state } = this.#sandbox;
    this.#pushEngine('tick_driver');
    raise(this.#sandbox.callUnlimited(0, 2));
    this.#pushEngine('bar_driver');
    lua.lua_pushvalue(state, ONE_TICK_INDEX);
    raise(this.#sandbox.callUnlimited(1, 1));
  }

  #callBack(name: string, input?: JsonObject): StrategyOutcome {
    if (this.isDead) return this.#dead();
    const { lua, machine, state } = this.#sandbox;
    this.#pushEngine('call_back');
    lua.lua_pushstring(state, machine.nameOf(name));
    if (input !== undefined) pushLuaValue(this.#sandbox, input, 'exact');
    return this.#finish(this.#sandbox.call(input === undefined ? 1 : 2, 2));
  }

  #pushTick({ timeUs, price, size, bid, ask }: StrategyTick): void {
    const { lua, state } = this.#sandbox;
    lua.lua_pushnumber(state, timeUs);
    lua.lua_pushnumber(state, price);
    lua.lua_pushnumber(state, size);
    if (bid === undefined) lua.lua_pushnil(state);
    else lua.lua_pushnumber(state, bid);
    if (ask === undefined) lua.lua_pushnil(state);
    else lua.lua_pushnumber(state, ask);
  }

  #finish(error: LuaError | undefined): StrategyOutcome {
    const { lua, state } = this.#sandbox;
    if (error !== undefined) return this.#takeBack(error);
    const consumed = lua.lua_tonumberx(state, BASE_TOP + 1, 0);
    const effectCount = lua.lua_tonumberx(state, BASE_TOP + 2, 0);
    lua.lua_settop(state, BASE_TOP);
    if (effectCount === 0) return consumed === 1 ? NOTHING : { consumed, effects: NO_EFFECTS };
    return { consumed, effects: this.#effects() };
  }

  #dead(): StrategyOutcome {
    const error = this.#sandbox.death ?? new LuaError('dead', 'the lua machine broke');
    return { consumed: 1, effects: NO_EFFECTS, error };
  }

  /** The effects of the inputs before the one that failed stay. */
  #takeBack(error: LuaError): StrategyOutcome {
    if (error.code === 'dead') return this.#dead();
    const { lua, state } = this.#sandbox;
    this.#pushField('progress');
    lua.lua_rawgeti(state, -1, 1n);
    const consumed = lua.lua_tonumberx(state, -1, 0);
    lua.lua_settop(state, BASE_TOP);
    this.#pushEngine('rollback');
    lua.lua_pushnumber(state, consumed);
    raise(this.#sandbox.callUnlimited(1, 1));
    const effectCount = lua.lua_tonumberx(state, -1, 0);
    lua.lua_settop(state, BASE_TOP);
    return { consumed, effects: effectCount === 0 ? NO_EFFECTS : this.#effects(), error };
  }

  #effects(): readonly StrategyEffect[] {
    this.#pushField('effects');
    const effects = readLuaValue(this.#sandbox, -1, 'readable', 'effects') as unknown as StrategyEffect[];
    this.#sandbox.lua.lua_settop(this.#sandbox.state, BASE_TOP);
    return effects.map((effect) => ({ ...effect, input: effect.input - 1 }));
  }

  #readFrom(name: string, form: 'exact' | 'readable'): JsonValue {
    const { lua, state } = this.#sandbox;
    this.#pushEngine(name);
    raise(this.#sandbox.callUnlimited(0, 1));
    try {
      return readLuaValue(this.#sandbox, -1, form, 'snapshot');
    } finally {
      lua.lua_settop(state, BASE_TOP);
    }
  }

  /** Pushes the function of that name. */
  #pushEngine(name: string): void {
    raise(this.#sandbox.death);
    this.#pushField(name);
  }

  #pushField(name: string): void {
    const { lua, machine, state } = this.#sandbox;
    lua.lua_pushstring(state, machine.nameOf(name));
    lua.lua_rawget(state, ENGINE_INDEX);
  }

  #setField(name: string, push: () => void): void {
    pushText(this.#sandbox, name);
    push();
    this.#sandbox.lua.lua_rawset(this.#sandbox.state, ENGINE_INDEX);
  }
}

function raise(error: LuaError | undefined): void {
  if (error !== undefined) throw error;
}

/** NB: a table without entries is read as an empty object. */
function columnOf<Value>(list: readonly Value[]): readonly Value[] {
  return Array.isArray(list) ? list : [];
}

function assertPrice(price: number, name: string): void {
  if (price > 0 && price < Number.POSITIVE_INFINITY) return;
  throw new RangeError(`${name} must be a finite number above 0, was ${price}`);
}
