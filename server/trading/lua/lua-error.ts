/**
 * What went wrong in Lua code:
 * - `syntax`: it does not parse
 * - `runtime`: it raised an error, its own or Lua's
 * - `budget`: it executed more instructions than a call may
 * - `deadline`: it took longer than a call may, which only work that is no instruction can
 * - `memory`: it asked for more memory than it may have, or for a string that is too long
 * - `removed_global`: it used a part of Lua that strategies do not have
 * - `action`, `transition`, `context`, `parameter`, `indicator`, `declaration`: it asked the engine for what the
 *   engine does not do; the message says what
 * - `snapshot`: its state cannot be kept or taken over
 * - `dead`: the machine it ran in is broken, and every sandbox in it with it
 */
export type LuaErrorCode =
  | 'syntax'
  | 'runtime'
  | 'budget'
  | 'deadline'
  | 'memory'
  | 'removed_global'
  | 'action'
  | 'transition'
  | 'context'
  | 'parameter'
  | 'indicator'
  | 'declaration'
  | 'snapshot'
  | 'dead';

/** A failure of Lua code. It is the code's fault, never a broken invariant of ours; only `dead` ends its sandbox. */
export class LuaError extends Error {
  override readonly name = 'LuaError';
  readonly code: LuaErrorCode;
  /** In the strategy's code, from 1; 0 where it was not there. */
  readonly line: number;

  constructor(code: LuaErrorCode, message: string, line = 0) {
    super(message);
    this.code = code;
    this.line = line;
  }
}
