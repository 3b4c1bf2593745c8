import { StreamlibError } from '../../runtime/errors.ts';

/** What the trading engine lets its runners do; the words of the API. */
export const ENGINE_MODES = ['active', 'reducing', 'halted'] as const;

/**
 * - `active`: everything within the limits.
 * - `reducing`: only orders that make a position smaller.
 * - `halted`: no orders; open ones are cancelled.
 */
export type EngineMode = (typeof ENGINE_MODES)[number];

/** The mode, and who set it, when and why. Plain data, so that it can be journaled. */
export interface EngineModeState {
  readonly mode: EngineMode;
  /** Empty where a limit did, and at the beginning. */
  readonly actor: string;
  /** Milliseconds since the Unix epoch; 0 at the beginning. */
  readonly timeMs: number;
  readonly reason: string;
}

/** What setting a mode makes known. */
export interface EngineModeChange {
  readonly fromMode: EngineMode;
  readonly toMode: EngineMode;
  readonly actor: string;
  readonly reason: string;
}

export const INITIAL_ENGINE_MODE: EngineModeState = { mode: 'active', actor: '', timeMs: 0, reason: '' };

/**
 * Sets the mode. Without a change the state stays as it is, so that a repeated call does not rewrite who halted the
 * engine. Throws FIELD_INVALID for a mode that there is not.
 */
export function setEngineMode(
  state: EngineModeState,
  { mode, actor, timeMs, reason }: EngineModeState,
): { readonly state: EngineModeState; readonly change: EngineModeChange | undefined } {
  if (!ENGINE_MODES.includes(mode)) {
    const text = `mode must be one of ${ENGINE_MODES.join(', ')}, was ${JSON.stringify(mode)}`;
    throw new StreamlibError('FIELD_INVALID', text, { path: 'mode' });
  }
  if (mode === state.mode) return { state, change: undefined };
  return {
    state: { mode, actor, timeMs, reason },
    change: { fromMode: state.mode, toMode: mode, actor, reason },
  };
}
