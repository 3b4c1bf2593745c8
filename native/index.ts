// The only door to native code.
import { native } from './native.ts';

export * from './layout.ts';
export type { ReclaimedLane, SegmentHandle } from './native.ts';
export const {
  segmentCreate,
  segmentOpen,
  segmentAttach,
  segmentId,
  segmentFd,
  segmentBuffer,
  segmentClose,
  doorbellWait,
  doorbellWake,
  doorbellListen,
  doorbellUnlisten,
  poolGrow,
  laneReclaim,
  threadSetNice,
  threadSetRealtime,
} = native;
