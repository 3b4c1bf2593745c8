import { instantiateLua, type LuaExports, type LuaStateAddress } from './lua-wasm.ts';
import { addWasmCallback } from './wasm-callback.ts';

/** What a state asks of whoever owns it, while it runs. */
export interface LuaStateOwner {
  /** As lua_Alloc: answers a block of `newBytes`, or 0. `oldBytes` is a type where `block` is 0. */
  allocate(block: number, oldBytes: number, newBytes: number): number;
  /** Some instructions were executed. May raise by way of lua_error. */
  instructionsCounted(): void;
  /** An error that nothing in Lua caught lies on top of the stack, and what raised it is still there. */
  errorRaised(): void;
  /** Lua code asks for work that is no instruction, worth `instructions` of them. May raise likewise. */
  workCharged(instructions: number): void;
}

/** The numbers under which a state calls back; the same for all states of a machine. */
export interface LuaCallbacks {
  readonly allocator: number;
  readonly countHook: number;
  readonly messageHandler: number;
  readonly charge: number;
}

/** Above, the decoder is faster. */
const SHORT_TEXT_BYTES = 32;
const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { fatal: true });

/**
 * One instance of Lua's code with the memory that its states share. A state cannot reach what belongs to another, and
 * an instance costs 16 MiB of address space, so that the sandboxes of a thread share one.
 */
export class LuaMachine {
  static #shared: LuaMachine | undefined;

  readonly lua: LuaExports = instantiateLua();
  readonly callbacks: LuaCallbacks;
  /** Eight bytes for a length that Lua writes. */
  readonly scratch = this.lua.malloc(8);
  readonly #owners = new Map<number, LuaStateOwner>();
  readonly #names = new Map<string, number>();
  #nextOwner = 1;
  #running: LuaStateOwner | undefined;
  #bytes = new Uint8Array(this.lua.memory.buffer);
  #words = new Int32Array(this.lua.memory.buffer);
  #fault: unknown;

  constructor() {
    const table = this.lua.__indirect_function_table;
    this.callbacks = {
      allocator: addWasmCallback(table, 4, true, (owner, block, oldBytes, newBytes) =>
        (this.#owners.get(owner as number) as LuaStateOwner).allocate(
          block as number,
          (oldBytes as number) >>> 0,
          (newBytes as number) >>> 0,
        ),
      ),
      countHook: addWasmCallback(table, 2, false, () => {
        this.#running?.instructionsCounted();
        return undefined;
      }),
      messageHandler: addWasmCallback(table, 1, true, () => {
        this.#running?.errorRaised();
        return 1;
      }),
      charge: addWasmCallback(table, 1, true, (state) => {
        this.#running?.workCharged(this.lua.lua_tonumberx(state as number, 1, 0));
        return 0;
      }),
    };
  }

  /** That of this thread; a new one once it is broken. */
  static ofThread(): LuaMachine {
    if (LuaMachine.#shared === undefined || LuaMachine.#shared.isBroken)
      LuaMachine.#shared = new LuaMachine();
    return LuaMachine.#shared;
  }

  /** Whether something other than a Lua error left it. Its memory may be damaged, so nothing in it is used any more. */
  get isBroken(): boolean {
    return this.#fault !== undefined;
  }

  /** What broke it. */
  get fault(): unknown {
    return this.#fault;
  }

  /** A state without libraries. Throws when there is no memory for it. */
  openState(owner: LuaStateOwner): LuaStateAddress {
    const number = this.#nextOwner++;
    this.#owners.set(number, owner);
    const state = this.lua.lua_newstate(this.callbacks.allocator, number);
    if (state === 0) throw new Error('no memory for a lua state');
    return state;
  }

  closeState(owner: LuaStateOwner, state: LuaStateAddress): void {
    if (!this.isBroken) this.lua.lua_close(state);
    for (const [number, candidate] of this.#owners) if (candidate === owner) this.#owners.delete(number);
  }

  /** Calls what is on the state's stack, as lua_pcallk does. Throws, and is broken, on anything but a Lua error. */
  call(owner: LuaStateOwner, state: LuaStateAddress, parameters: number, results: number, handler: number) {
    this.#running = owner;
    try {
      return this.lua.lua_pcallk(state, parameters, results, handler, 0, 0);
    } catch (fault) {
      this.#fault = fault;
      throw fault;
    } finally {
      this.#running = undefined;
    }
  }

  /** The bytes at `pointer`, decoded; undefined where they are no UTF-8. */
  textAt(pointer: number, sizeBytes: number): string | undefined {
    const ascii = sizeBytes <= SHORT_TEXT_BYTES ? this.#asciiAt(pointer, sizeBytes) : undefined;
    if (ascii !== undefined) return ascii;
    try {
      return decoder.decode(this.bytesAt(pointer, sizeBytes));
    } catch {
      return undefined;
    }
  }

  /** Names and reasons mostly: a decoder takes ten times as long to begin. */
  #asciiAt(pointer: number, sizeBytes: number): string | undefined {
    const bytes = this.#memory();
    let text = '';
    for (let i = pointer; i < pointer + sizeBytes; i++) {
      const byte = bytes[i] as number;
      if (byte > 0x7f) return undefined;
      text += String.fromCharCode(byte);
    }
    return text;
  }

  /** A view that holds until Lua runs next. */
  bytesAt(pointer: number, sizeBytes: number): Uint8Array {
    return this.#memory().subarray(pointer, pointer + sizeBytes);
  }

  /** Of an address that a multiple of four is. */
  int32At(pointer: number): number {
    this.#memory();
    return this.#words[pointer >> 2] as number;
  }

  /** The address of a text that stays for the life of the machine, with a zero at its end. For a few short names. */
  nameOf(text: string): number {
    let pointer = this.#names.get(text);
    if (pointer === undefined) {
      pointer = this.#write(encoder.encode(text));
      this.#names.set(text, pointer);
    }
    return pointer;
  }

  /** Lends `use` a copy of the bytes in the machine's memory, with a zero after them. */
  withBytes<Result>(bytes: Uint8Array, use: (pointer: number, sizeBytes: number) => Result): Result {
    const pointer = this.#write(bytes);
    try {
      return use(pointer, bytes.length);
    } finally {
      this.lua.free(pointer);
    }
  }

  #write(bytes: Uint8Array): number {
    const pointer = this.lua.malloc(bytes.length + 1);
    if (pointer === 0) throw new Error(`no memory for ${bytes.length} bytes in the lua machine`);
    const memory = this.#memory();
    memory.set(bytes, pointer);
    memory[pointer + bytes.length] = 0;
    return pointer;
  }

  #memory(): Uint8Array {
    // Growing the memory leaves the view that was with no bytes.
    if (this.#bytes.length === 0) {
      this.#bytes = new Uint8Array(this.lua.memory.buffer);
      this.#words = new Int32Array(this.lua.memory.buffer);
    }
    return this.#bytes;
  }
}
