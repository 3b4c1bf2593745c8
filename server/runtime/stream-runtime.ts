import { join } from 'node:path';
import { create } from '@bufbuild/protobuf';
import type { CommandResult } from '../../gen/ts/streamlib/v1/command_pb.ts';
import { CommandEnvelopeSchema } from '../../gen/ts/streamlib/v1/command_pb.ts';
import type {
  GetMetricsRequest,
  GetMetricsResponse,
  PipelineStats,
} from '../../gen/ts/streamlib/v1/metrics_pb.ts';
import { DATA_BYTES_DEFAULT, LANE_LIMIT } from '../../native/index.ts';
import { checkedCheckpointIntervalMs } from './checkpoint.ts';
import { mediaClock, wallClockMs } from './clock.ts';
import { CommandOperations } from './command-operations.ts';
import { type CommandInit, type CommandOptions, contextOf } from './commands.ts';
import { CheckpointStore } from './commit/checkpoint-store.ts';
import { Committer } from './commit/committer.ts';
import type { LaneHandle } from './commit/lane-handle.ts';
import { LaneSet } from './commit/lane-set.ts';
import { createProcessorRecord } from './commit/records.ts';
import { SegmentBurial } from './commit/segment-burial.ts';
import { StreamlibError } from './errors.ts';
import type { EventBus } from './events/bus.ts';
import { DropReporter } from './events/drop-reporter.ts';
import { EventLog } from './events/event-log.ts';
import { MainBus } from './events/main-bus.ts';
import { threadNames } from './frame/name-table.ts';
import { closeSegment, createSegment, type Segment } from './frame/segment.ts';
import { CallAudit } from './history/call-audit.ts';
import { openCheckpoints } from './history/checkpoint-files.ts';
import { ControlEventHistory } from './history/control-event-history.ts';
import { ControlJournal, type RestoredState } from './history/control-journal.ts';
import { RevisionHistory } from './history/revision-history.ts';
import { type LaneId, makeDeadLetterPrefix, type ProcessorId, parseProcessorId } from './ids.ts';
import { MemoryJournal, SqliteJournal } from './journal/index.ts';
import { createHeartbeats } from './lane/lane-heartbeat.ts';
import { ControlMemory } from './link/control-memory.ts';
import { createLog, type Log, parseLogLevels } from './logging.ts';
import type { RoomHandlers } from './loop/command-rooms.ts';
import { Executor } from './loop/execute.ts';
import { GraphApplier } from './loop/graph-applier.ts';
import { GraphCommits } from './loop/graph-commits.ts';
import { GraphEditor } from './loop/graph-editor.ts';
import { LaneMessages } from './loop/lane-messages.ts';
import { LanePlanner } from './loop/lane-planner.ts';
import { Lifecycle } from './loop/lifecycle.ts';
import { LoadSampler } from './loop/load-sampler.ts';
import { Reads } from './loop/reads.ts';
import { Replanner } from './loop/replanner.ts';
import { RequestMemory } from './loop/request-memory.ts';
import { MetricsReads } from './metrics/metrics-reads.ts';
import { MetricsSampler } from './metrics/metrics-sampler.ts';
import { PathLatencies } from './metrics/path-latencies.ts';
import type { ProcessorRequest } from './operations.ts';
import { cancelled, untilCancelled } from './queue/cancellation.ts';
import { CommandQueue } from './queue/command-queue.ts';
import { createCommandSlots } from './queue/command-slots.ts';
import { unwrapResult } from './queue/runtime-proxy.ts';
import { ProcessorRegistry } from './registry/index.ts';
import { SignalWaits } from './signal-waits.ts';
import type { RoomInternals, StreamRuntimeOptions } from './stream-runtime-options.ts';
import { DEFAULT_DEAD_LETTER_BYTES, DeadLetterStore } from './supervision/dead-letter-store.ts';
import { DeadLetters } from './supervision/dead-letters.ts';
import { endSources } from './supervision/end-sources.ts';
import { DEFAULT_RESTART_BUDGET, RestartBudget } from './supervision/restart-budget.ts';
import { type FinalFailure, RestartSupervisor } from './supervision/restart-supervisor.ts';
import { StallSupervisor } from './supervision/stall-supervisor.ts';
import { Watchdog } from './supervision/watchdog.ts';
import { type LinkTaps, TapClient } from './tap/tap-client.ts';
import { TapHub, type TapObserver } from './tap/tap-hub.ts';
import { VERSION } from './version.ts';

function keptCheckpoints(
  stateDirectory: string | undefined,
  isReadOnly: boolean,
  log: Log,
): Promise<CheckpointStore | undefined> {
  if (stateDirectory === undefined) return Promise.resolve(undefined);
  return openCheckpoints(join(stateDirectory, 'checkpoints'), { isReadOnly, log: log.area('journal') });
}

/** A processor that the server itself adds: it is in no graph and no revision. */
export type ServiceRequest = Pick<ProcessorRequest, 'type' | 'config'> & { readonly id: string };

/**
 * A runtime and its graph, on the thread that made it. It implements RuntimeOperations directly; other threads
 * reach the same operations through `ctx.runtime`.
 */
export class StreamRuntime extends CommandOperations {
  /** The in-process bus. */
  readonly events: EventBus;
  /** Bounded views of its links. They end with it. */
  readonly taps: LinkTaps;
  readonly #tapHub: TapHub;
  readonly #tapClient: TapClient;
  readonly #queue: CommandQueue;
  readonly #executor: Executor;
  readonly #lifecycle: Lifecycle;
  readonly #lanes: LaneSet;
  readonly #journal: ControlJournal;
  readonly #editor: GraphEditor;
  readonly #committer: Committer;
  readonly #checkpoints: CheckpointStore;
  readonly #drops: DropReporter;
  readonly #messages: LaneMessages;
  readonly #planner: LanePlanner;
  readonly #segment: Segment;
  readonly #loads: LoadSampler;
  readonly #sampler: MetricsSampler;
  readonly #metrics: MetricsReads;
  readonly #watchdog: Watchdog;
  readonly #events: EventLog;
  readonly #supervisor: RestartSupervisor;
  #stateDamage: StreamlibError | undefined;
  #closed: Promise<void> | undefined;
  readonly #signals = new SignalWaits();
  #rooms: RoomHandlers = {};

  /** Loads the processor types and makes a runtime that has not been started. */
  static async create(options: StreamRuntimeOptions = {}): Promise<StreamRuntime> {
    const log = options.log ?? createLog(parseLogLevels(process.env.STREAMLIB_LOG ?? ''));
    const registry = await ProcessorRegistry.load(options.registries ?? []);
    const journal = new ControlJournal({
      journal:
        options.stateDirectory === undefined
          ? new MemoryJournal()
          : new SqliteJournal({ directory: options.stateDirectory }),
      readOnly: options.stateReadOnly ?? false,
      log: log.area('journal'),
    });
    const state = await journal.open();
    const { stateDirectory, stateReadOnly = false } = options;
    const runtime = new StreamRuntime(registry, log, journal, {
      ...options,
      // NB: read when the journal holds the lock of the directory.
      checkpoints: options.checkpoints ?? (await keptCheckpoints(stateDirectory, stateReadOnly, log)),
    });
    try {
      runtime.#restore(state);
      runtime.#rooms = options.rooms?.(runtime, runtime.#internals(registry, options)) ?? {};
    } catch (error) {
      await runtime.close(0);
      throw error;
    }
    return runtime;
  }

  protected constructor(
    registry: ProcessorRegistry,
    log: Log,
    journal: ControlJournal,
    options: StreamRuntimeOptions,
  ) {
    super();
    const events = new EventLog(() => this.#editor.graph.revision, journal);
    this.#events = events;
    journal.beginStream(events.streamId);
    this.#segment = createSegment(options.frameMemoryBytes ?? DATA_BYTES_DEFAULT);
    const checkpoints = options.checkpoints ?? new CheckpointStore();
    this.#checkpoints = checkpoints;
    const control = new ControlMemory(this.#segment);
    const burial = new SegmentBurial(this.#segment);
    this.#planner = new LanePlanner({
      registry,
      graph: () => this.#editor.graph,
      measurements: () => this.#loads,
      maxLanes: options.maxLanes,
    });
    this.#journal = journal;
    this.#editor = new GraphEditor({ registry, events, planner: this.#planner, control, journal });
    this.#loads = new LoadSampler({
      records: this.#editor.observed.records,
      clock: mediaClock,
      intervalMs: options.loadIntervalMs ?? 2_000,
      onSampled: () => this.#planner.takeMeasurements(),
    });
    this.events = new MainBus(events, log.area('runtime'));

    const commandSlots = createCommandSlots(LANE_LIMIT);
    const heartbeats = createHeartbeats(LANE_LIMIT);
    const onArrival = options.autoPoll === false ? () => {} : () => setImmediate(() => this.pollCommands());
    this.#queue = new CommandQueue(
      new Int32Array(commandSlots),
      (envelope) => this.#executor.execute(envelope),
      onArrival,
    );
    this.#tapHub = new TapHub({
      linkOf: (linkId) => this.#editor.observed.records.links.get(linkId),
      events: this.events,
      lanes: () => this.#lanes.all(),
    });
    this.#tapClient = new TapClient((tapId, wish) => this.#tapHub.take(observer, tapId, wish));
    const observer: TapObserver = { tell: (tapId, news) => this.#tapClient.receive(tapId, news) };
    this.taps = this.#tapClient.tapsOf('');
    this.#messages = new LaneMessages({
      records: this.#editor.observed.records,
      events,
      log,
      registry,
      queue: this.#queue,
      checkpoints,
      taps: this.#tapHub,
      isStopping: () => this.#lifecycle.status === 'stopping',
      supervisor: {
        reached: (record, state, error) => this.#supervisor.reached(record, state, error),
        proved: (record) => this.#supervisor.proved(record),
      },
      deadLetters: { take: (letters) => deadLetters.take(letters) },
      onLaneLost: (lane) => void this.#lifecycle.enqueue(() => this.#loseLane(lane)),
    });
    this.#lanes = new LaneSet({
      shared: {
        segmentId: this.#segment.id,
        names: threadNames().memory,
        commandSlots,
        heartbeats,
      },
      registries: options.registries ?? [],
      checkpointIntervalMs: checkedCheckpointIntervalMs(options.checkpointIntervalMs),
      logLevels: log.levels,
      listener: this.#messages,
      segment: this.#segment,
      burial,
    });
    const isMeasured = options.measured ?? true;
    this.#committer = new Committer({
      isMeasured,
      latencies: new PathLatencies({
        records: this.#editor.observed.records,
        isMeasured,
        linksOf: (id) => this.#editor.observed.linksOf(id),
      }),
      records: this.#editor.observed.records,
      lanes: this.#lanes,
      control,
      burial,
      planner: this.#planner,
      types: registry,
      linksOf: (id) => this.#editor.observed.linksOf(id),
      effectiveConfig: (spec) => registry.effectiveConfig(spec),
      checkpoints,
      isPaused: () => this.#lifecycle.isPaused,
      onNotHosted: (record, error) => this.#messages.setState(record, 'failed', error),
      onNotAwaited: (record) => this.#messages.setState(record, 'stopped'),
      onLaneKilled: (lane, ids) => this.#messages.reportLaneLost(lane, 'unresponsive', ids),
      unresponsiveMs: options.unresponsiveMs ?? 2_000,
      setupTimeoutMs: options.setupTimeoutMs ?? 30_000,
    });
    this.#supervisor = new RestartSupervisor({
      records: this.#editor.observed.records,
      committer: this.#committer,
      budget: new RestartBudget(options.restartBudget ?? DEFAULT_RESTART_BUDGET),
      enqueue: (work) => this.#lifecycle.enqueue(work),
      isLive: () => this.#lifecycle.isLive,
      isPaused: () => this.#lifecycle.isPaused,
      setState: (record, state, error) => this.#messages.setState(record, state, error),
      events,
      log: log.area('runtime'),
      monotonicMs: () => mediaClock.nowUs() / 1000,
      wallMs: wallClockMs,
      random: Math.random,
    });
    const commits = new GraphCommits({
      editor: this.#editor,
      committer: this.#committer,
      events,
      types: registry,
      log: log.area('runtime'),
    });
    this.#lifecycle = new Lifecycle({
      editor: this.#editor,
      committer: this.#committer,
      commits,
      events,
      log: log.area('runtime'),
      supervisor: this.#supervisor,
      onCommitted: () => deadLetters.prune(),
    });
    const stalls = new StallSupervisor({
      segment: this.#segment,
      committer: this.#committer,
      supervisor: this.#supervisor,
      enqueue: (work) => this.#lifecycle.enqueue(work),
      keepApart: (id, reason) => this.#planner.keepApart(id, reason),
      incomingOf: (id) => this.#editor.observed.incomingLinksOf(id),
      setState: (record, state, error) => this.#messages.setState(record, state, error),
      events,
      log: log.area('runtime'),
    });
    this.#watchdog = new Watchdog({
      lanes: () => this.#lanes.all(),
      heartbeats,
      clock: mediaClock,
      listener: stalls,
    });
    const replanner = new Replanner({
      editor: this.#editor,
      planner: this.#planner,
      lifecycle: this.#lifecycle,
      committer: this.#committer,
      events,
    });
    const reads = new Reads({
      editor: this.#editor,
      lifecycle: this.#lifecycle,
      events,
      registry,
      planner: this.#planner,
      replanner,
      version: VERSION,
      segment: this.#segment,
      deadLettersOf: (record) => deadLetters.count(record),
    });
    const deadLetters = new DeadLetters({
      store: new DeadLetterStore(
        options.deadLetterBytes ?? DEFAULT_DEAD_LETTER_BYTES,
        makeDeadLetterPrefix(),
      ),
      records: this.#editor.observed.records,
      events,
      recordOf: (id) => reads.processorRecord(id),
      position: () => reads.position(),
    });
    this.#sampler = new MetricsSampler({
      records: this.#editor.observed.records,
      lanes: () => this.#lanes.all(),
      heartbeats,
      clock: mediaClock,
      intervalMs: isMeasured ? (options.metricsIntervalMs ?? 1_000) : undefined,
    });
    this.#metrics = new MetricsReads({
      records: this.#editor.observed.records,
      sampler: this.#sampler,
      isTimed: isMeasured,
      lanes: () => this.#lanes.all(),
      position: () => reads.position(),
      deadLettersOf: (record) => deadLetters.count(record),
      nowMs: wallClockMs,
    });
    this.#executor = new Executor({
      deadLetters,
      editor: this.#editor,
      applier: new GraphApplier({ editor: this.#editor, lifecycle: this.#lifecycle, registry }),
      lifecycle: this.#lifecycle,
      reads,
      replanner,
      registry,
      requests: new RequestMemory(journal),
      journal,
      audit: new CallAudit({ journal, nowMs: () => mediaClock.nowUs() / 1_000 }),
      rooms: () => this.#rooms,
      controlEvents: new ControlEventHistory({
        journal: journal.reader,
        streams: journal.streams,
        streamId: events.streamId,
      }),
      history: new RevisionHistory({
        journal: journal.reader,
        graph: () => this.#editor.graph,
        effectiveRevision: () => this.#lifecycle.effectiveRevision,
        mask: (processorType, config) => registry.visibleGivenConfig({ processorType, config }),
        position: () => reads.position(),
      }),
      log: log.area('runtime'),
    });
    this.#drops = new DropReporter(this.#editor.observed.records, events);
  }

  protected override async send(command: CommandInit, options: CommandOptions): Promise<unknown> {
    const { signal } = options;
    if (signal?.aborted) throw cancelled();
    const context = contextOf({ actor: 'embedded', ...options });
    const envelope = create(CommandEnvelopeSchema, { command: { command }, context });
    const executed: Promise<CommandResult> = Promise.resolve(this.#executor.execute(envelope));
    const result = await untilCancelled(executed, signal);
    return unwrapResult(result, command.case);
  }

  /**
   * Executes the commands of other threads that wait now and answers how many there were. It is called by itself
   * unless `autoPoll` is false.
   */
  pollCommands(): number {
    return this.#queue.poll();
  }

  /**
   * What every part does, in numbers, and what limits the throughput. The pools of pipelines are those that the caller
   * knows of. Throws ID_INVALID naming `owner`.
   */
  measure(request: GetMetricsRequest, pools: readonly PipelineStats[] = []): GetMetricsResponse {
    return this.#metrics.getMetrics(request, pools);
  }

  /** Asks every processor that runs for its state now, and resolves when it is where checkpoints are kept. */
  async takeCheckpoints(): Promise<void> {
    await this.#lifecycle.enqueue(() => this.#committer.takeCheckpoints());
    await this.#checkpoints.flush();
  }

  /** Adds a processor that belongs to the server: it starts at once, before the graph, and ends with `close`. */
  async addService({ type, id, config = {} }: ServiceRequest): Promise<void> {
    const processorId = parseProcessorId(id);
    const record = createProcessorRecord(
      this.#editor.services.specOf(this.#editor.graph, processorId, type, config),
      wallClockMs(),
    );
    this.#editor.services.add(processorId);
    this.#editor.observed.records.processors.set(processorId, record);
    await this.#lifecycle.enqueue(() =>
      // No user's lane can have this name.
      this.#committer.services.start(record, `system.${processorId}` as LaneId),
    );
    if (record.error !== undefined) throw StreamlibError.fromPlain(record.error);
  }

  /** Resolves when the runtime runs and every processor of the graph has ended or failed. */
  async ended(): Promise<void> {
    await new Promise<void>((resolve) => {
      const check = () => {
        if (this.#lifecycle.status !== 'running' || !this.#editor.observed.hasEnded()) return;
        listener[Symbol.dispose]();
        resolve();
      };
      const listener = this.events.subscribe('*', check);
      check();
    });
  }

  /**
   * Resolves with the name of the first SIGINT or SIGTERM and keeps the process alive until then, or until the runtime
   * is closed. A second signal ends the process at once.
   */
  waitForSignal(): Promise<NodeJS.Signals> {
    return this.#signals.next();
  }

  /** Stops the graph and then what the server added, each within `drainMs`; afterwards nothing runs any more. Once. */
  close(drainMs = 5_000): Promise<void> {
    this.#closed ??= this.#close(drainMs);
    return this.#closed;
  }

  async #close(drainMs: number): Promise<void> {
    const deadlineUs = mediaClock.nowUs() + drainMs * 1000;
    await this.#lifecycle.stop(drainMs);
    this.#tapHub.close();
    this.#drops[Symbol.dispose]();
    this.#loads[Symbol.dispose]();
    this.#sampler[Symbol.dispose]();
    this.#watchdog[Symbol.dispose]();
    const leftMs = Math.max(0, (deadlineUs - mediaClock.nowUs()) / 1000);
    await this.#lifecycle.enqueue(() => this.#committer.services.stop(leftMs + 500));
    // Whoever keeps them tells what goes wrong.
    await this.#checkpoints.flush().catch(() => {});
    this.#signals[Symbol.dispose]();
    closeSegment(this.#segment);
    await this.#rooms.close?.();
    await this.#journal.close();
  }

  /** Starts the graph as it was when the state was last written: not if it was stopped, paused if it was paused. */
  async startAsKept(): Promise<void> {
    const { desiredStatus } = this.#journal;
    if (desiredStatus !== 'stopped') await this.#lifecycle.start(wallClockMs(), desiredStatus === 'paused');
  }

  /** What of the state could not be read; only with `stateReadOnly`. */
  get stateDamage(): StreamlibError | undefined {
    return this.#stateDamage;
  }

  #internals(
    types: ProcessorRegistry,
    { registries = [], stateDirectory, stateReadOnly = false }: StreamRuntimeOptions,
  ): RoomInternals {
    return {
      types,
      registries,
      stateDirectory,
      stateReadOnly,
      graph: () => this.#editor.graph,
      measure: (request, pools) => this.measure(request, pools),
      emit: (payload, context) => this.#events.emit(payload, context),
      onFinalFailure: (listener) => this.onFinalFailure(listener),
      isFailed: (processorId) =>
        this.#editor.observed.records.processors.get(processorId as ProcessorId)?.state === 'failed',
      endSources: (owner) => endSources(this.#editor.observed.records, owner),
    };
  }

  #restore({ graph, damage }: RestoredState): void {
    this.#stateDamage = damage;
    this.#editor.restore(graph);
  }

  async #loseLane(lane: LaneHandle): Promise<void> {
    const lost = await this.#committer.laneEnding.forget(lane);
    // What had ended, or failed, did so before; of those that wait for a restart there was no instance to be lost.
    const failing = lost.filter(
      (record) =>
        record.state !== 'stopped' && record.state !== 'failed' && !this.#supervisor.isWaiting(record),
    );
    this.#messages.failAll(
      failing.map(({ spec }): ProcessorId => spec.processorId),
      new StreamlibError('LANE_LOST', `lane ${lane.laneId} ended by itself`).toPlain(),
    );
  }

  /** Calls a listener for each processor that has failed and does not come back by itself. */
  onFinalFailure(listener: (failure: FinalFailure) => void): Disposable {
    return this.#supervisor.onFinalFailure(listener);
  }
}
