import { mediaClock } from '../clock.ts';
import type { TypeCatalog } from '../graph/index.ts';
import type { PlannedMove } from '../plan/index.ts';
import type { CommitOutcome, CommitReport } from './commit-report.ts';
import { CommitRun } from './commit-run.ts';
import type { CommitWatch } from './commit-watch.ts';
import { drainGraph } from './drain-graph.ts';
import { LaneEnding, type LaneEndingOptions } from './lane-ending.ts';
import type { LaneHandle } from './lane-handle.ts';
import { LinkAssembly, type LinkAssemblyOptions } from './link-assembly.ts';
import { isReadEmptyFirst, LinkDrain } from './link-drain.ts';
import { LiveChanges } from './live-changes.ts';
import { moveReason } from './move-reason.ts';
import { plannedRestart } from './planned-restart.ts';
import { ProcessorHosting, type ProcessorHostingOptions, type ProcessorPlaces } from './processor-hosting.ts';
import { type CommitWork, isUserProcessor, type LinkRecord, type ProcessorRecord } from './records.ts';
import { ServiceHosting } from './service-hosting.ts';
import { StepBatch } from './step-batch.ts';

/** How long a lane has at least to let its processors go. */
const LEAST_GRACE_MS = 100;

/** What the commit needs from its surroundings. */
export interface CommitterOptions extends LinkAssemblyOptions, ProcessorHostingOptions, LaneEndingOptions {
  readonly types: TypeCatalog;
  readonly planner: ProcessorPlaces & {
    /** Gives processors that have left their lanes those that the moves say. */
    take(moves: readonly PlannedMove[]): void;
  };
  /** A processor that waited for its restart will not be started any more. */
  onNotAwaited(record: ProcessorRecord): void;
}

/**
 * Makes what runs match what the graph says, touching nothing else. One of its calls, or of its parts', runs at a
 * time; the caller sees to that. The order: links come apart, processors leave, processors arrive and change (setup),
 * links come together from their consumers on, and only then frames flow, sources last. A part that cannot be had fails
 * for itself.
 */
export class Committer {
  /** The processors of the server itself. */
  readonly services: ServiceHosting;
  /** For lanes that end by themselves. */
  readonly laneEnding: LaneEnding;
  readonly #options: CommitterOptions;
  readonly #links: LinkAssembly;
  readonly #hosting: ProcessorHosting;
  readonly #live: LiveChanges;

  constructor(options: CommitterOptions) {
    this.#options = options;
    this.#links = new LinkAssembly(options);
    this.#hosting = new ProcessorHosting(options);
    this.#live = new LiveChanges(options, this.#hosting);
    this.laneEnding = new LaneEnding(options, this.#links);
    this.services = new ServiceHosting(options, this.#hosting);
  }

  /** `watch` is about the revisions in the work that are rolled back if they fail. */
  async commit(work: CommitWork, watch?: CommitWatch): Promise<CommitOutcome> {
    const run = this.#begin(watch);
    const { records } = this.#options;
    const touched = [...work.processors].flatMap((id) => records.processors.get(id) ?? []);
    const moving: ProcessorRecord[] = [];
    let replaced: ProcessorRecord[] = [];
    for (const record of touched) {
      const restart = plannedRestart(record, this.#options.types);
      if (restart === undefined) continue;
      (restart.isInPlace ? replaced : moving).push(record);
      run.restarted(record, restart.reason);
    }
    await this.#hosting.halt(replaced, run);
    // Nobody takes a place in a lane that does not come back.
    moving.push(...replaced.filter(({ lane }) => lane === undefined || run.stuck.has(lane)));
    replaced = replaced.filter((record) => !moving.includes(record));
    const leaving = [...work.retiredProcessors.filter(({ lane }) => lane !== undefined), ...moving];
    const movingLinks = this.#linksOf(moving);
    const comingApart = new Set([...work.retiredLinks, ...movingLinks].filter(hasEnds));

    // NB: a lane that is late here is no reason yet to end it.
    const drain = new LinkDrain(records, new Set());
    try {
      await drain.run(movingLinks.filter((link) => isReadEmptyFirst(link, records.processors)));
      await this.#change({ work, touched, moving, replaced, leaving, movingLinks, comingApart }, run);
    } finally {
      await drain.release();
    }
    this.laneEnding.endEmpty(({ pooled }) => !pooled);
    return run.report();
  }

  async #change(
    { work, touched, moving, replaced, leaving, movingLinks, comingApart }: PlannedChange,
    run: CommitRun,
  ): Promise<void> {
    const { records } = this.#options;
    const apartUs = mediaClock.nowUs();
    const lost = await this.#part(leaving, comingApart, new Set(moving), run);
    this.#moveStates(work.retiredProcessors, touched);
    for (const { counters } of work.retiredLinks) if (run.stuck.size === 0) counters.free();

    const arriving = new Set([...moving, ...replaced]);
    for (const record of touched)
      if (record.lane === undefined && record.state !== 'failed' && !staysWaiting(record))
        arriving.add(record);
    for (const record of lost) arriving.add(record);
    const links = new Set([...work.links].flatMap((id) => records.links.get(id) ?? []));
    for (const link of this.#linksOf([...arriving])) links.add(link);
    for (const record of this.#ended(links)) arriving.add(record);

    await this.#hosting.arrive(arriving, run);
    const staying = touched.filter((record) => !arriving.has(record));
    await this.#live.reconfigure(run.withoutDoomed(staying), run);
    const { links: doomedLinks } = run.doomed();
    const wanted = [...links].filter(({ spec }) => !doomedLinks.has(spec.linkId));
    await this.#links.update(wanted, run);
    await this.#links.bringTogether(wanted, run);
    run.paused([...movingLinks, ...this.#linksOf(replaced)], apartUs);
    // Among those that stay are some that an earlier commit did not have called, since it failed.
    const uncalled = staying.filter((record) => !record.isActivated);
    await this.#hosting.activate(run.withoutDoomed([...arriving, ...uncalled]), run);
  }

  /** A processor that takes the id of a removed one begins without its state, unless it is that one, brought back. */
  #moveStates(retired: readonly ProcessorRecord[], touched: readonly ProcessorRecord[]): void {
    const { checkpoints } = this.#options;
    for (const { spec } of retired) checkpoints.retire(spec.processorId);
    for (const record of touched) {
      if (record.isBroughtBack) checkpoints.bringBack(record.spec.processorId);
      record.isBroughtBack = false;
    }
  }

  /** Moves processors that run to other lanes: a restart there. Their lossless links are read empty before. */
  async replan(moves: readonly PlannedMove[]): Promise<CommitReport> {
    const run = this.#begin();
    const { records, planner } = this.#options;
    const laneIds = new Map(moves.map(({ processorId, from }) => [processorId, from]));
    const moving = [...laneIds].flatMap(([id, from]) => {
      const record = records.processors.get(id);
      return record?.lane?.laneId === from ? [record] : [];
    });
    const wired = new Set(this.#linksOf(moving).filter((link) => link.wiring !== undefined));
    for (const record of moving) run.restarted(record, 'replan');

    const drain = new LinkDrain(records, run.stuck);
    try {
      await drain.run(wired);
      const apartUs = mediaClock.nowUs();
      const lost = await this.#part(moving, wired, new Set(moving), run);
      const moved = new Set(moving.map(({ spec }) => spec.processorId));
      planner.take(moves.filter(({ processorId }) => moved.has(processorId)));
      await this.#comeBack([...new Set([...moving, ...lost])], run);
      for (const { spec } of wired) run.impact(spec.linkId, 0, mediaClock.nowUs() - apartUs);
    } finally {
      await drain.release();
    }
    this.laneEnding.endEmpty(({ pooled }) => !pooled);
    return run.report();
  }

  /** Tears a processor down and sets it up again, wherever it is; `reason` is what events and reports say. */
  async restart(record: ProcessorRecord, reason = 'restart'): Promise<CommitReport> {
    const run = this.#begin();
    const { lane } = record;
    record.restarts++;
    run.restarted(record, reason);
    if (lane === undefined) {
      await this.#comeBack([record], run);
    } else {
      await this.#live.restart([record], run, this.#options.unresponsiveMs);
      if (run.stuck.has(lane)) await this.#comeBack(await this.laneEnding.kill(lane, run), run);
    }
    return run.report();
  }

  /** Ends a lane that does not come back. What ran there begins anew in another, but for `waiting`, which stays out. */
  async endLane(lane: LaneHandle, waiting: ProcessorRecord | undefined): Promise<void> {
    const run = this.#begin();
    const lost = await this.laneEnding.kill(lane, run);
    const returning = lost.filter(
      (record) => record !== waiting && record.state !== 'stopped' && record.state !== 'failed',
    );
    for (const record of returning) record.restarts++;
    await this.#comeBack(returning, run);
    this.laneEnding.endEmpty(({ pooled }) => !pooled);
  }

  /** Takes apart what lanes hosted that ended by themselves. Answers what ran there, to be started anew. */
  async takeLost(): Promise<ProcessorRecord[]> {
    const ended = new Set<LaneHandle>();
    for (const { lane } of this.#options.records.processors.values()) if (lane?.isClosed) ended.add(lane);
    const lost: ProcessorRecord[] = [];
    for (const lane of ended) lost.push(...(await this.laneEnding.forget(lane)));
    const running = lost.filter(({ state }) => state !== 'stopped' && state !== 'failed');
    for (const record of running) {
      record.restarts++;
      record.startReason = 'lane_lost';
    }
    return running;
  }

  /** Ends every processor: sources first if `drainMs` allows, then whatever still runs; then the lanes end. */
  async stop(drainMs: number): Promise<void> {
    const { records, lanes, linksOf, unresponsiveMs, onNotAwaited } = this.#options;
    // Whoever wants to stop in a hurry does not want to wait for lanes that hang.
    const run = new CommitRun(Math.min(unresponsiveMs, Math.max(LEAST_GRACE_MS, drainMs / 4)));
    const hosted = [...records.processors.values()]
      .filter(isUserProcessor)
      .filter((record) => record.lane !== undefined);
    await drainGraph(hosted, { processors: records.processors, linksOf, drainMs, stuck: run.stuck });
    const links = [...records.links.values()].filter(hasEnds);
    await this.#links.takeApart(links, 'stopped', run);
    await this.#leave(hosted, run);
    this.#links.forget(links, run.stuck);
    for (const record of records.processors.values()) if (isWaiting(record)) onNotAwaited(record);
    for (const record of hosted) if (record.state !== 'failed') record.state = 'stopped';
    this.laneEnding.endEmpty(() => true);
    await Promise.all([...lanes.all()].filter((lane) => lane.hosted.size === 0).map((lane) => lane.closed));
  }

  /** Stops or resumes calling the processors of the graph, as the runtime and their specs say. */
  async applyPauses(): Promise<void> {
    const batch = new StepBatch();
    const isPaused = this.#options.isPaused();
    for (const record of this.#options.records.processors.values()) {
      if (record.lane === undefined || !isUserProcessor(record)) continue;
      const step = isPaused || record.spec.paused ? 'pause' : 'resume';
      batch.add(record.lane, { step, processorId: record.spec.processorId });
    }
    await this.#begin().take(batch);
  }

  /** Asks everything that runs for its state. */
  async takeCheckpoints(): Promise<void> {
    await this.#hosting.takeCheckpoints(this.#options.records.processors.values(), this.#begin());
  }

  #begin(watch?: CommitWatch): CommitRun {
    return new CommitRun(this.#options.unresponsiveMs, watch);
  }

  /** Takes links apart and lets processors go. Answers those that lost their lane by that, since it did not come back. */
  async #part(
    leaving: readonly ProcessorRecord[],
    links: ReadonlySet<LinkRecord>,
    moving: ReadonlySet<ProcessorRecord>,
    run: CommitRun,
  ): Promise<ProcessorRecord[]> {
    await this.#hosting.halt(leaving, run);
    await this.#links.takeApart(links, 'rewired', run, moving);
    const lost = await this.#leave(leaving, run);
    this.#links.forget(links, run.stuck);
    return lost;
  }

  async #leave(leaving: readonly ProcessorRecord[], run: CommitRun): Promise<ProcessorRecord[]> {
    const lost: ProcessorRecord[] = [];
    for (const lane of await this.#hosting.leave(leaving, run))
      lost.push(...(await this.laneEnding.kill(lane, run)));
    return lost;
  }

  async #comeBack(returning: readonly ProcessorRecord[], run: CommitRun): Promise<void> {
    await this.#hosting.arrive(returning, run);
    await this.#links.bringTogether(new Set(this.#linksOf(returning)), run);
    await this.#hosting.activate(returning, run);
  }

  /** Processors that ended and get a new link to one of their inputs: they begin anew. */
  #ended(links: Iterable<LinkRecord>): ProcessorRecord[] {
    const ended: ProcessorRecord[] = [];
    for (const link of links) {
      const record = this.#options.records.processors.get(link.spec.to.processorId);
      if (link.wiring === undefined && record?.state === 'stopped' && record.lane !== undefined)
        ended.push(record);
    }
    return ended;
  }

  #linksOf(processors: readonly ProcessorRecord[]): LinkRecord[] {
    return processors.flatMap(({ spec }) => this.#options.linksOf(spec.processorId));
  }
}

/** Whether it waits to be set up again, or to be called again. */
const isWaiting = ({ state }: ProcessorRecord): boolean => state === 'backoff' || state === 'open';

/** Whether it goes on waiting to be set up again: what it would be set up with has not changed. */
function staysWaiting(record: ProcessorRecord): boolean {
  const { spec, waitsWith } = record;
  if (!isWaiting(record) || waitsWith === undefined) return false;
  return waitsWith.config === spec.config && moveReason(waitsWith, spec) === undefined;
}

/** What of a commit comes apart before anything comes together. */
interface PlannedChange {
  readonly work: CommitWork;
  readonly touched: readonly ProcessorRecord[];
  /** Those that leave their lanes and arrive again. */
  readonly moving: readonly ProcessorRecord[];
  /** Those that become another type where they are. */
  readonly replaced: readonly ProcessorRecord[];
  readonly leaving: readonly ProcessorRecord[];
  readonly movingLinks: readonly LinkRecord[];
  readonly comingApart: ReadonlySet<LinkRecord>;
}

/** Whether a lane has an end of the link, be it one that waits for the other. */
const hasEnds = ({ wiring, suspendedIn }: LinkRecord): boolean => (wiring ?? suspendedIn) !== undefined;
