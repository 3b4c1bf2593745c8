import { mediaClock } from '../clock.ts';
import { type PlainError, StreamlibError } from '../errors.ts';
import type { LinkId, ProcessorId } from '../ids.ts';
import type { CommitChange, CommitFailure, CommitOutcome, CommitPart } from './commit-report.ts';
import { type CommitWatch, type DoomedParts, NO_WATCH } from './commit-watch.ts';
import type { LaneHandle } from './lane-handle.ts';
import type { LinkRecord, ProcessorRecord } from './records.ts';
import type { StepBatch } from './step-batch.ts';

/** One commit under way: which lanes have not answered, and what it has done so far. */
export class CommitRun {
  /** Lanes that did not answer in time: this commit does not wait for them again. */
  readonly stuck = new Set<LaneHandle>();
  readonly #answerWithinMs: number;
  readonly #watch: CommitWatch;
  readonly #startedUs = mediaClock.nowUs();
  readonly #impacts = new Map<LinkId, { framesDropped: number; pauseUs: number }>();
  readonly #changes = new Map<string, CommitChange>();
  readonly #failures: CommitFailure[] = [];

  /** `answerWithinMs` is how long lanes have for steps that run no code of a processor that could take longer. */
  constructor(answerWithinMs: number, watch: CommitWatch = NO_WATCH) {
    this.#answerWithinMs = answerWithinMs;
    this.#watch = watch;
  }

  /** Has lanes take steps, and waits for their answers. */
  take(steps: StepBatch, answerWithinMs = this.#answerWithinMs): Promise<void> {
    return steps.run(answerWithinMs, this.stuck);
  }

  /** How long this commit may still wait for the setup of a processor; undefined where a late one fails nothing. */
  setupLimitMs(id: ProcessorId): number | undefined {
    return this.#watch.setupLimitMs(id);
  }

  /** What will be taken back because of what has failed until now. */
  doomed(): DoomedParts {
    return this.#watch.doomed(this.#failures);
  }

  /** Those that will not be taken back because of what has failed until now. */
  withoutDoomed(processors: readonly ProcessorRecord[]): ProcessorRecord[] {
    const doomed = this.doomed().processors;
    return processors.filter(({ spec }) => !doomed.has(spec.processorId));
  }

  /** Counts the pause of links that have come together again. */
  paused(links: readonly LinkRecord[], sinceUs: number): void {
    for (const { spec, wiring } of links)
      if (wiring !== undefined) this.impact(spec.linkId, 0, mediaClock.nowUs() - sinceUs);
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

  /** Notes that a part could not be made what the graph says. */
  failed(part: CommitPart, error: PlainError): void {
    this.#failures.push({ part, error });
    this.#change({ ...part, kind: 'failed', reason: error.code });
  }

  /** Notes that a setup has not ended in time. It may still end, and then counts. */
  late(processorId: ProcessorId, limitMs: number): void {
    const text = `its setup did not end within ${Math.round(limitMs)} ms`;
    this.failed({ processorId }, new StreamlibError('DEADLINE_EXCEEDED', text).toPlain());
  }

  /** What was done until now. Answers of lanes that were stuck may still come, and are in no report. */
  report(): CommitOutcome {
    const impacts = [...this.#impacts].map(([linkId, impact]) => ({ linkId, ...impact }));
    const tookMs = (mediaClock.nowUs() - this.#startedUs) / 1000;
    return { impacts, changes: [...this.#changes.values()], tookMs, failures: [...this.#failures] };
  }

  #change(change: CommitChange): void {
    const id = 'linkId' in change ? `link ${change.linkId}` : change.processorId;
    this.#changes.set(`${change.kind} ${id}`, change);
  }
}
