import { type MediaClock, mediaClock } from '../../runtime/clock.ts';
import { LuaError, type LuaErrorCode } from './lua-error.ts';
import { LuaMachine, type LuaStateOwner } from './lua-machine.ts';
import { textOf } from './lua-text.ts';
import { currentLine, DEBUG_RECORD_BYTES, locatedError, STRATEGY_CHUNK, typeNameOf } from './lua-trace.ts';
import type { LuaExports, LuaStateAddress } from './lua-wasm.ts';

/** How much a sandbox lets its code have. */
export interface LuaSandboxLimits {
  /** Memory of its values, at least 512 KiB, default 8 MiB: a strategy with a window of 100 needs about 200 KiB. */
  readonly memoryCapBytes?: number;
  /**
   * Instructions that one call may execute, at least 10,000, default 1,000,000: about 10 ms. It is held to within
   * 1,000 instructions. Work that is no instruction counts as what takes as long.
   */
  readonly instructionBudget?: number;
  /**
   * What one call may take, default 500 ms: the budget ends nearly everything far sooner, and alike in each run. Only
   * calls of more than 1,000 instructions are timed.
   */
  readonly deadlineMs?: number;
}

export interface LuaSandboxOptions extends LuaSandboxLimits {
  /** Default: the machine of this thread. */
  readonly machine?: LuaMachine;
  readonly clock?: Pick<MediaClock, 'nowUs'>;
}

/** As large as a string may be that Lua code makes: no hook interrupts the comparison of two. */
const LONGEST_STRING_BYTES = 65_536;
const STRING_HEADER_BYTES = 32;
const COUNT_INTERVAL = 1000;
/** What a collection of all garbage takes, which Lua tries before it gives up on memory. */
const REFUSAL_INSTRUCTIONS = 20_000;
const CHARGED_BLOCK_BYTES = 1024;
const BYTES_PER_INSTRUCTION = 64;
const LEAST_MEMORY_BYTES = 524_288;
const LEAST_BUDGET = 10_000;

const LUA_OK = 0;
const LUA_ERRMEM = 4;
const LUA_MASKCOUNT = 8;
const LUA_TSTRING = 4;
const LUA_TTABLE = 5;
const LUA_REGISTRYINDEX = -1_001_000;
/** Where the handler lies for the life of the state. */
const HANDLER_INDEX = 1;
const PROGRESS_KEY = 1000n;
const encoder = new TextEncoder();

/**
 * One Lua state that cannot outgrow its limits: whatever its code does ends in a LuaError within them, and the next
 * call finds a state that works. It has no thread of its own: whoever calls it waits. Close it with `using`.
 */
export class LuaSandbox implements Disposable, LuaStateOwner {
  readonly machine: LuaMachine;
  readonly lua: LuaExports;
  readonly state: LuaStateAddress;
  readonly #clock: Pick<MediaClock, 'nowUs'>;
  readonly #budget: number;
  readonly #deadlineUs: number;
  readonly #capBytes: number;
  readonly #debugRecord: number;
  #usedBytes = 0;
  /** Whether strategy code runs, and not the host. */
  #isHeld = false;
  #isClosed = false;
  /** Whether the hook runs at each instruction. */
  #isInterrupted = false;
  #spent = 0;
  #startedUs = 0;
  #progress = 0;
  #raised: LuaError | undefined;
  #exceeded: LuaError | undefined;
  #refused: LuaError | undefined;

  constructor(options: LuaSandboxOptions = {}) {
    const { memoryCapBytes = 8_388_608, instructionBudget = 1_000_000, deadlineMs = 500 } = options;
    assertAtLeast('memoryCapBytes', memoryCapBytes, LEAST_MEMORY_BYTES);
    assertAtLeast('instructionBudget', instructionBudget, LEAST_BUDGET);
    assertAtLeast('deadlineMs', deadlineMs, 1);
    this.#capBytes = memoryCapBytes;
    this.#budget = instructionBudget;
    this.#deadlineUs = deadlineMs * 1000;
    this.#clock = options.clock ?? mediaClock;
    this.machine = options.machine ?? LuaMachine.ofThread();
    this.lua = this.machine.lua;
    this.#debugRecord = this.lua.malloc(DEBUG_RECORD_BYTES);
    this.state = this.machine.openState(this);
    this.lua.luaL_openlibs(this.state);
    this.lua.lua_settop(this.state, 0);
    this.lua.lua_pushcclosure(this.state, this.machine.callbacks.messageHandler, 0);
  }

  /** Bytes of all its values, garbage that was not collected yet among them. */
  get usedBytes(): number {
    return this.#usedBytes;
  }

  /** Why no code runs in it any more, for good; undefined while it does. Nothing of it may be touched then. */
  get death(): LuaError | undefined {
    if (this.#isClosed) return new LuaError('dead', 'the sandbox is closed');
    if (!this.machine.isBroken) return undefined;
    return new LuaError('dead', `the lua machine broke: ${String(this.machine.fault)}`);
  }

  /** Leaves nothing of it in the machine. A second time does nothing. */
  [Symbol.dispose](): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#isHeld = false;
    this.machine.closeState(this, this.state);
    if (!this.machine.isBroken) this.lua.free(this.#debugRecord);
  }

  /**
   * Pushes the function that `code` is. Answers the error where it does not parse, or needs more memory than there may
   * be; then nothing is pushed.
   */
  load(code: string, chunk: string): LuaError | undefined {
    const death = this.death;
    if (death !== undefined) return death;
    const { lua, machine, state } = this;
    this.#isHeld = chunk === STRATEGY_CHUNK;
    this.#spent = 0;
    this.#refused = undefined;
    const status = machine.withBytes(encoder.encode(code), (pointer, sizeBytes) =>
      lua.luaL_loadbufferx(state, pointer, sizeBytes, machine.nameOf(`=${chunk}`), machine.nameOf('t')),
    );
    this.#isHeld = false;
    if (status === LUA_OK) return undefined;
    const text = textOf(this, -1) ?? 'no readable error';
    lua.lua_settop(state, -2);
    if (status === LUA_ERRMEM) return this.#refused ?? new LuaError('memory', 'no memory is left');
    return locatedError('syntax', text, 0);
  }

  /** Pushes the function by which Lua code tells of work that is no instruction: `charge(instructions)`. */
  pushCharge(): void {
    this.lua.lua_pushcclosure(this.state, this.machine.callbacks.charge, 0);
  }

  /**
   * Makes the table on top of the stack, which it pops, say how far a call is: the budget begins anew whenever its
   * first entry changes. The second and third entry are a code and a message of ours, which an error with that very
   * message then has.
   */
  takeProgress(): void {
    this.lua.lua_rawseti(this.state, LUA_REGISTRYINDEX, PROGRESS_KEY);
  }

  /**
   * Calls the function below its `parameters` on the stack, within the limits. Answers undefined, and then `results`
   * values lie in their place; or the error, and then nothing does.
   */
  call(parameters: number, results: number): LuaError | undefined {
    this.#isHeld = true;
    return this.#call(parameters, results);
  }

  /** The same for code of ours with data of any size: without limits. */
  callUnlimited(parameters: number, results: number): LuaError | undefined {
    this.#isHeld = false;
    return this.#call(parameters, results);
  }

  #call(parameters: number, results: number): LuaError | undefined {
    const death = this.death;
    if (death !== undefined) return death;
    this.#spent = 0;
    this.#startedUs = 0;
    this.#progress = 0;
    this.#raised = undefined;
    this.#exceeded = undefined;
    this.#refused = undefined;
    const { lua, machine, state } = this;
    this.#countEvery(COUNT_INTERVAL);
    let status: number;
    try {
      status = machine.call(this, state, parameters, results, HANDLER_INDEX);
    } catch {
      return this.death ?? new LuaError('dead', 'the lua machine broke');
    } finally {
      this.#isHeld = false;
    }
    if (status === LUA_OK) return undefined;
    lua.lua_settop(state, -2);
    if (this.#exceeded !== undefined) return this.#exceeded;
    if (status === LUA_ERRMEM) return this.#refused ?? new LuaError('memory', 'no memory is left');
    return this.#raised ?? new LuaError('runtime', 'an error while an error was handled');
  }

  allocate(block: number, oldBytes: number, newBytes: number): number {
    const heldBytes = block === 0 ? 0 : oldBytes;
    if (newBytes === 0) {
      if (block !== 0) this.lua.free(block);
      this.#usedBytes -= heldBytes;
      return 0;
    }
    if (this.#isHeld && newBytes > heldBytes) {
      if (newBytes >= CHARGED_BLOCK_BYTES) this.#chargeAllocation(newBytes / BYTES_PER_INSTRUCTION);
      if (this.#usedBytes - heldBytes + newBytes > this.#capBytes) {
        return this.#refuse(`more than ${this.#capBytes} bytes of memory`, block);
      }
      if (block === 0 && oldBytes === LUA_TSTRING && newBytes > LONGEST_STRING_BYTES + STRING_HEADER_BYTES) {
        return this.#refuse(`a string of more than ${LONGEST_STRING_BYTES} bytes`, block);
      }
    }
    const moved = this.lua.realloc(block, newBytes);
    if (moved !== 0) this.#usedBytes += newBytes - heldBytes;
    return moved;
  }

  instructionsCounted(): void {
    if (!this.#isHeld) return;
    if (this.#exceeded === undefined) {
      this.#followProgress();
      this.#spent += COUNT_INTERVAL;
      this.#exceeded = this.#excess();
      if (this.#exceeded === undefined) {
        // What was allocated belonged to an earlier tick.
        if (this.#isInterrupted) this.#countEvery(COUNT_INTERVAL);
        return;
      }
    }
    this.#raiseExceeded();
  }

  errorRaised(): void {
    const line = currentLine(this, this.#debugRecord);
    const text = textOf(this, -1);
    this.#raised =
      text === undefined
        ? new LuaError('runtime', `the error was ${typeNameOf(this, -1)}, not a text`, line)
        : locatedError(this.#codeOf(text), text, line);
  }

  workCharged(instructions: number): void {
    if (!this.#isHeld) return;
    if (this.#exceeded === undefined) {
      this.#followProgress();
      // NB: NaN counts as too much.
      this.#spent = instructions >= 0 ? this.#spent + instructions : Number.POSITIVE_INFINITY;
      this.#exceeded = this.#excess();
      if (this.#exceeded === undefined) return;
    }
    this.#raiseExceeded();
  }

  /** As workCharged, where nothing may be raised: the next instruction does it. */
  #chargeAllocation(instructions: number): void {
    this.#spent += instructions;
    if (this.#spent > this.#budget && !this.#isInterrupted) this.#countEvery(1);
  }

  /** From here on each instruction raises: no pcall that catches it comes to execute another. */
  #raiseExceeded(): void {
    this.#countEvery(1);
    this.lua.lua_pushstring(this.state, this.machine.nameOf('limit exceeded'));
    this.lua.lua_error(this.state);
  }

  #countEvery(instructions: number): void {
    this.#isInterrupted = instructions === 1;
    this.lua.lua_sethook(this.state, this.machine.callbacks.countHook, LUA_MASKCOUNT, instructions);
  }

  #excess(): LuaError | undefined {
    if (this.#spent > this.#budget) {
      const text = `more than ${this.#budget} instructions in one call`;
      return new LuaError('budget', text, currentLine(this, this.#debugRecord));
    }
    const nowUs = this.#clock.nowUs();
    if (this.#startedUs === 0) this.#startedUs = nowUs;
    if (nowUs - this.#startedUs <= this.#deadlineUs) return undefined;
    return new LuaError(
      'deadline',
      `more than ${this.#deadlineUs / 1000} ms in one call`,
      currentLine(this, this.#debugRecord),
    );
  }

  #refuse(what: string, block: number): number {
    // NB: while a block moves, which may be the stack, nothing looks at the stack.
    this.#refused = new LuaError('memory', what, block === 0 ? currentLine(this, this.#debugRecord) : 0);
    this.#chargeAllocation(REFUSAL_INSTRUCTIONS);
    return 0;
  }

  #followProgress(): void {
    const { lua, state } = this;
    lua.lua_rawgeti(state, LUA_REGISTRYINDEX, PROGRESS_KEY);
    if (lua.lua_type(state, -1) === LUA_TTABLE) {
      lua.lua_rawgeti(state, -1, 1n);
      const progress = lua.lua_tonumberx(state, -1, 0);
      if (progress !== this.#progress) {
        this.#progress = progress;
        this.#spent = 0;
        this.#startedUs = 0;
      }
      lua.lua_settop(state, -2);
    }
    lua.lua_settop(state, -2);
  }

  /** The code that goes with a message of ours, else `runtime`. */
  #codeOf(text: string): LuaErrorCode {
    const { lua, state } = this;
    const top = lua.lua_gettop(state);
    lua.lua_rawgeti(state, LUA_REGISTRYINDEX, PROGRESS_KEY);
    let code: string | undefined;
    if (lua.lua_type(state, -1) === LUA_TTABLE) {
      lua.lua_rawgeti(state, -1, 2n);
      lua.lua_rawgeti(state, -2, 3n);
      if (textOf(this, -1) === text) code = textOf(this, -2);
    }
    lua.lua_settop(state, top);
    return (code ?? 'runtime') as LuaErrorCode;
  }
}

function assertAtLeast(name: string, value: number, least: number): void {
  if (Number.isFinite(value) && value >= least) return;
  throw new RangeError(`${name} must be at least ${least}, was ${value}`);
}
