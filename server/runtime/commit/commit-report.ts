import type { LinkId, ProcessorId } from '../ids.ts';
import type { ChangeKind } from '../vocabulary.ts';

/** What a commit cost one link that was flowing. */
export interface MeasuredImpact {
  readonly linkId: LinkId;
  readonly framesDropped: number;
  readonly pauseUs: number;
}

/** What a commit did beside the edits themselves. */
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

/** Collects a report while the commit runs. */
export class CommitReportBuilder {
  readonly #impacts = new Map<LinkId, { framesDropped: number; pauseUs: number }>();
  readonly #changes = new Map<string, CommitChange>();

  impact(linkId: LinkId, framesDropped: number, pauseUs: number): void {
    const known = this.#impacts.get(linkId);
    if (known === undefined) this.#impacts.set(linkId, { framesDropped, pauseUs });
    else {
      known.framesDropped += framesDropped;
      known.pauseUs = Math.max(known.pauseUs, pauseUs);
    }
  }

  change(kind: ChangeKind, processorId: ProcessorId, reason: string): void {
    this.#changes.set(`${kind} ${processorId}`, { kind, processorId, reason });
  }

  build(tookMs: number): CommitReport {
    const impacts = [...this.#impacts].map(([linkId, impact]) => ({ linkId, ...impact }));
    return { impacts, changes: [...this.#changes.values()], tookMs };
  }
}
