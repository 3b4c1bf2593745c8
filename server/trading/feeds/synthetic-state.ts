import { countFrom, numberFrom } from '../../recordings/state-fields.ts';
import type { JsonObject } from '../../runtime/json.ts';
import type { SyntheticMarketState } from './synthetic-market.ts';

/** Reads the state of a market of so many symbols. Throws an error that names the field at fault. */
export function syntheticStateFrom(state: JsonObject, symbols: number): SyntheticMarketState {
  const startMs = numberFrom(state, 'start_ms', Number.MAX_SAFE_INTEGER);
  const step = countFrom(state, 'step');
  const { states } = state;
  if (!Array.isArray(states) || states.length !== symbols)
    throw new Error(
      `state.states must be a list of ${symbols}, was ${JSON.stringify(states)?.slice(0, 200)}`,
    );
  return { startMs, step, symbols: states.map(symbolState) };
}

function symbolState(state: unknown): SyntheticMarketState['symbols'][number] {
  const numbers: unknown[] = Array.isArray(state) ? state : [];
  const [a, b, c, d, logPrice] = numbers as number[];
  const words = [a, b, c, d];
  if (!words.every((word) => Number.isInteger(word)) || typeof logPrice !== 'number')
    throw new Error(`state.states must hold five numbers each, was ${JSON.stringify(state)?.slice(0, 200)}`);
  return { random: [a, b, c, d] as [number, number, number, number], logPrice };
}
