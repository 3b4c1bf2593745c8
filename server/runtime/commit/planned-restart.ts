import type { TypeCatalog } from '../graph/index.ts';
import { moveReason } from './move-reason.ts';
import type { ProcessorRecord } from './records.ts';
import { staysInLane } from './stays-in-lane.ts';

/** How a processor that runs becomes what its spec says, where that takes another instance. */
export interface PlannedRestart {
  /** `type`, `placement` or `config`. */
  readonly reason: string;
  /** Whether it takes the place of the old one, with all that is on its links; else it leaves its lane and arrives again. */
  readonly isInPlace: boolean;
}

/** Undefined where a processor can stay as it is, or where none runs. */
export function plannedRestart(record: ProcessorRecord, types: TypeCatalog): PlannedRestart | undefined {
  const { lane, applied, spec, state, isSettingUp, isActivated } = record;
  if (lane === undefined || applied === undefined) return undefined;
  const reason = moveReason(applied, spec);
  if (isSettingUp) {
    // NB: a setup that goes on may hold its lane; who leaves is not waited for longer than a lane may take to answer.
    const isSetUpAnew = applied.config !== spec.config;
    return reason !== undefined || isSetUpAnew ? { reason: reason ?? 'config', isInPlace: false } : undefined;
  }
  if (reason === undefined) return undefined;
  // What has failed has dropped what came, but for a setup whose edit is about to be taken back.
  const isHolding = state === 'running' || state === 'paused' || state === 'backoff' || state === 'open';
  const holdsFrames = isHolding || (state === 'failed' && !isActivated);
  return { reason, isInPlace: holdsFrames && !lane.ended && staysInLane(applied, spec, types) };
}
