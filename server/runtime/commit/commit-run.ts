import { mediaClock } from '../clock.ts';
import type { PlainError } from '../errors.ts';
import type { LinkId, ProcessorId } from '../ids.ts';
import type { CommitChange, CommitReport } from './commit-report.ts';
import type { LaneHandle } from './lane-handle.ts';
import type { ProcessorRecord } from './records.ts';
import type { StepBatch } from './step-batch.ts';

/** One commit under way: which lanes have not answered, and what it has done so far. */
export class CommitRun {
  /** Lanes that did not answer in time: this commit does not wait for them again. */
  readonly stuck = new Set<LaneHandle>();
  readonly #answerWithinMs: number;
  readonly #startedUs = mediaClock.nowUs();
  readonly #impacts = new Map<LinkId, { framesDropped: number; pauseUs: number }>();
  readonly #changes = new Map<string, CommitChange>();

  /** `answerWithinMs` is how long lanes have for steps that run no code of a processor that could take longer. */
  constructor(answerWithinMs: number) {
    this.#answerWithinMs = answerWithinMs;
  }

  /** Has lanes take steps, and waits for their answers. */
  take(steps: StepBatch, answerWithinMs = this.#answerWithinMs): Promise<void> {
    return steps.run(answerWithinMs, this.stuck);
  }

  /** Counts frames that a link lost; of several pauses of one link the longest counts. */
  impact(linkId: LinkId, framesDropped: number, pauseUs: number): void {
    const known = this.#impacts.get(linkId);
    if (known === undefined) this.#impacts.set(linkId, { framesDropped, pauseUs });
    else {
      known.framesDropped += framesDropped;
      known.pauseUs = Math.max(known.pauseUs, pauseUs);
    }
  }

  /** Notes that a processor begins anew, and why. */
  restarted(record: ProcessorRecord, reason: string): void {
    this.#change({ kind: 'restarted', processorId: record.spec.processorId, reason });
    record.startReason = reason;
  }

  /** Notes that the setup of a processor failed. */
  failed(processorId: ProcessorId, { code }: PlainError): void {
    this.#change({ kind: 'failed', processorId, reason: code });
  }

  /** What was done until now. Answers of lanes that were stuck may still come, and are in no report. */
  report(): CommitReport {
    const impacts = [...this.#impacts].map(([linkId, impact]) => ({ linkId, ...impact }));
    const tookMs = (mediaClock.nowUs() - this.#startedUs) / 1000;
    return { impacts, changes: [...this.#changes.values()], tookMs };
  }

  #change(change: CommitChange): void {
    this.#changes.set(`${change.kind} ${change.processorId}`, change);
  }
}
