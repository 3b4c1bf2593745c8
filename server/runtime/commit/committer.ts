import { mediaClock } from '../clock.ts';
import type { ProcessorSpec } from '../graph/index.ts';
import type { LaneId, LinkId, ProcessorId } from '../ids.ts';
import type { JsonObject } from '../json.ts';
import type { HostedProcessor } from '../lane/messages.ts';
import type { ControlMemory } from '../link/control-memory.ts';
import type { PlannedMove } from '../plan/index.ts';
import { type CommitReport, CommitReportBuilder } from './commit-report.ts';
import { drainGraph } from './drain-graph.ts';
import type { LaneHandle } from './lane-handle.ts';
import type { LaneSet, LaneWish } from './lane-set.ts';
import { LinkDrain } from './link-drain.ts';
import { LinkWiring } from './link-wiring.ts';
import type { CommitWork, LinkRecord, ProcessorRecord, Records } from './records.ts';
import type { SegmentBurial } from './segment-burial.ts';
import { StepBatch } from './step-batch.ts';

/** How long a lane has at least to let its processors go. */
const LEAST_GRACE_MS = 100;

/** What the commit needs from its surroundings. */
export interface CommitterOptions {
  readonly records: Records;
  readonly lanes: LaneSet;
  /** Where rings and counters lie. */
  readonly control: ControlMemory;
  readonly burial: SegmentBurial;
  /** Where processors belong; called once per commit with those that have no lane, then once for each. */
  readonly planner: {
    update(leaving: readonly ProcessorId[], arriving: readonly ProcessorId[]): void;
    laneOf(id: ProcessorId): LaneWish;
    /** Gives processors that have left their lanes those that the moves say. */
    take(moves: readonly PlannedMove[]): void;
  };
  /** The links of a processor in the graph. */
  linksOf(id: ProcessorId): Iterable<LinkId>;
  effectiveConfig(spec: ProcessorSpec): JsonObject;
  /** Whether the runtime as a whole is paused. */
  isPaused(): boolean;
  /** A processor that waited for its restart will not be started any more. */
  onNotAwaited(record: ProcessorRecord): void;
  /** A lane was ended because it did not come back. */
  onLaneKilled(lane: LaneHandle, processorIds: readonly ProcessorId[]): void;
  /** How long a lane may take to let a processor go before it is ended. */
  readonly unresponsiveMs: number;
  /** How long a commit waits for setups; slower ones come up after it. */
  readonly setupTimeoutMs: number;
}

/**
 * Makes what runs match what the graph says, touching nothing else. One commit runs at a time; the caller sees to
 * that. The order: links come apart, processors leave, processors arrive (setup), links come together from their
 * consumers on, and only then frames flow, sources last.
 */
export class Committer {
  readonly #options: CommitterOptions;
  readonly #wiring: LinkWiring;
  #lastStart = 0;

  constructor(options: CommitterOptions) {
    this.#options = options;
    this.#wiring = new LinkWiring(options.records, options.control, options.burial);
  }

  async commit(work: CommitWork): Promise<CommitReport> {
    const startedUs = mediaClock.nowUs();
    const report = new CommitReportBuilder();
    const stuck = new Set<LaneHandle>();
    const { records } = this.#options;

    const touched = [...work.processors].flatMap((id) => records.processors.get(id) ?? []);
    const moving = touched.filter((record) => record.lane !== undefined && mustMove(record));
    for (const record of moving) {
      const { applied, spec } = record;
      const reason = applied?.processorType === spec.processorType ? 'placement' : 'type';
      restarted(report, record, reason);
    }
    const leaving = [...work.retiredProcessors.filter((record) => record.lane !== undefined), ...moving];
    const movingLinks = moving.flatMap((record) => this.#linksOf(record.spec.processorId));
    const comingApart = new Set(
      [...work.retiredLinks, ...movingLinks].filter((link) => link.wiring ?? link.suspendedIn),
    );

    const apartUs = mediaClock.nowUs();
    await this.#halt(leaving, stuck);
    await this.#takeApart([...comingApart], 'rewired', report, stuck, new Set(moving));
    const lost = await this.#leave(leaving, report, stuck);
    this.#forgetLinks(comingApart, stuck);
    for (const { counters } of work.retiredLinks) if (stuck.size === 0) counters.free();

    const arriving = new Set(
      touched.filter((record) => record.lane === undefined && record.state !== 'failed'),
    );
    for (const record of lost) arriving.add(record);
    const links = new Set([...work.links].flatMap((id) => records.links.get(id) ?? []));
    for (const record of [...arriving, ...moving]) {
      for (const link of this.#linksOf(record.spec.processorId)) links.add(link);
    }
    for (const record of this.#ended(links)) arriving.add(record);

    await this.#arrive([...arriving], report, stuck);
    await this.#updateLinks([...links].filter(isWiredDifferently), report, stuck);
    await this.#bringTogether(
      [...links].filter((link) => link.wiring === undefined),
      stuck,
      report,
    );
    for (const { spec, wiring } of movingLinks)
      if (wiring !== undefined) report.impact(spec.linkId, 0, mediaClock.nowUs() - apartUs);
    await this.#activate([...arriving], stuck);
    await this.#reconfigure(
      touched.filter((record) => !arriving.has(record)),
      report,
      stuck,
    );
    this.#endEmptyLanes(({ pooled }) => !pooled);
    return report.build((mediaClock.nowUs() - startedUs) / 1000);
  }

  /** Moves processors that run to other lanes: a restart there. Their lossless links are read empty before. */
  async replan(moves: readonly PlannedMove[]): Promise<CommitReport> {
    const { records, planner } = this.#options;
    const report = new CommitReportBuilder();
    const stuck = new Set<LaneHandle>();
    const laneIds = new Map(moves.map(({ processorId, from }) => [processorId, from]));
    const moving = [...laneIds].flatMap(([id, from]) => {
      const record = records.processors.get(id);
      return record?.lane?.laneId === from ? [record] : [];
    });
    const links = new Set(moving.flatMap((record) => this.#linksOf(record.spec.processorId)));
    const wired = [...links].filter((link) => link.wiring !== undefined);
    for (const record of moving) restarted(report, record, 'replan');

    const startedUs = mediaClock.nowUs();
    const drain = new LinkDrain(records, stuck);
    try {
      await drain.run(wired);
      const apartUs = mediaClock.nowUs();
      await this.#halt(moving, stuck);
      await this.#takeApart(wired, 'rewired', report, stuck, new Set(moving));
      const lost = await this.#leave(moving, report, stuck);
      this.#forgetLinks(wired, stuck);
      const moved = new Set(moving.map(({ spec }) => spec.processorId));
      planner.take(moves.filter(({ processorId }) => moved.has(processorId)));
      await this.#comeBack([...new Set([...moving, ...lost])], report, stuck);
      for (const { spec } of wired) report.impact(spec.linkId, 0, mediaClock.nowUs() - apartUs);
    } finally {
      await drain.release();
    }
    this.#endEmptyLanes(({ pooled }) => !pooled);
    return report.build((mediaClock.nowUs() - startedUs) / 1000);
  }

  /** Tears a processor down and sets it up again, wherever it is. */
  async restart(record: ProcessorRecord): Promise<CommitReport> {
    const startedUs = mediaClock.nowUs();
    const report = new CommitReportBuilder();
    const stuck = new Set<LaneHandle>();
    record.restarts++;
    restarted(report, record, 'restart');
    if (record.lane === undefined) {
      await this.#comeBack([record], report, stuck);
    } else {
      const { lane } = record;
      await this.#restartInPlace([record], report, stuck);
      if (stuck.has(lane)) await this.#comeBack(await this.#killLane(lane, report), report, stuck);
    }
    return report.build((mediaClock.nowUs() - startedUs) / 1000);
  }

  /** Ends a lane that does not come back. What ran there begins anew in another, but for `waiting`, which stays out. */
  async endLane(lane: LaneHandle, waiting: ProcessorRecord | undefined): Promise<void> {
    const report = new CommitReportBuilder();
    const lost = await this.#killLane(lane, report);
    const returning = lost.filter(
      (record) => record !== waiting && record.state !== 'stopped' && record.state !== 'failed',
    );
    for (const record of returning) record.restarts++;
    await this.#comeBack(returning, report, new Set());
    this.#endEmptyLanes(({ pooled }) => !pooled);
  }

  /** Takes every link of a lane that ended by itself apart; its processors stay without a lane. */
  async forgetLane(lane: LaneHandle): Promise<ProcessorRecord[]> {
    return this.#forgetLane(lane, new Set());
  }

  /** Ends every processor: sources first if `drainMs` allows, then whatever still runs; then the lanes end. */
  async stop(drainMs: number): Promise<void> {
    const { records, lanes } = this.#options;
    const stuck = new Set<LaneHandle>();
    const report = new CommitReportBuilder();
    const hosted = [...records.processors.values()]
      .filter(isUserProcessor)
      .filter((record) => record.lane !== undefined);
    const linksOf = (id: ProcessorId) => this.#linksOf(id);
    await drainGraph(hosted, { processors: records.processors, linksOf, drainMs, stuck });
    const links = [...records.links.values()].filter((link) => link.wiring ?? link.suspendedIn);
    // Whoever wants to stop in a hurry does not want to wait for lanes that hang.
    const graceMs = Math.min(this.#options.unresponsiveMs, Math.max(LEAST_GRACE_MS, drainMs / 4));
    await this.#takeApart(links, 'stopped', report, stuck, undefined, graceMs);
    await this.#leave(hosted, report, stuck, graceMs);
    this.#forgetLinks(links, stuck);
    for (const record of hosted) if (record.state !== 'failed') record.state = 'stopped';
    for (const record of records.processors.values())
      if (record.state === 'backoff') this.#options.onNotAwaited(record);
    this.#endEmptyLanes(() => true);
    await Promise.all([...lanes.all()].filter((lane) => lane.hosted.size === 0).map((lane) => lane.closed));
  }

  /** Starts a processor of the server itself in a lane of its own. */
  async startService(record: ProcessorRecord, laneId: LaneId): Promise<void> {
    const { lanes, setupTimeoutMs } = this.#options;
    const lane = lanes.ensure({ laneId, kind: 'dedicated', priority: undefined });
    place(record, lane);
    const host = new StepBatch();
    host.add(lane, { step: 'host', processor: this.#hosted(record) }, ({ error }) => {
      record.error = error;
    });
    host.add(lane, { step: 'activate', processorId: record.spec.processorId });
    await host.run(setupTimeoutMs, new Set());
  }

  /** Ends the processors of the server itself; lanes that do not come back within `graceMs` are ended. */
  async stopServices(graceMs: number): Promise<void> {
    const { records, lanes } = this.#options;
    const stuck = new Set<LaneHandle>();
    const batch = new StepBatch();
    for (const record of records.processors.values()) {
      const { lane, spec } = record;
      if (lane !== undefined) batch.add(lane, { step: 'unhost', processorId: spec.processorId });
      unplace(record);
    }
    await batch.run(graceMs, stuck);
    await Promise.all(
      [...lanes.all()].map((lane) => (stuck.has(lane) ? lane.abort('was ended') : lane.drain())),
    );
  }

  /** Stops or resumes calling the processors of the graph, as the runtime and their specs say. */
  async applyPauses(): Promise<void> {
    const batch = new StepBatch();
    const paused = this.#options.isPaused();
    for (const record of this.#options.records.processors.values()) {
      if (record.lane === undefined || !isUserProcessor(record)) continue;
      const step = paused || record.spec.paused ? 'pause' : 'resume';
      batch.add(record.lane, { step, processorId: record.spec.processorId });
    }
    await batch.run(this.#options.unresponsiveMs, new Set());
  }

  /** Has processors that leave not called any more, since what they wrote would reach nobody. */
  async #halt(leaving: readonly ProcessorRecord[], stuck: Set<LaneHandle>): Promise<void> {
    const batch = new StepBatch();
    for (const { lane, spec } of leaving)
      if (lane !== undefined) batch.add(lane, { step: 'halt', processorId: spec.processorId });
    await batch.run(this.#options.unresponsiveMs, stuck);
  }

  /** Whether a link comes apart only because its consumer moves, and stays in the graph. */
  #comesBack({ spec, wiring }: LinkRecord, moving: ReadonlySet<ProcessorRecord>): boolean {
    const { processors, links } = this.#options.records;
    const from = processors.get(spec.from.processorId);
    const to = processors.get(spec.to.processorId);
    const isInGraph = links.get(spec.linkId)?.wiring === wiring;
    return (
      wiring !== undefined && isInGraph && to !== undefined && moving.has(to) && !(from && moving.has(from))
    );
  }

  async #takeApart(
    links: readonly LinkRecord[],
    reason: 'rewired' | 'stopped',
    report: CommitReportBuilder,
    stuck: Set<LaneHandle>,
    moving: ReadonlySet<ProcessorRecord> = new Set(),
    timeoutMs = this.#options.unresponsiveMs,
  ): Promise<void> {
    const producers = new StepBatch();
    const consumers = new StepBatch();
    for (const link of links) {
      if (this.#comesBack(link, moving)) this.#wiring.suspend(link, producers, consumers, report);
      else this.#wiring.detach(link, reason, producers, consumers, report);
    }
    await producers.run(timeoutMs, stuck);
    await consumers.run(timeoutMs, stuck);
  }

  /**
   * Forgets the wiring of links that were taken apart. It is called once it is clear which lanes had to be ended:
   * the counters of their links are put right. `buried` is when a lane of theirs is, where that takes a while.
   */
  #forgetLinks(links: Iterable<LinkRecord>, stuck: ReadonlySet<LaneHandle>, buried?: Promise<unknown>): void {
    const { burial } = this.#options;
    for (const link of links) {
      const { wiring } = link;
      if (wiring === undefined) continue;
      // A lane that has not answered may still be in the middle of a write.
      const awaited = lateEnds(link, stuck).map((lane) => letsGo(lane, link));
      this.#wiring.forget(link);
      if (buried !== undefined) awaited.push(buried);
      if (awaited.length > 0) void Promise.all(awaited).then(() => burial.buryRings(wiring.rings));
      else burial.buryRings(wiring.rings);
      if (wiring.from.ended || wiring.to.ended) link.counters.reconcileLaneLost();
    }
  }

  /** Lets processors go; lanes that do not come back are ended. Answers the processors that lost their lane. */
  async #leave(
    leaving: readonly ProcessorRecord[],
    report: CommitReportBuilder,
    stuck: Set<LaneHandle>,
    timeoutMs = this.#options.unresponsiveMs,
  ): Promise<ProcessorRecord[]> {
    const batch = new StepBatch();
    const from = new Set<LaneHandle>();
    for (const { lane, spec } of leaving) {
      if (lane === undefined) continue;
      from.add(lane);
      batch.add(lane, { step: 'unhost', processorId: spec.processorId });
    }
    await batch.run(timeoutMs, stuck);
    for (const record of leaving) unplace(record);
    this.#options.planner.update(
      leaving.map(({ spec }) => spec.processorId),
      [],
    );
    const lost: ProcessorRecord[] = [];
    for (const lane of from) if (stuck.has(lane)) lost.push(...(await this.#killLane(lane, report)));
    return lost;
  }

  async #killLane(lane: LaneHandle, report: CommitReportBuilder): Promise<ProcessorRecord[]> {
    const survivors = [...lane.hosted];
    await lane.abort('did not come back from process and was ended');
    await this.#forgetLane(lane, new Set());
    for (const record of survivors) restarted(report, record, 'lane_lost');
    this.#options.onLaneKilled(
      lane,
      survivors.map(({ spec }) => spec.processorId),
    );
    return survivors;
  }

  async #forgetLane(lane: LaneHandle, stuck: Set<LaneHandle>): Promise<ProcessorRecord[]> {
    const { unresponsiveMs, lanes } = this.#options;
    const hosted = [...lane.hosted];
    const links = new Set(hosted.flatMap((record) => this.#linksOf(record.spec.processorId)));
    const batch = new StepBatch();
    for (const link of links) this.#wiring.loseLane(link, lane, batch);
    await batch.run(unresponsiveMs, stuck);
    // NB: when the other ends of its rings are at rest, and before its rings are buried: their state tells how far the
    // lane came with the last reference that it moved.
    const late = [...links].flatMap((link) => lateEnds(link, stuck).map((other) => letsGo(other, link)));
    const buried = late.length === 0 ? undefined : Promise.all(late).then(() => lanes.bury(lane));
    if (buried === undefined) lanes.bury(lane);
    this.#forgetLinks(links, stuck, buried);
    for (const record of hosted) unplace(record);
    return hosted;
  }

  async #comeBack(
    returning: readonly ProcessorRecord[],
    report: CommitReportBuilder,
    stuck: Set<LaneHandle>,
  ): Promise<void> {
    await this.#arrive(returning, report, stuck);
    const links = new Set(returning.flatMap((record) => this.#linksOf(record.spec.processorId)));
    await this.#bringTogether(
      [...links].filter((link) => link.wiring === undefined),
      stuck,
      report,
    );
    await this.#activate(returning, stuck);
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

  async #arrive(
    arriving: readonly ProcessorRecord[],
    report: CommitReportBuilder,
    stuck: Set<LaneHandle>,
  ): Promise<void> {
    const { planner, lanes, setupTimeoutMs } = this.#options;
    const placed = arriving.filter((record) => record.lane === undefined);
    planner.update(
      [],
      placed.map((record) => record.spec.processorId),
    );
    const batch = new StepBatch();
    for (const record of arriving) {
      const { processorId } = record.spec;
      const lane = record.lane ?? lanes.ensure(planner.laneOf(processorId));
      place(record, lane);
      record.error = undefined;
      batch.add(lane, { step: 'host', processor: this.#hosted(record) }, ({ error }) => {
        if (error !== undefined) report.change('failed', processorId, error.code);
      });
    }
    await batch.run(setupTimeoutMs, stuck);
  }

  #hosted(record: ProcessorRecord): HostedProcessor {
    const { spec } = record;
    record.instance++;
    record.startNumber = ++this.#lastStart;
    record.applied = spec;
    return {
      processorId: spec.processorId,
      processorType: spec.processorType,
      config: this.#options.effectiveConfig(spec),
      instance: record.instance,
      startNumber: record.startNumber,
      paused: spec.paused || (this.#options.isPaused() && isUserProcessor(record)),
      counters: record.counters,
    };
  }

  async #updateLinks(
    links: readonly LinkRecord[],
    report: CommitReportBuilder,
    stuck: Set<LaneHandle>,
  ): Promise<void> {
    const producers = new StepBatch();
    const consumers = new StepBatch();
    for (const link of links) this.#wiring.update(link, producers, consumers, report);
    await consumers.run(this.#options.unresponsiveMs, stuck);
    await producers.run(this.#options.unresponsiveMs, stuck);
  }

  async #bringTogether(
    links: readonly LinkRecord[],
    stuck: Set<LaneHandle>,
    report?: CommitReportBuilder,
  ): Promise<void> {
    const producers = new StepBatch();
    const consumers = new StepBatch();
    for (const link of links) this.#wiring.attach(link, producers, consumers, report);
    await consumers.run(this.#options.unresponsiveMs, stuck);
    await producers.run(this.#options.unresponsiveMs, stuck);
  }

  async #activate(arriving: readonly ProcessorRecord[], stuck: Set<LaneHandle>): Promise<void> {
    const sources = new StepBatch();
    const others = new StepBatch();
    for (const { lane, spec } of arriving) {
      const { processorId } = spec;
      const isSource = this.#linksOf(processorId).every((link) => link.spec.to.processorId !== processorId);
      if (lane !== undefined) (isSource ? sources : others).add(lane, { step: 'activate', processorId });
    }
    await others.run(this.#options.unresponsiveMs, stuck);
    await sources.run(this.#options.unresponsiveMs, stuck);
  }

  async #reconfigure(
    touched: readonly ProcessorRecord[],
    report: CommitReportBuilder,
    stuck: Set<LaneHandle>,
  ): Promise<void> {
    const batch = new StepBatch();
    const restarting: ProcessorRecord[] = [];
    for (const record of touched) {
      const { lane, applied, spec } = record;
      if (lane === undefined || applied === undefined) continue;
      const { processorId } = spec;
      if (applied.config !== spec.config) {
        const config = this.#options.effectiveConfig(spec);
        batch.add(lane, { step: 'configure', processorId, config }, (result) => {
          if (result.applied !== true) restarting.push(record);
        });
      }
      if (applied.paused !== spec.paused && !this.#options.isPaused()) {
        batch.add(lane, { step: spec.paused ? 'pause' : 'resume', processorId });
      }
      record.applied = spec;
    }
    await batch.run(this.#options.unresponsiveMs, stuck);
    for (const record of restarting) restarted(report, record, 'config');
    await this.#restartInPlace(restarting, report, stuck);
  }

  async #restartInPlace(
    restarting: readonly ProcessorRecord[],
    report: CommitReportBuilder,
    stuck: Set<LaneHandle>,
  ): Promise<void> {
    const batch = new StepBatch();
    for (const record of restarting) {
      const { lane, spec } = record;
      if (lane === undefined) continue;
      const links = this.#linksOf(spec.processorId);
      batch.add(lane, { step: 'restart', processor: this.#hosted(record) }, ({ error, pauseUs = 0 }) => {
        if (error !== undefined) report.change('failed', spec.processorId, error.code);
        for (const link of links) report.impact(link.spec.linkId, 0, pauseUs);
      });
    }
    await batch.run(this.#options.unresponsiveMs, stuck);
  }

  #linksOf(id: ProcessorId): LinkRecord[] {
    return [...this.#options.linksOf(id)].flatMap((linkId) => this.#options.records.links.get(linkId) ?? []);
  }

  #endEmptyLanes(isWanted: (lane: LaneHandle) => boolean): void {
    for (const lane of this.#options.lanes.all()) {
      if (lane.hosted.size === 0 && isWanted(lane)) void lane.drain();
    }
  }
}

/** Whether the processor belongs to the graph, and not to the server itself. */
export const isUserProcessor = (record: ProcessorRecord): boolean => record.spec.owner !== 'system';

/** Tells that a processor begins anew, and why. */
function restarted(report: CommitReportBuilder, record: ProcessorRecord, reason: string): void {
  report.change('restarted', record.spec.processorId, reason);
  record.startReason = reason;
}

function mustMove({ applied, spec }: ProcessorRecord): boolean {
  if (applied === undefined) return false;
  return (
    applied.placement.lane !== spec.placement.lane ||
    applied.placement.priority !== spec.placement.priority ||
    applied.processorType !== spec.processorType
  );
}

function place(record: ProcessorRecord, lane: LaneHandle): void {
  record.lane = lane;
  lane.hosted.add(record);
}

function unplace(record: ProcessorRecord): void {
  record.lane?.hosted.delete(record);
  record.lane = undefined;
  record.applied = undefined;
}

/** The lanes at a link's ends that have not answered yet. */
function lateEnds({ wiring }: LinkRecord, stuck: ReadonlySet<LaneHandle>): LaneHandle[] {
  if (wiring === undefined) return [];
  return [wiring.from, wiring.to].filter((lane) => stuck.has(lane) && !lane.isClosed);
}

/**
 * Resolves when a lane that was told to let its ends of a link go has done so, or has ended. It is told once more: it
 * takes the steps of one link in order, and the second finds nothing left.
 */
function letsGo(lane: LaneHandle, { spec: { linkId } }: LinkRecord): Promise<unknown> {
  return lane
    .control([{ step: 'suspend', linkId, reason: 'lane_lost', holds: false }])
    .catch(() => lane.closed);
}

function isWiredDifferently({ applied, spec }: LinkRecord): boolean {
  if (applied === undefined) return false;
  return applied.delivery !== spec.delivery || applied.capacityFrames !== spec.capacityFrames;
}
