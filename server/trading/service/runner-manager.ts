import { randomUUID } from 'node:crypto';
import type { MessageInitShape } from '@bufbuild/protobuf';
import type { Event } from '../../../gen/ts/streamlib/v1/event_pb.ts';
import type { GraphEditSchema } from '../../../gen/ts/streamlib/v1/graph_pb.ts';
import {
  allLinks,
  type CommandOptions,
  type EventBus,
  type EventListener,
  type Graph,
  type JsonObject,
  makeRunnerId,
  nearestNames,
  type PlacementSpec,
  type ProcessorId,
  type ProcessorState,
  parseRunnerId,
  parseSymbol,
  type RuntimeOperations,
  StreamlibError,
  type SupervisionSpec,
  vocabulary,
} from '../../runtime/index.ts';
import type { RunnerEvent } from '../runner/runner-event.ts';
import type { EngineOrders } from '../runner/runner-messages.ts';
import type { StrategyStore } from '../strategies/strategy-store.ts';
import { type EngineChange, type EngineStand, engineIn, setEngine } from './engine-stand.ts';
import { type FeedOffer, feedIdOf, offerOf } from './feed-offers.ts';
import { RiskExchange } from './risk-exchange.ts';
import { RunnerEntry } from './runner-entry.ts';
import { QUARANTINE, RUNNER_SUPERVISION } from './runner-isolation.ts';
import type { RunnerNews } from './runner-news.ts';
import {
  addFeed,
  addRunner,
  ENGINE_OWNER,
  feedProcessorId,
  ownerOf,
  type RunnerPart,
  removeProcessor,
  runnerIdOf,
  runnerProcessorId,
  runnersIn,
  SHARED_PREFIX,
  updateRunner,
} from './runner-parts.ts';
import { limitsOfJson } from './runner-settings.ts';

const { PROCESSOR_STATES, wordOf } = vocabulary;

/** The runtime as runners need it. */
export interface RunnerHost {
  readonly operations: RuntimeOperations;
  readonly events: EventBus;
  readonly strategies: StrategyStore;
  readonly feeds: readonly FeedOffer[];
  /** The newest graph that is durable. */
  graph(): Graph;
  /** Tells everybody what became of a runner. */
  tell(news: RunnerNews): void;
}

/** What is wanted of a new runner. */
export interface RunnerRequest {
  /** Made where it is empty. */
  readonly runnerId: string;
  readonly symbol: string;
  readonly strategyName: string;
  /** 0 takes the newest. */
  readonly strategyVersion: number;
  /** 0 takes the default. */
  readonly windowSize: number;
  readonly labels: Readonly<Record<string, string>>;
  /** As the config of the runner's processor has them. */
  readonly settings: JsonObject;
  readonly placement: PlacementSpec | undefined;
  readonly supervision: SupervisionSpec | undefined;
}

/** What is to change of a runner; what is absent stays. */
export interface RunnerChange {
  readonly strategyName?: string | undefined;
  readonly strategyVersion?: number | undefined;
  readonly settings?: JsonObject | undefined;
  readonly placement?: PlacementSpec | undefined;
  readonly supervision?: SupervisionSpec | undefined;
  readonly labels?: Readonly<Record<string, string>> | undefined;
  readonly paused?: boolean | undefined;
}

export type Outcome = Awaited<ReturnType<RuntimeOperations['applyGraph']>>;
type Edit = MessageInitShape<typeof GraphEditSchema>;

/** Lanes that runners share where nothing else is asked for: apart from everything else, since strategies may hang. */
const SHARED_LANES = 2;

/**
 * Every runner of a runtime. What runners there are follows from the graph alone: edits, rollbacks and restarts of the
 * server need nothing else. Runtime's thread.
 */
export class RunnerManager implements Disposable {
  readonly #host: RunnerHost;
  readonly #entries = new Map<string, RunnerEntry>();
  readonly #exchange = new RiskExchange(() => [...this.#entries.values()]);
  readonly #listeners: readonly EventListener[];
  /** Edits follow each other, since each decides by what the one before left. */
  #last: Promise<unknown> = Promise.resolve();
  #engine: EngineStand;
  /** What the entries and the engine were last made from. */
  #followed: Graph | undefined;

  constructor(host: RunnerHost) {
    this.#host = host;
    this.#engine = engineIn(host.graph());
    this.#listeners = [
      host.events.subscribe('runtime:global', (event) => this.#onRuntimeEvent(event)),
      host.events.subscribe('processor:*', (event) => this.#onProcessorEvent(event), { queueLimit: 65_536 }),
    ];
    this.#follow(false);
  }

  /** In order of their ids. */
  get entries(): RunnerEntry[] {
    return [...this.#entries.values()].sort((a, b) => (a.runnerId < b.runnerId ? -1 : 1));
  }

  get engine(): EngineStand {
    return this.#engine;
  }

  get feeds(): readonly FeedOffer[] {
    return this.#host.feeds;
  }

  /** Whether its version of its strategy hung once. */
  isQuarantined({ part }: RunnerEntry): boolean {
    return this.#isHostile(part.processor.config);
  }

  /** Throws RUNNER_NOT_FOUND with the nearest ids. */
  entry(runnerId: string): RunnerEntry {
    this.#follow(true);
    const entry = this.#entries.get(runnerId);
    if (entry !== undefined) return entry;
    parseRunnerId(runnerId);
    const near = nearestNames(runnerId, this.#entries.keys());
    const hint = near.length === 0 ? '' : `; near it are ${near.join(', ')}`;
    throw new StreamlibError('RUNNER_NOT_FOUND', `no runner is called "${runnerId}"${hint}`, {
      path: 'runner_id',
      details: { runner_id: runnerId },
    });
  }

  /** Makes a runner, and its feed where nobody has it, in one revision. Throws ID_TAKEN, or what the edit does. */
  create(
    request: RunnerRequest,
    options: CommandOptions,
  ): Promise<{ readonly entry: RunnerEntry; readonly outcome: Outcome }> {
    return this.#afterOthers(async () => {
      const runnerId = request.runnerId === '' ? makeRunnerId() : parseRunnerId(request.runnerId);
      this.#follow(true);
      if (this.#entries.has(runnerId)) {
        const text = `runner_id must be new, was "${runnerId}", which there is`;
        throw new StreamlibError('ID_TAKEN', text, { path: 'runner_id' });
      }
      const symbol = parseSymbol(request.symbol);
      const strategy = this.#strategy(request.strategyName, request.strategyVersion);
      const offer = offerOf(this.#host.feeds, symbol, String(request.settings.feed ?? ''));
      const feedId = feedIdOf(offer, symbol);
      const plan = {
        runnerId,
        labels: request.labels,
        placement: this.#isHostile(strategy)
          ? QUARANTINE
          : (request.placement ?? { lane: this.#sharedLane(), priority: 'normal' as const }),
        supervision: request.supervision ?? RUNNER_SUPERVISION,
        feedId,
        config: {
          ...request.settings,
          ...strategy,
          key: randomUUID(),
          runner_id: runnerId,
          symbol,
          tick_size: offer.tickSize,
          lot_size: offer.lotSize,
          ...(request.windowSize > 0 && { window_size: request.windowSize }),
        },
      };
      const feed = { feedId, processorType: offer.processorType, config: offer.configOf(symbol) };
      const isShared = this.#host.graph().processors.has(feedProcessorId(feedId) as ProcessorId);
      const edits = [...(isShared ? [] : [addFeed(feed)]), ...addRunner(plan)];
      const outcome = await this.#apply(runnerId, edits, options);
      return { entry: this.entry(runnerId), outcome };
    });
  }

  /** Changes a runner. Its state is handed over, but not to another strategy. */
  update(runnerId: string, change: RunnerChange, options: CommandOptions): Promise<Outcome> {
    return this.#afterOthers(async () => {
      const { processor } = this.entry(runnerId).part;
      const processorId = runnerProcessorId(runnerId);
      const name = change.strategyName ?? String(processor.config.strategy_name ?? '');
      const isNewCode = change.strategyName !== undefined || change.strategyVersion !== undefined;
      const config: JsonObject = {
        ...change.settings,
        ...(isNewCode && this.#strategy(name, change.strategyVersion ?? 0)),
      };
      const placement = this.#isHostile({ ...processor.config, ...config }) ? QUARANTINE : change.placement;
      const edits = updateRunner(processorId, { ...change, config, placement });
      const outcome = await this.#apply(runnerId, edits, options);
      this.#follow(true);
      return outcome;
    });
  }

  /** Removes a runner, and its feed where nobody else has it. */
  remove(runnerId: string, options: CommandOptions): Promise<Outcome> {
    return this.#afterOthers(async () => {
      const { part } = this.entry(runnerId);
      const { feedProcessorId: feed } = part;
      const graph = this.#host.graph();
      const isOurs = graph.processors.get(feed as ProcessorId)?.owner.startsWith(SHARED_PREFIX) ?? false;
      const users = allLinks(graph).filter(({ from }) => from.processorId === feed);
      const others = [...users].filter(({ to }) => to.processorId !== runnerProcessorId(runnerId));
      const edits = [
        removeProcessor(runnerProcessorId(runnerId)),
        ...(isOurs && others.length === 0 ? [removeProcessor(feed)] : []),
      ];
      const outcome = await this.#apply(runnerId, edits, options);
      this.#follow(true);
      return outcome;
    });
  }

  /** Sets the engine's mode, its limits, or both. What is set already makes no revision. */
  setEngine(change: Omit<EngineChange, 'actor'>, options: CommandOptions): Promise<Outcome> {
    return this.#afterOthers(async () => {
      const edit = setEngine(this.#host.graph(), { ...change, actor: options.actor ?? '' });
      const outcome = await this.#applyFor(ENGINE_OWNER, [edit], options);
      this.#follow(true);
      return outcome;
    });
  }

  [Symbol.dispose](): void {
    for (const listener of this.#listeners) listener[Symbol.dispose]();
    this.#exchange[Symbol.dispose]();
    for (const entry of this.#entries.values()) entry[Symbol.dispose]();
  }

  #strategy(name: string, version: number): JsonObject {
    const strategy = this.#host.strategies.get(name, version);
    return { strategy_name: name, strategy_version: strategy.version, code: strategy.code };
  }

  #isHostile({ strategy_name, strategy_version }: JsonObject): boolean {
    return this.#host.strategies.isQuarantined(String(strategy_name ?? ''), Number(strategy_version ?? 0));
  }

  /** A runner hung, and its lane was ended: what runs the same version goes where it harms nobody else. */
  #quarantine({ strategyName, strategyVersion }: RunnerEntry): void {
    this.#host.strategies.quarantine(strategyName, strategyVersion);
    for (const entry of this.entries) {
      if (entry.strategyName !== strategyName || entry.strategyVersion !== strategyVersion) continue;
      const { runnerId } = entry;
      const edits = updateRunner(runnerProcessorId(runnerId), { placement: QUARANTINE });
      const moved = this.#afterOthers(() => this.#apply(runnerId, edits, { actor: 'system' }));
      // One that was removed meanwhile harms nobody.
      moved.catch(() => {});
    }
  }

  /** The shared lane with the fewest runners. */
  #sharedLane(): string {
    const lanes = Array.from({ length: SHARED_LANES }, (_, i) => `runners-${i + 1}`);
    const counts = new Map(lanes.map((lane) => [lane, 0]));
    for (const { part } of this.#entries.values()) {
      const { lane } = part.processor.placement;
      if (counts.has(lane)) counts.set(lane, (counts.get(lane) ?? 0) + 1);
    }
    return lanes.reduce((least, lane) => ((counts.get(lane) ?? 0) < (counts.get(least) ?? 0) ? lane : least));
  }

  #apply(runnerId: string, edits: Edit[], options: CommandOptions): Promise<Outcome> {
    return this.#applyFor(ownerOf(runnerId), edits, options);
  }

  #applyFor(
    owner: string,
    edits: Edit[],
    { requestId: _requestId, ...options }: CommandOptions,
  ): Promise<Outcome> {
    // NB: the request is remembered with the command that this is a part of.
    return this.#host.operations
      .execute({ case: 'applyGraph', value: { edits } }, { onFailure: 'keep', ...options, owner })
      .then((outcome) => ({ ...outcome }));
  }

  #afterOthers<Result>(work: () => Promise<Result>): Promise<Result> {
    const done = this.#last.then(work, work);
    this.#last = done.catch(() => {});
    return done;
  }

  /** Makes the entries and the engine those of the graph. */
  #follow(tells: boolean): void {
    const graph = this.#host.graph();
    if (graph === this.#followed) return;
    this.#followed = graph;
    this.#followEngine(engineIn(graph), tells);
    const parts = runnersIn(graph);
    for (const [runnerId, entry] of this.#entries) {
      if (parts.get(runnerId)?.processor.config.key === entry.key) continue;
      this.#entries.delete(runnerId);
      entry[Symbol.dispose]();
      this.#exchange.onEnd();
      if (!tells) continue;
      if (entry.hasStarted) this.#host.tell({ news: 'stopped', entry, reason: 'removed' });
      this.#host.tell({ news: 'removed', entry });
    }
    for (const [runnerId, part] of parts) this.#followRunner(runnerId, part, tells);
  }

  #followRunner(runnerId: string, part: RunnerPart, tells: boolean): void {
    const known = this.#entries.get(runnerId);
    if (known === undefined) {
      const entry = new RunnerEntry(part, (runner, events) => this.#onRunnerEvents(runner, events));
      entry.channel.engine = this.#orders;
      this.#exchange.add(entry);
      this.#entries.set(runnerId, entry);
      if (tells) this.#host.tell({ news: 'created', entry });
      return;
    }
    const fields = known.update(part);
    if (fields.length > 0 && tells) this.#host.tell({ news: 'updated', entry: known, fields });
  }

  #followEngine(engine: EngineStand, tells: boolean): void {
    const before = this.#engine;
    if (JSON.stringify(before) === JSON.stringify(engine)) return;
    this.#engine = engine;
    for (const entry of this.#entries.values()) entry.channel.engine = this.#orders;
    if (tells && before.mode !== engine.mode) this.#host.tell({ news: 'engine', from: before.mode, engine });
  }

  get #orders(): EngineOrders {
    return { mode: this.#engine.mode, limits: limitsOfJson(this.#engine.limits) };
  }

  #onRunnerEvents(entry: RunnerEntry, events: readonly RunnerEvent[]): void {
    for (const event of events) {
      if (event.kind === 'TickReceived') entry.markTicks = entry.instrument.nearestTicks(event.tick.price);
      this.#host.tell({ news: 'happened', entry, event });
    }
  }

  #onRuntimeEvent({ payload }: Event): void {
    if (payload.case !== 'graphDidChange') return;
    const { owner } = payload.value;
    if (runnerIdOf(owner) !== undefined || owner.startsWith(SHARED_PREFIX)) this.#follow(true);
  }

  #onProcessorEvent({ payload }: Event): void {
    if (!isAboutState(payload)) return;
    const { processorId } = payload.value;
    const entry = this.#entries.get(processorId.slice(0, Math.max(0, processorId.indexOf('.'))));
    if (entry === undefined || processorId !== runnerProcessorId(entry.runnerId)) return;
    if (payload.case === 'processorStalled') {
      if (payload.value.laneEnded) this.#quarantine(entry);
      return;
    }
    if (payload.case === 'processorFailed') {
      const { code = 'PROCESS_FAILED', message = '' } = payload.value.error ?? {};
      entry.error = new StreamlibError(code as never, message).toPlain();
      // What its strategy did it has told itself.
      if (code !== 'STRATEGY_FAILED') this.#host.tell({ news: 'broke', entry, error: entry.error });
      return;
    }
    const state = wordOf(PROCESSOR_STATES, payload.value.toState) ?? 'pending';
    this.#noteState(entry, state, payload.value.reason);
  }

  #noteState(entry: RunnerEntry, state: ProcessorState, reason: string): void {
    const was = entry.state;
    entry.state = state;
    if (state === 'running' && was !== 'running') {
      if (entry.hasStarted && was !== 'paused') entry.restarts++;
      entry.hasStarted = true;
      entry.error = undefined;
      this.#host.tell({ news: 'started', entry });
      return;
    }
    if (was !== 'running' && was !== 'stopping') return;
    const why = endReason(state, reason);
    if (why !== undefined) this.#host.tell({ news: 'stopped', entry, reason: why });
    if (state !== 'failed' && state !== 'stopped' && state !== 'backoff') return;
    entry.channel.end();
    this.#exchange.onEnd();
  }
}

type AboutState = Extract<
  Event['payload'],
  { case: 'processorStateChanged' | 'processorFailed' | 'processorStalled' }
>;

const isAboutState = (payload: Event['payload']): payload is AboutState =>
  payload.case === 'processorStateChanged' ||
  payload.case === 'processorFailed' ||
  payload.case === 'processorStalled';

/** What RunnerStopped says; undefined where the runner has not stopped yet. */
function endReason(state: ProcessorState, reason: string): string | undefined {
  switch (state) {
    case 'paused':
      return 'paused';
    case 'failed':
    case 'backoff':
      return reason === '' ? 'error' : reason;
    case 'stopped':
      return reason === '' ? 'feed_ended' : reason;
    case 'pending':
      return 'runtime_stopped';
    default:
      return undefined;
  }
}
