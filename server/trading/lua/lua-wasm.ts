import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import {
  type WasmImports,
  type WasmMemory,
  type WasmModule,
  type WasmTable,
  webAssembly,
} from './web-assembly.ts';

/** Address of a lua_State in the memory of its machine. */
export type LuaStateAddress = number;

/**
 * What of Lua's C interface is called here, under its own names: pointers and sizes are numbers, lua_Integer is a
 * bigint. Nothing is checked, so a wrong stack index damages the machine.
 */
export interface LuaExports {
  readonly memory: WasmMemory;
  readonly __indirect_function_table: WasmTable;
  __wasm_call_ctors(): void;
  emscripten_stack_init(): void;
  stackSave(): number;
  stackRestore(pointer: number): void;
  setThrew(threw: number, value: number): void;
  malloc(sizeBytes: number): number;
  realloc(pointer: number, sizeBytes: number): number;
  free(pointer: number): void;
  lua_newstate(allocator: number, userData: number): LuaStateAddress;
  lua_close(L: LuaStateAddress): void;
  luaL_openlibs(L: LuaStateAddress): void;
  luaL_loadbufferx(L: LuaStateAddress, code: number, sizeBytes: number, name: number, mode: number): number;
  lua_pcallk(
    L: LuaStateAddress,
    arguments_: number,
    results: number,
    handler: number,
    context: number,
    continuation: number,
  ): number;
  lua_error(L: LuaStateAddress): number;
  lua_sethook(L: LuaStateAddress, hook: number, mask: number, count: number): void;
  lua_getstack(L: LuaStateAddress, level: number, record: number): number;
  lua_getinfo(L: LuaStateAddress, what: number, record: number): number;
  lua_gettop(L: LuaStateAddress): number;
  lua_settop(L: LuaStateAddress, index: number): void;
  lua_checkstack(L: LuaStateAddress, slots: number): number;
  lua_pushvalue(L: LuaStateAddress, index: number): void;
  lua_rotate(L: LuaStateAddress, index: number, count: number): void;
  lua_type(L: LuaStateAddress, index: number): number;
  lua_isinteger(L: LuaStateAddress, index: number): number;
  lua_toboolean(L: LuaStateAddress, index: number): number;
  lua_tonumberx(L: LuaStateAddress, index: number, isNumber: number): number;
  lua_tointegerx(L: LuaStateAddress, index: number, isNumber: number): bigint;
  lua_tolstring(L: LuaStateAddress, index: number, length: number): number;
  lua_topointer(L: LuaStateAddress, index: number): number;
  lua_getmetatable(L: LuaStateAddress, index: number): number;
  lua_next(L: LuaStateAddress, index: number): number;
  lua_rawget(L: LuaStateAddress, index: number): number;
  lua_rawgeti(L: LuaStateAddress, index: number, key: bigint): number;
  lua_rawset(L: LuaStateAddress, index: number): void;
  lua_rawseti(L: LuaStateAddress, index: number, key: bigint): void;
  lua_createtable(L: LuaStateAddress, arraySlots: number, recordSlots: number): void;
  lua_pushnil(L: LuaStateAddress): void;
  lua_pushnumber(L: LuaStateAddress, value: number): void;
  lua_pushinteger(L: LuaStateAddress, value: bigint): void;
  lua_pushboolean(L: LuaStateAddress, value: number): void;
  lua_pushstring(L: LuaStateAddress, text: number): number;
  lua_pushlstring(L: LuaStateAddress, text: number, sizeBytes: number): number;
  lua_pushcclosure(L: LuaStateAddress, callback: number, upvalues: number): void;
}

/** Thrown and caught by identity: it costs no stack trace. */
const LONG_JUMP = { name: 'a long jump of Lua' };

/** Of a system call: the C library takes it as "it failed" everywhere. */
const REFUSED = () => -1;

const WASM_PAGE_BYTES = 65_536;

let compiled: WasmModule | undefined;

/**
 * An instance of the Lua 5.4 that wasmoon ships, without wasmoon's own loader: what it may import is here, and that is
 * no file, no clock, no process and no environment. Whatever Lua code gets hold of, there is nothing behind it.
 */
export function instantiateLua(): LuaExports {
  compiled ??= new webAssembly.Module(
    readFileSync(fileURLToPath(import.meta.resolve('wasmoon/dist/glue.wasm'))),
  );
  const imports: WasmImports = {};
  for (const { module, name } of webAssembly.Module.imports(compiled)) {
    imports[module] ??= {};
    imports[module][name] = REFUSED;
  }
  Object.assign(imports.env ?? {}, {
    invoke_vii(callback: number, first: number, second: number): undefined {
      const stack = lua.stackSave();
      try {
        lua.__indirect_function_table.get(callback)(first, second);
      } catch (error) {
        if (error !== LONG_JUMP) throw error;
        lua.stackRestore(stack);
        lua.setThrew(1, 0);
      }
    },
    _emscripten_throw_longjmp(): never {
      throw LONG_JUMP;
    },
    abort(): never {
      throw new Error('lua aborted');
    },
    // Lua makes the seed of its hashes from it: the same in every state, so that a run can be repeated.
    emscripten_date_now: () => 0,
    emscripten_resize_heap(sizeBytes: number): number {
      const missing = (sizeBytes >>> 0) - lua.memory.buffer.byteLength;
      try {
        lua.memory.grow(Math.ceil(missing / WASM_PAGE_BYTES));
        return 1;
      } catch {
        return 0;
      }
    },
  });
  const lua = new webAssembly.Instance(compiled, imports).exports as unknown as LuaExports;
  lua.emscripten_stack_init();
  lua.__wasm_call_ctors();
  return lua;
}
