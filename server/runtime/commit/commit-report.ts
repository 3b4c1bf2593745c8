import type { LinkId, ProcessorId } from '../ids.ts';
import type { ChangeKind } from '../vocabulary.ts';

/** What a commit cost one link that was flowing. */
export interface MeasuredImpact {
  readonly linkId: LinkId;
  readonly framesDropped: number;
  readonly pauseUs: number;
}

/** What a commit did beside the edits themselves: who was set up anew and why, and whose setup failed and how. */
export interface CommitChange {
  readonly kind: ChangeKind;
  readonly processorId: ProcessorId;
  readonly reason: string;
}

/** What a commit did, measured. */
export interface CommitReport {
  readonly impacts: readonly MeasuredImpact[];
  readonly changes: readonly CommitChange[];
  readonly tookMs: number;
}
