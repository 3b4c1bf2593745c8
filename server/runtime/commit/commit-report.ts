import type { PlainError } from '../errors.ts';
import type { LinkId, ProcessorId } from '../ids.ts';
import type { ChangeKind } from '../vocabulary.ts';

/** What a commit cost one link that was flowing. */
export interface MeasuredImpact {
  readonly linkId: LinkId;
  readonly framesDropped: number;
  readonly pauseUs: number;
}

/** A part of the graph. */
export type CommitPart = { readonly processorId: ProcessorId } | { readonly linkId: LinkId };

/** What a commit did beside the edits themselves: who was set up anew and why, and what failed and how. */
export type CommitChange = CommitPart & {
  readonly kind: ChangeKind;
  readonly reason: string;
};

/** What a commit did, measured. */
export interface CommitReport {
  readonly impacts: readonly MeasuredImpact[];
  readonly changes: readonly CommitChange[];
  readonly tookMs: number;
}

/** A processor whose setup failed, or did not end in time, or that no lane could be had for; a link without memory. */
export interface CommitFailure {
  readonly part: CommitPart;
  readonly error: PlainError;
}

/** What a commit did, and what of it did not come about. */
export interface CommitOutcome extends CommitReport {
  readonly failures: readonly CommitFailure[];
}
