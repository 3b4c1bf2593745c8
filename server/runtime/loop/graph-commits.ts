import type { CommitFailure, CommitOutcome, CommitReport } from '../commit/commit-report.ts';
import type { Committer } from '../commit/committer.ts';
import { StreamlibError } from '../errors.ts';
import type { EventLog } from '../events/event-log.ts';
import { RUNTIME_TOPIC } from '../events/topics.ts';
import { emptyGraph, type Graph, type TypeCatalog } from '../graph/index.ts';
import type { Logger } from '../log.ts';
import { changeMessage } from '../messages/change-message.ts';
import type { AcceptedRevision } from './accepted-revision.ts';
import { blame } from './blame.ts';
import { traceFields } from './edit-trace.ts';
import { EffectiveWaits } from './effective-waits.ts';
import type { GraphEditor } from './graph-editor.ts';
import { rebase } from './rebase.ts';
import { EMPTY_REPORT, joined, shareOf } from './report-share.ts';
import { returnTo } from './return-to.ts';
import {
  brokeOff,
  causeOfFailure,
  causeOfThrown,
  notRolledBack,
  type RollbackCause,
  rolledBack,
} from './rollback-cause.ts';
import { watchFor } from './rollback-watch.ts';
import { durationOfMs, impactMessage } from './views.ts';

/** What commits work on. */
export interface GraphCommitsOptions {
  readonly editor: GraphEditor;
  readonly committer: Pick<Committer, 'commit' | 'takeLost'>;
  readonly events: EventLog;
  readonly types: TypeCatalog;
  readonly log: Logger;
}

/**
 * Makes accepted revisions effective, all that there are in one commit, and takes back those that want it if the commit
 * fails for them:
 *
 * ```
 *   effective ──▶ accepted … ──▶ commit ──▶ effective
 *                    ▲              └──▶ failed: those to blame, and what builds on them, are undone by a new revision
 *                    └──────────────────────┘
 * ```
 *
 * One commit runs at a time; the caller sees to that. Revisions are accepted meanwhile.
 */
export class GraphCommits {
  readonly #options: GraphCommitsOptions;
  readonly #waits = new EffectiveWaits();
  #effective: Graph = emptyGraph();
  #effectiveRevision = 0;
  /** What callers did since the effective graph, in order. */
  #accepted: AcceptedRevision[] = [];
  /** Those of them that were taken back, and by what. */
  readonly #undone = new Set<AcceptedRevision>();
  #undoing: AcceptedRevision[] = [];
  /** Of commits since the effective graph. */
  #reports: CommitReport[] = [];

  constructor(options: GraphCommitsOptions) {
    this.#options = options;
  }

  /** The newest revision that runs. */
  get effectiveRevision(): number {
    return this.#effectiveRevision;
  }

  /**
   * Takes note of what is to be committed, and may have to be taken back; once is enough. An edit that came to nothing
   * is one of them while something else is: that may be why it came to nothing.
   */
  note(revision: AcceptedRevision): void {
    if (revision.revision <= this.#effectiveRevision) return;
    const last = this.#accepted.at(-1)?.revision ?? 0;
    if (revision.revision <= last && this.#accepted.includes(revision)) return;
    this.#accepted.push(revision);
    if (revision.revision < last) this.#accepted.sort((one, other) => one.revision - other.revision);
  }

  /** Forgets a revision that will never be. */
  drop(revision: AcceptedRevision): void {
    this.#accepted = this.#accepted.filter((each) => each !== revision);
  }

  /**
   * Resolves when the edit is effective, with what that cost of the parts that it touched. Rejects with COMMIT_FAILED,
   * naming the part at fault, when it was rolled back or could not be committed.
   */
  whenEffective(edit: AcceptedRevision): Promise<CommitReport> {
    return edit.revision <= this.#effectiveRevision ? Promise.resolve(EMPTY_REPORT) : this.#waits.add(edit);
  }

  /** Nothing runs any more, so nothing will become effective, and nothing can fail. */
  forget(): void {
    this.#forgetAccepted();
    this.#waits.settle(Number.POSITIVE_INFINITY, () => EMPTY_REPORT);
  }

  /**
   * Commits all that was accepted. `again` means that another commit is to follow, since this one has failed. Rejects
   * with COMMIT_FAILED if it broke off and nothing could be taken back; the next commit tries it again.
   */
  async commit(): Promise<'effective' | 'again'> {
    const { editor, committer } = this.#options;
    const { graph } = editor;
    // NB: others are accepted and not durable yet; they are in a later commit.
    const revisions = this.#accepted.filter(
      (each) => each.revision <= graph.revision && !each.unchanged && !this.#undone.has(each),
    );
    const work = editor.observed.takeWork();
    let outcome: CommitOutcome;
    try {
      outcome = await committer.commit(work, watchFor(revisions));
    } catch (thrown) {
      editor.observed.putBack(work);
      const cause = causeOfThrown(thrown);
      const careful = revisions.filter(({ onFailure }) => onFailure === 'rollback');
      if (careful.length > 0) {
        await this.#takeBack(new Map(careful.map((revision) => [revision, cause])), []);
        return 'again';
      }
      const error = brokeOff(graph.revision, cause);
      this.#waits.fail(graph.revision, error);
      throw error;
    }
    this.#reports.push(outcome);
    const blamed = [...blame(outcome.failures, [...revisions, ...this.#undoing])];
    if (blamed.length === 0) {
      this.#becomeEffective(graph);
      return 'effective';
    }
    await this.#bringBackLost(outcome.failures);
    const causes = new Map(blamed.map(([revision, failure]) => [revision, causeOfFailure(failure)]));
    await this.#takeBack(causes, outcome.failures);
    return 'again';
  }

  /** What ran in lanes that ended by the setups that failed begins anew with the next commit. */
  async #bringBackLost(failures: readonly CommitFailure[]): Promise<void> {
    const { editor, committer } = this.#options;
    if (failures.every(({ error }) => error.code !== 'LANE_LOST')) return;
    const lost = await committer.takeLost();
    editor.observed.touch(lost.map(({ spec }) => spec));
  }

  /**
   * Makes a revision without those, and without what builds on them. Where there cannot be one they stay, with what
   * failed of them, and their callers are told.
   */
  async #takeBack(
    atFault: ReadonlyMap<AcceptedRevision, RollbackCause>,
    failures: readonly CommitFailure[],
  ): Promise<void> {
    const { editor, types, log } = this.#options;
    const kept = this.#accepted.filter((revision) => !this.#undone.has(revision) && !atFault.has(revision));
    const { graph, dependents } = rebase(this.#effective, kept, types);
    // What was not begun because it would be taken back may now be what is wanted.
    for (const { changes } of atFault.keys()) editor.observed.touch(changes);
    editor.observed.touch(failures.map(({ part }) => part));
    try {
      const made = returnTo(editor, graph);
      await Promise.all(made.map(({ durable }) => durable));
      this.#undoing.push(...made);
    } catch (thrown) {
      const obstacle = StreamlibError.from(thrown);
      this.#accepted = this.#accepted.map((each) =>
        atFault.has(each) ? { ...each, onFailure: 'keep' } : each,
      );
      for (const [revision, cause] of atFault) {
        const error = notRolledBack(revision.revision, cause, obstacle);
        log.error(error.message, error.details);
        this.#waits.failLater(revision, error, editor.graph.revision);
      }
      return;
    }
    const undone = new Map(atFault);
    for (const [revision, error] of dependents)
      undone.set(revision, causeOfThrown(error, 'it builds on what was rolled back: '));
    for (const [revision, cause] of [...undone].sort(([one], [other]) => one.revision - other.revision))
      this.#tellUndone(revision, cause);
  }

  #tellUndone(revision: AcceptedRevision, cause: RollbackCause): void {
    const { editor, events, log } = this.#options;
    const error = rolledBack(revision.revision, cause);
    this.#undone.add(revision);
    this.#waits.failLater(revision, error, editor.graph.revision);
    if (revision.unchanged) return;
    log.warn(error.message, { ...error.details, ...(revision.trace && traceFields(revision.trace)) });
    events.emit(
      {
        case: 'graphRolledBack',
        value: {
          fromRevision: BigInt(revision.revision),
          toRevision: BigInt(this.#effectiveRevision),
          code: cause.code,
          message: cause.message,
          processorId: cause.processorId,
        },
      },
      { topic: RUNTIME_TOPIC, traceId: revision.trace?.traceId },
    );
  }

  #becomeEffective(graph: Graph): void {
    const report = joined(this.#reports);
    const committed = this.#accepted.filter(({ revision }) => revision <= graph.revision);
    if (graph.revision > this.#effectiveRevision) {
      this.#effectiveRevision = graph.revision;
      this.#options.events.emit(
        {
          case: 'graphCommitted',
          value: {
            revision: BigInt(graph.revision),
            impacts: report.impacts.map(impactMessage),
            changes: report.changes.map(changeMessage),
            took: durationOfMs(report.tookMs),
          },
        },
        { topic: RUNTIME_TOPIC, traceId: committed.at(-1)?.trace?.traceId },
      );
      for (const { revision, trace } of committed)
        if (trace !== undefined)
          this.#options.log.debug(`revision ${revision} is effective`, traceFields(trace));
    }
    this.#effective = graph;
    this.#forgetAccepted(graph.revision);
    this.#waits.settle(graph.revision, shareOf(report, committed));
  }

  #forgetAccepted(until = Number.POSITIVE_INFINITY): void {
    this.#accepted = this.#accepted.filter(({ revision }) => revision > until);
    this.#undone.clear();
    this.#undoing = [];
    this.#reports = [];
  }
}
