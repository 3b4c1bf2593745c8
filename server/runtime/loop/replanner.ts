import { mediaClock } from '../clock.ts';
import type { CommitReport } from '../commit/commit-report.ts';
import type { Committer } from '../commit/committer.ts';
import type { LinkRecord } from '../commit/records.ts';
import type { EventLog } from '../events/event-log.ts';
import { RUNTIME_TOPIC } from '../events/topics.ts';
import type { LinkId, ProcessorId } from '../ids.ts';
import { changeMessage } from '../messages/change-message.ts';
import type { PlannedMove } from '../plan/index.ts';
import type { GraphEditor } from './graph-editor.ts';
import type { LanePlanner } from './lane-planner.ts';
import type { Lifecycle } from './lifecycle.ts';
import { durationOfMs, impactMessage, moveMessage } from './views.ts';

/** What a replan works on. */
export interface ReplannerOptions {
  readonly editor: GraphEditor;
  readonly planner: LanePlanner;
  readonly lifecycle: Lifecycle;
  readonly committer: Committer;
  readonly events: EventLog;
}

/** Which moves were made, and what they cost. */
export interface Replan {
  readonly moves: readonly PlannedMove[];
  readonly report: CommitReport;
}

/** Moves running processors to where a fresh plan puts them, when it is told to. */
export class Replanner {
  readonly #options: ReplannerOptions;

  constructor(options: ReplannerOptions) {
    this.#options = options;
  }

  /** What a replan would move now. */
  moves(): PlannedMove[] {
    return this.#options.planner.moves((id) => this.#isMovable(id));
  }

  /** What moves would touch: links with what they would drop if it happened now, and no pause, which is not known. */
  expect(moves: readonly PlannedMove[]): CommitReport {
    const links = new Map<LinkId, LinkRecord>();
    for (const { processorId } of moves)
      for (const link of this.#options.editor.observed.linksOf(processorId))
        if (link.wiring) links.set(link.spec.linkId, link);
    return {
      impacts: [...links].map(([linkId, link]) => ({
        linkId,
        framesDropped: droppedByMove(link),
        pauseUs: 0,
      })),
      changes: moves.map(({ processorId }) => ({ kind: 'restarted', processorId, reason: 'replan' })),
      tookMs: 0,
    };
  }

  /** Makes the moves that are still possible when it is their turn. Throws NOT_RUNNING while nothing runs. */
  async take(moves: readonly PlannedMove[]): Promise<Replan> {
    const { lifecycle, committer, events } = this.#options;
    lifecycle.assertLive();
    return lifecycle.enqueue(async () => {
      lifecycle.assertLive();
      const possible = moves.filter(({ processorId }) => this.#isMovable(processorId));
      const startedUs = mediaClock.nowUs();
      const report = await committer.replan(possible);
      const moved = new Set(report.changes.map((change) => 'processorId' in change && change.processorId));
      const made = possible.filter(({ processorId }) => moved.has(processorId));
      const value = {
        moves: made.map(moveMessage),
        impacts: report.impacts.map(impactMessage),
        changes: report.changes.map(changeMessage),
        took: durationOfMs((mediaClock.nowUs() - startedUs) / 1000),
      };
      events.emit({ case: 'graphReplanned', value }, { topic: RUNTIME_TOPIC });
      return { moves: made, report };
    });
  }

  /** Only what runs: a move sets up anew. Nor what would lose frames because a paused processor cannot read them. */
  #isMovable(id: ProcessorId): boolean {
    const { processors } = this.#options.editor.observed.records;
    const record = processors.get(id);
    if (record?.state !== 'running' || record.lane === undefined || record.lane.ended) return false;
    return this.#options.editor.observed
      .linksOf(id)
      .every(
        (link) =>
          (link.spec.delivery ?? link.portDelivery) !== 'lossless' ||
          processors.get(link.spec.to.processorId)?.state !== 'paused',
      );
  }
}

function droppedByMove({ spec, portDelivery, counters, wiring }: LinkRecord): number {
  // Lossless links are read empty first.
  if ((spec.delivery ?? portDelivery) === 'lossless') return 0;
  return counters.read(wiring?.rings).queued;
}
