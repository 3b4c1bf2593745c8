import { LuaError, type LuaErrorCode } from './lua-error.ts';
import type { LuaStack } from './lua-text.ts';

/** The chunk whose lines errors name; `engine` is ours. */
export const STRATEGY_CHUNK = 'strategy';
/** More than a lua_Debug of Lua 5.4 takes. */
export const DEBUG_RECORD_BYTES = 128;

const SOURCE_OFFSET = 16;
const SOURCE_LENGTH_OFFSET = 20;
const CURRENT_LINE_OFFSET = 24;
const DEEPEST_LEVEL = 16;
const LOCATION = new RegExp(`^(${STRATEGY_CHUNK}|engine):(\\d+): `);
const TYPE_NAMES = ['nil', 'a boolean', 'a pointer', 'a number', 'a string', 'a table', 'a function'];

/**
 * The line of the strategy that is being executed, also where it is in a call of ours; 0 where it is not, as in a tail
 * call. `record` is memory for a lua_Debug.
 */
export function currentLine({ lua, machine, state }: LuaStack, record: number): number {
  for (let level = 0; level < DEEPEST_LEVEL && lua.lua_getstack(state, level, record) === 1; level++) {
    lua.lua_getinfo(state, machine.nameOf('Sl'), record);
    const source = machine.textAt(
      machine.int32At(record + SOURCE_OFFSET),
      machine.int32At(record + SOURCE_LENGTH_OFFSET),
    );
    const line = machine.int32At(record + CURRENT_LINE_OFFSET);
    if (source === `=${STRATEGY_CHUNK}` && line > 0) return line;
  }
  return 0;
}

/** Takes `strategy:12: ` off the text; that line is nearer to the fault than `line`. */
export function locatedError(code: LuaErrorCode, text: string, line: number): LuaError {
  const [location = '', chunk, number] = LOCATION.exec(text) ?? [];
  return new LuaError(code, text.slice(location.length), chunk === STRATEGY_CHUNK ? Number(number) : line);
}

/** `nil` or `a table`: the type of the value at `index`, whose own text form is not to be trusted. */
export function typeNameOf({ lua, state }: LuaStack, index: number): string {
  return TYPE_NAMES[lua.lua_type(state, index)] ?? 'a value';
}
