import { type PlainError, StreamlibError } from '../errors.ts';
import type { ProcessorSpec } from '../graph/index.ts';
import type { ProcessorId } from '../ids.ts';
import type { JsonObject } from '../json.ts';
import type { HostedProcessor } from '../lane/messages.ts';
import { measuredCounters } from '../lane/processor-counters.ts';
import { laneSupervisionOf } from '../supervision/lane-supervision-of.ts';
import type { CheckpointStore } from './checkpoint-store.ts';
import type { CommitRun } from './commit-run.ts';
import type { LaneHandle } from './lane-handle.ts';
import type { LaneSet, LaneWish } from './lane-set.ts';
import { isUserProcessor, type LinkRecord, type ProcessorRecord, place, unplace } from './records.ts';
import { SetupBatch } from './setup-batch.ts';
import { StepBatch } from './step-batch.ts';

/** Where processors belong. */
export interface ProcessorPlaces {
  /** Called once per commit with those that have left their lanes, and once with those that have no lane yet. */
  update(leaving: readonly ProcessorId[], arriving: readonly ProcessorId[]): void;
  laneOf(id: ProcessorId): LaneWish;
}

/** What hosting processors needs. */
export interface ProcessorHostingOptions {
  readonly lanes: LaneSet;
  readonly planner: ProcessorPlaces;
  /** The links of a processor in the graph. */
  linksOf(id: ProcessorId): readonly LinkRecord[];
  effectiveConfig(spec: ProcessorSpec): JsonObject;
  /** What processors go on with that begin anew. */
  readonly checkpoints: CheckpointStore;
  /** Whether the runtime as a whole is paused. */
  isPaused(): boolean;
  /** How long a commit waits for setups; slower ones come up after it. */
  readonly setupTimeoutMs: number;
  /** Whether processors are timed. */
  readonly isMeasured: boolean;
  /** No lane can be had for a processor. */
  onNotHosted(record: ProcessorRecord, error: PlainError): void;
}

/** Has lanes take processors in and let them go. */
export class ProcessorHosting {
  readonly #options: ProcessorHostingOptions;
  #lastStart = 0;

  constructor(options: ProcessorHostingOptions) {
    this.#options = options;
  }

  /** Has processors that leave not called any more, since what they wrote would reach nobody. */
  async halt(leaving: readonly ProcessorRecord[], run: CommitRun): Promise<void> {
    const batch = new StepBatch();
    for (const { lane, spec } of leaving)
      if (lane !== undefined) batch.add(lane, { step: 'halt', processorId: spec.processorId });
    await run.take(batch);
  }

  /** Tears processors down. Answers the lanes of theirs that did not come back, which are to be ended. */
  async leave(leaving: readonly ProcessorRecord[], run: CommitRun): Promise<LaneHandle[]> {
    const batch = new StepBatch();
    const from = new Set<LaneHandle>();
    for (const { lane, spec } of leaving) {
      if (lane === undefined) continue;
      from.add(lane);
      batch.add(lane, { step: 'unhost', processorId: spec.processorId });
    }
    await run.take(batch);
    for (const record of leaving) unplace(record);
    this.#options.planner.update(
      leaving.map(({ spec }) => spec.processorId),
      [],
    );
    return [...from].filter((lane) => run.stuck.has(lane));
  }

  /** Places processors and sets them up; none is called before `activate`. */
  async arrive(arriving: Iterable<ProcessorRecord>, run: CommitRun): Promise<void> {
    const { planner, lanes, setupTimeoutMs } = this.#options;
    const records = [...arriving];
    const placed = records.filter((record) => record.lane === undefined);
    planner.update(
      [],
      placed.map((record) => record.spec.processorId),
    );
    const batch = new SetupBatch(run);
    for (const record of records) {
      const lane = record.lane ?? this.#laneFor(record, lanes, run);
      if (lane === undefined) continue;
      place(record, lane);
      record.error = undefined;
      batch.add(lane, record, { step: 'host', processor: this.nextInstance(record) });
    }
    await batch.run(setupTimeoutMs);
  }

  /** Has processors called that have arrived, sources last. */
  async activate(arriving: Iterable<ProcessorRecord>, run: CommitRun): Promise<void> {
    const sources = new StepBatch();
    const others = new StepBatch();
    for (const record of arriving) {
      const { lane, spec } = record;
      const { processorId } = spec;
      record.isActivated = lane !== undefined;
      const links = this.#options.linksOf(processorId);
      const isSource = links.every((link) => link.spec.to.processorId !== processorId);
      if (lane !== undefined) (isSource ? sources : others).add(lane, { step: 'activate', processorId });
    }
    await run.take(others);
    await run.take(sources);
  }

  /** Asks processors for their state; where a call is in flight it comes when that has settled. */
  async takeCheckpoints(hosted: Iterable<ProcessorRecord>, run: CommitRun): Promise<void> {
    const batch = new StepBatch();
    for (const { lane, spec } of hosted)
      if (lane !== undefined) batch.add(lane, { step: 'checkpoint', processorId: spec.processorId });
    await run.take(batch);
  }

  /** Counts a start of a processor, and answers what its lane has to know for it. */
  nextInstance(record: ProcessorRecord): HostedProcessor {
    const { spec } = record;
    record.instance++;
    record.startNumber = ++this.#lastStart;
    record.applied = spec;
    record.isSettingUp = true;
    record.isActivated = false;
    if (this.#options.isMeasured) record.counters = measuredCounters(record.counters);
    const { isProbe } = record;
    record.isProbe = false;
    return {
      processorId: spec.processorId,
      processorType: spec.processorType,
      config: this.#options.effectiveConfig(spec),
      instance: record.instance,
      startNumber: record.startNumber,
      paused: spec.paused || (this.#options.isPaused() && isUserProcessor(record)),
      checkpoint: this.#options.checkpoints.get(spec.processorId),
      counters: record.counters,
      supervision: laneSupervisionOf(spec.supervision),
      isProbe,
    };
  }

  /** The lane that the plan has for a processor; undefined, and the processor is failed, where it cannot be had. */
  #laneFor(record: ProcessorRecord, lanes: LaneSet, run: CommitRun): LaneHandle | undefined {
    const { planner, onNotHosted } = this.#options;
    const { processorId } = record.spec;
    try {
      return lanes.ensure(planner.laneOf(processorId));
    } catch (thrown) {
      const error = StreamlibError.from(thrown).toPlain();
      planner.update([processorId], []);
      onNotHosted(record, error);
      run.failed({ processorId }, error);
      return undefined;
    }
  }
}
