import { LastTime } from '../../server/runtime/clock.ts';
import { FramePool } from '../../server/runtime/frame/frame-pool.ts';
import type { Segment } from '../../server/runtime/frame/segment.ts';

/** A pool whose time is that of its making, for frames that stay in this thread or for those of a lane. */
export function createTestPool(segment?: Segment, laneIndex = 1): FramePool {
  const time = new LastTime();
  time.read();
  return new FramePool(time, segment && { segment, laneIndex });
}
