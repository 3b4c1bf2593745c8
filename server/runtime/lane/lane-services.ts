import type { MediaClock } from '../clock.ts';
import type { FramePool } from '../frame/frame-pool.ts';
import type { RuntimeOperations } from '../operations.ts';
import type { TapClient } from '../tap/tap-client.ts';
import type { LaneTurn } from './compile-turn.ts';
import type { LaneDeadLetter } from './dead-letter.ts';
import type { LaneBus } from './lane-bus.ts';
import type { LaneLog } from './lane-log.ts';
import type { LaneTime } from './lane-time.ts';
import type { LaneTurns } from './lane-turns.ts';
import type { LaneTypes } from './lane-types.ts';
import type { MainCalls } from './main-calls.ts';
import type { LaneCheckpoint, LaneStateChange } from './messages.ts';

/** What the processors of a lane have in common. */
export interface LaneServices {
  readonly pool: FramePool;
  readonly clock: MediaClock;
  /** The turn that one of them has now. */
  readonly turn: LaneTurn;
  readonly turns: LaneTurns;
  /** For decisions that need no better time than the last one that was read. */
  readonly time: LaneTime;
  readonly operations: RuntimeOperations;
  readonly bus: LaneBus;
  readonly log: LaneLog;
  readonly types: LaneTypes;
  readonly mainCalls: MainCalls;
  readonly taps: TapClient;
  reportCheckpoint(checkpoint: LaneCheckpoint): void;
  reportState(change: LaneStateChange): void;
  reportDeadLetter(letter: LaneDeadLetter): void;
  /** Makes the loop look at its processors again instead of sleeping. */
  wake(): void;
  /** Keeps the lane's event loop turning until the work has settled, and wakes the loop then. */
  track<Result>(work: Promise<Result>): Promise<Result>;
}
