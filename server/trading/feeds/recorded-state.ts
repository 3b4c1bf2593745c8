import { countFrom } from '../../recordings/state-fields.ts';
import type { JsonObject } from '../../runtime/json.ts';
import type { FeedPlayer } from './feed-player.ts';

/** The state of a feed that plays the recording of this path: how many ticks were taken. */
export function recordedState(path: string, player: FeedPlayer | undefined): JsonObject | undefined {
  return player === undefined ? undefined : { path, ticks: player.taken };
}

/** Goes on behind them; the state of another recording is passed over. Throws an error that names the field at fault. */
export function restoreRecorded(state: JsonObject, path: string, player: FeedPlayer | undefined): void {
  if (state.path === path) player?.passOver(countFrom(state, 'ticks'));
}
