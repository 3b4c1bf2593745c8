import type { JsonObject, JsonValue } from '../../runtime/json.ts';
import { LuaError } from './lua-error.ts';
import { type LuaStack, pushBytes, pushText, stringBytes, textOf } from './lua-text.ts';

/**
 * How JSON and Lua match. `exact` loses nothing: a JSON number is a float, and what JSON has no form for is an object
 * with one key: `$int`, `$float`, `$bytes`, `$entries`. `readable` is for people and for what they write: a whole
 * number is an integer of Lua.
 */
export type LuaValueForm = 'exact' | 'readable';

const LUA_TNIL = 0;
const LUA_TBOOLEAN = 1;
const LUA_TNUMBER = 3;
const LUA_TSTRING = 4;
const LUA_TTABLE = 5;
const DEEPEST = 64;
const SLOTS_PER_LEVEL = 6;

interface Entry {
  /** An integer is a bigint, a string that is no UTF-8 is bytes. */
  readonly key: JsonValue | bigint;
  readonly value: JsonValue;
}

/**
 * The value at `index` as JSON, without a call of Lua. Throws LuaError `snapshot`, with `path`, for a function, a table
 * with a metatable, or one that contains itself.
 */
export function readLuaValue(stack: LuaStack, index: number, form: LuaValueForm, path: string, depth = 0) {
  const { lua, state } = stack;
  switch (lua.lua_type(state, index)) {
    case LUA_TNIL:
      return null;
    case LUA_TBOOLEAN:
      return lua.lua_toboolean(state, index) === 1;
    case LUA_TNUMBER:
      return lua.lua_isinteger(state, index) === 1
        ? integerToJson(lua.lua_tointegerx(state, index, 0), form)
        : floatToJson(lua.lua_tonumberx(state, index, 0), form);
    case LUA_TSTRING:
      return stringAt(stack, index);
    case LUA_TTABLE:
      return tableAt(stack, index, form, path, depth);
    default:
      throw new LuaError('snapshot', `${path} must be a number, text, boolean or table`);
  }
}

/** Pushes what `readLuaValue` made of a value in the same form, or JSON that somebody wrote. */
export function pushLuaValue(stack: LuaStack, value: JsonValue, form: LuaValueForm): void {
  const { lua, state } = stack;
  if (lua.lua_checkstack(state, SLOTS_PER_LEVEL) === 0) throw new LuaError('memory', 'no room on the stack');
  if (value === null) lua.lua_pushnil(state);
  else if (typeof value === 'boolean') lua.lua_pushboolean(state, value ? 1 : 0);
  else if (typeof value === 'string') pushText(stack, value);
  else if (typeof value === 'number') {
    if (form === 'readable' && Number.isSafeInteger(value)) lua.lua_pushinteger(state, BigInt(value));
    else lua.lua_pushnumber(state, value);
  } else if (Array.isArray(value)) pushEntries(stack, listEntries(value), form);
  else pushObject(stack, value, form);
}

function integerToJson(integer: bigint, form: LuaValueForm): JsonValue {
  return form === 'exact' ? { $int: integer.toString() } : Number(integer);
}

function floatToJson(float: number, form: LuaValueForm): JsonValue {
  if (form === 'readable') return Number.isFinite(float) ? float : String(float);
  if (Object.is(float, -0)) return { $float: '-0' };
  return Number.isFinite(float) ? float : { $float: String(float) };
}

function stringAt(stack: LuaStack, index: number): JsonValue {
  const text = textOf(stack, index);
  return text ?? { $bytes: Buffer.from(stringBytes(stack, index) ?? []).toString('base64') };
}

function tableAt(stack: LuaStack, index: number, form: LuaValueForm, path: string, depth: number): JsonValue {
  const { lua, state } = stack;
  if (depth > DEEPEST) throw new LuaError('snapshot', `${path} must be nested at most ${DEEPEST} deep`);
  if (lua.lua_getmetatable(state, index) === 1) {
    lua.lua_settop(state, -2);
    throw new LuaError('snapshot', `${path} must be a plain table, had a metatable`);
  }
  if (lua.lua_checkstack(state, SLOTS_PER_LEVEL) === 0) throw new LuaError('memory', 'no room on the stack');
  const table = index < 0 ? lua.lua_gettop(state) + index + 1 : index;
  const entries: Entry[] = [];
  lua.lua_pushnil(state);
  while (lua.lua_next(state, table) === 1) {
    const key = keyAt(stack, -2, path);
    entries.push({ key, value: readLuaValue(stack, -1, form, `${path}.${String(key)}`, depth + 1) });
    lua.lua_settop(state, -2);
  }
  return listOf(entries) ?? (form === 'readable' ? readableRecord(entries) : exactRecord(entries));
}

function keyAt(stack: LuaStack, index: number, path: string): JsonValue | bigint {
  const { lua, state } = stack;
  if (lua.lua_isinteger(state, index) === 1) return lua.lua_tointegerx(state, index, 0);
  if (lua.lua_type(state, index) === LUA_TTABLE) {
    throw new LuaError('snapshot', `${path} must have no table as a key`);
  }
  return readLuaValue(stack, index, 'exact', `${path} key`);
}

/** Undefined unless the keys are 1 to the number of entries, of which Lua promises no order. */
function listOf(entries: readonly Entry[]): JsonValue | undefined {
  if (entries.length === 0) return undefined;
  const values = new Array<JsonValue | undefined>(entries.length).fill(undefined);
  for (const { key, value } of entries) {
    if (typeof key !== 'bigint' || key < 1n || key > entries.length) return undefined;
    values[Number(key) - 1] = value;
  }
  return values as JsonValue[];
}

function readableRecord(entries: readonly Entry[]): JsonObject {
  return Object.fromEntries(entries.map(({ key, value }) => [nameOf(key), value]));
}

/** In order of the keys, so that equal tables make equal texts. */
function exactRecord(entries: readonly Entry[]): JsonValue {
  const named = entries.map(({ key, value }) => ({ name: nameOf(key), key, value }));
  named.sort((a, b) => (a.name < b.name ? -1 : 1));
  if (named.every(({ key }) => typeof key === 'string' && !key.startsWith('$'))) {
    return Object.fromEntries(named.map(({ name, value }) => [name, value]));
  }
  return {
    $entries: named.map(({ key, value }) => [
      typeof key === 'bigint' ? integerToJson(key, 'exact') : key,
      value,
    ]),
  };
}

function nameOf(key: JsonValue | bigint): string {
  return typeof key === 'object' ? JSON.stringify(key) : String(key);
}

function listEntries(values: readonly JsonValue[]): [JsonValue, JsonValue][] {
  return values.map((value, at) => [{ $int: String(at + 1) }, value]);
}

function pushObject(stack: LuaStack, object: JsonObject, form: LuaValueForm): void {
  const { lua, state } = stack;
  const { $int, $float, $bytes, $entries } = form === 'exact' ? object : {};
  if (typeof $int === 'string') lua.lua_pushinteger(state, BigInt($int));
  else if (typeof $float === 'string') lua.lua_pushnumber(state, Number($float));
  else if (typeof $bytes === 'string') pushBytes(stack, Buffer.from($bytes, 'base64'));
  else if (Array.isArray($entries)) pushEntries(stack, $entries as [JsonValue, JsonValue][], form);
  else pushEntries(stack, Object.entries(object), form);
}

function pushEntries(stack: LuaStack, entries: readonly [JsonValue, JsonValue][], form: LuaValueForm): void {
  const { lua, state } = stack;
  lua.lua_createtable(state, 0, 0);
  for (const [key, value] of entries) {
    pushLuaValue(stack, key, typeof key === 'object' ? 'exact' : form);
    pushLuaValue(stack, value, form);
    lua.lua_rawset(state, -3);
  }
}
