import type { LuaMachine } from './lua-machine.ts';
import type { LuaExports, LuaStateAddress } from './lua-wasm.ts';

/** A state to move values into and out of. */
export interface LuaStack {
  readonly machine: LuaMachine;
  readonly lua: LuaExports;
  readonly state: LuaStateAddress;
}

const LUA_TSTRING = 4;
const encoder = new TextEncoder();

/** The string at `index`; undefined where there is none, or one that is no UTF-8. */
export function textOf(stack: LuaStack, index: number): string | undefined {
  const bytes = stringBytes(stack, index);
  return bytes === undefined ? undefined : stack.machine.textAt(bytes.byteOffset, bytes.length);
}

/** The bytes of the string at `index`, a view that holds until Lua runs next; undefined where there is none. */
export function stringBytes({ lua, machine, state }: LuaStack, index: number): Uint8Array | undefined {
  // NB: lua_tolstring would turn a number into a string in place.
  if (lua.lua_type(state, index) !== LUA_TSTRING) return undefined;
  const pointer = lua.lua_tolstring(state, index, machine.scratch);
  return machine.bytesAt(pointer, machine.int32At(machine.scratch) >>> 0);
}

/** Pushes the text as UTF-8. */
export function pushText(stack: LuaStack, text: string): void {
  pushBytes(stack, encoder.encode(text));
}

/** Pushes the bytes as a string. */
export function pushBytes({ lua, machine, state }: LuaStack, bytes: Uint8Array): void {
  machine.withBytes(bytes, (pointer, sizeBytes) => lua.lua_pushlstring(state, pointer, sizeBytes));
}
