import type { PlainError } from '../../runtime/index.ts';
import type { EngineMode } from '../risk/engine-mode.ts';
import type { RunnerEvent } from '../runner/runner-event.ts';
import type { EngineStand } from './engine-stand.ts';
import type { RunnerEntry } from './runner-entry.ts';

/** What became of a runner or of the engine. */
export type RunnerNews =
  | { readonly news: 'created'; readonly entry: RunnerEntry }
  | { readonly news: 'updated'; readonly entry: RunnerEntry; readonly fields: readonly string[] }
  | { readonly news: 'removed'; readonly entry: RunnerEntry }
  | { readonly news: 'started'; readonly entry: RunnerEntry }
  | { readonly news: 'stopped'; readonly entry: RunnerEntry; readonly reason: string }
  /** Something inside happened. */
  | { readonly news: 'happened'; readonly entry: RunnerEntry; readonly event: RunnerEvent }
  /** It failed by something else than its strategy. */
  | { readonly news: 'broke'; readonly entry: RunnerEntry; readonly error: PlainError }
  | { readonly news: 'engine'; readonly from: EngineMode; readonly engine: EngineStand };
