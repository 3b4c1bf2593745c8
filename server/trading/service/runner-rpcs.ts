import type { MessageInitShape } from '@bufbuild/protobuf';
import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import type {
  CreateRunnerRequest,
  CreateRunnerResponseSchema,
  DeleteRunnerRequest,
  DeleteRunnerResponseSchema,
  GetRunnerHistoryRequest,
  GetRunnerHistoryResponseSchema,
  GetRunnerRequest,
  GetRunnerResponseSchema,
  ListRunnersRequest,
  ListRunnersResponseSchema,
  ListSymbolRunnersRequest,
  ListSymbolRunnersResponseSchema,
  RunnerConfig,
  RunnerSchema,
  UpdateRunnerRequest,
  UpdateRunnerResponseSchema,
} from '../../../gen/ts/streamlib/v1/runner_pb.ts';
import {
  type GetRunnerSnapshotRequest,
  type GetRunnerSnapshotResponseSchema,
  type ListRunnerSnapshotsRequest,
  type ListRunnerSnapshotsResponseSchema,
  type RunnerSnapshotSchema,
  RunnerStatus,
} from '../../../gen/ts/streamlib/v1/runner_snapshot_pb.ts';
import type {
  ListSymbolsRequest,
  ListSymbolsResponseSchema,
} from '../../../gen/ts/streamlib/v1/trading_pb.ts';
import {
  type CommandOptions,
  eventPosition,
  hasLabel,
  type JsonObject,
  outcomeFields,
  type PlacementSpec,
  type ProcessorState,
  pageOf,
  type RuntimeOperations,
  StreamlibError,
  type SupervisionSpec,
  supervisionFromMessage,
  vocabulary,
  wallClockMs,
} from '../../runtime/index.ts';
import { moneyToNumber } from '../broker/money.ts';
import { orderMessage } from '../messages/order-messages.ts';
import type { RunnerView } from '../runner/runner.ts';
import { offersIn } from './feed-offers.ts';
import type { RunnerEntry } from './runner-entry.ts';
import type { RunnerManager } from './runner-manager.ts';
import { positionMessage, runnerStatsMessage, tickMessage, windowTickMessage } from './runner-messages.ts';
import { runnerProcessorId } from './runner-parts.ts';
import { settingsFromConfig, settingsToConfig } from './runner-settings.ts';
import type { SymbolReports } from './symbol-reports.ts';

const { LANE_PRIORITIES, wordOf } = vocabulary;

const HISTORY_DEFAULT = 100;
/** What a runner's state is before its strategy is known. */
const STATE_BEFORE = 'Idle';
/** Top-level fields that an update may name, and so reset. */
const UPDATABLE = ['labels', 'config', 'paused'];

/** The calls about runners, as the schema has them. Runtime's thread. */
export class RunnerRpcs {
  readonly #manager: RunnerManager;
  readonly #operations: RuntimeOperations;
  readonly #reports: SymbolReports;

  constructor(manager: RunnerManager, operations: RuntimeOperations, reports: SymbolReports) {
    this.#manager = manager;
    this.#operations = operations;
    this.#reports = reports;
  }

  async create(
    request: CreateRunnerRequest,
    options: CommandOptions,
  ): Promise<MessageInitShape<typeof CreateRunnerResponseSchema>> {
    const { runnerId, symbol, strategyName, strategyVersion, windowSize, labels, config } = request;
    const { entry, outcome } = await this.#manager.create(
      {
        runnerId,
        symbol,
        strategyName,
        strategyVersion,
        windowSize,
        labels,
        settings: settingsToConfig(config),
        placement: placementOf(config),
        supervision: supervisionOf(config),
      },
      options,
    );
    return { runnerId: entry.runnerId, runner: await this.#runner(entry), ...outcomeFields(outcome) };
  }

  async get({ runnerId }: GetRunnerRequest): Promise<MessageInitShape<typeof GetRunnerResponseSchema>> {
    const runner = await this.#runner(this.#manager.entry(runnerId));
    return { runner, ...(await eventPosition(this.#operations)) };
  }

  async list(request: ListRunnersRequest): Promise<MessageInitShape<typeof ListRunnersResponseSchema>> {
    const { symbol, strategyName, state, status, label } = request;
    return this.#page(
      request,
      (entry) =>
        (symbol === '' || entry.symbol === symbol) &&
        (strategyName === '' || entry.strategyName === strategyName) &&
        (status === RunnerStatus.UNSPECIFIED || statusOf(entry.state) === status) &&
        hasLabel(entry.part.processor.labels, label),
      state,
    );
  }

  listOfSymbol(
    request: ListSymbolRunnersRequest,
  ): Promise<MessageInitShape<typeof ListSymbolRunnersResponseSchema>> {
    return this.#page(request, ({ symbol }) => symbol === request.symbol, '');
  }

  async update(
    request: UpdateRunnerRequest,
    options: CommandOptions,
  ): Promise<MessageInitShape<typeof UpdateRunnerResponseSchema>> {
    const { runnerId, strategyName, strategyVersion, config, labels } = request;
    const mask = maskOf(request);
    const entry = this.#manager.entry(runnerId);
    const given = settingsToConfig(config);
    const outcome = await this.#manager.update(
      runnerId,
      {
        strategyName: strategyName === '' ? undefined : strategyName,
        strategyVersion,
        settings: mask.has('config') && config === undefined ? nullsOf(entry.part.processor.config) : given,
        placement: placementOf(config),
        supervision: supervisionOf(config),
        labels: Object.keys(labels).length > 0 || mask.has('labels') ? labels : undefined,
        paused: request.paused ?? (mask.has('paused') ? false : undefined),
      },
      options,
    );
    return { runner: await this.#runner(this.#manager.entry(runnerId)), ...outcomeFields(outcome) };
  }

  async remove(
    { runnerId }: DeleteRunnerRequest,
    options: CommandOptions,
  ): Promise<MessageInitShape<typeof DeleteRunnerResponseSchema>> {
    // So that its last counts are known to those who hear that it is gone.
    await this.#manager.entry(runnerId).view();
    return outcomeFields(await this.#manager.remove(runnerId, options));
  }

  async snapshot({
    runnerId,
  }: GetRunnerSnapshotRequest): Promise<MessageInitShape<typeof GetRunnerSnapshotResponseSchema>> {
    return { snapshot: await this.#snapshot(this.#manager.entry(runnerId)) };
  }

  async snapshots(
    request: ListRunnerSnapshotsRequest,
  ): Promise<MessageInitShape<typeof ListRunnerSnapshotsResponseSchema>> {
    const { symbol, strategyName } = request;
    const { items, nextPageToken } = this.#entries(
      request,
      (entry) =>
        (symbol === '' || entry.symbol === symbol) &&
        (strategyName === '' || entry.strategyName === strategyName),
    );
    const snapshots = await Promise.all(items.map((entry) => this.#snapshot(entry)));
    return { snapshots, nextPageToken, ...(await eventPosition(this.#operations)) };
  }

  async history({
    runnerId,
    count,
  }: GetRunnerHistoryRequest): Promise<MessageInitShape<typeof GetRunnerHistoryResponseSchema>> {
    const entry = this.#manager.entry(runnerId);
    const ticks = await entry.history(count === 0 ? HISTORY_DEFAULT : count);
    return { ticks: ticks.map((tick) => windowTickMessage(tick, entry.symbol)) };
  }

  async symbols(request: ListSymbolsRequest): Promise<MessageInitShape<typeof ListSymbolsResponseSchema>> {
    const { entries, feeds } = this.#manager;
    const all = offersIn(
      feeds,
      entries.map(({ symbol }) => symbol),
    ).filter(({ offer }) => request.feed === '' || offer.name === request.feed);
    const { items, nextPageToken } = pageOf(request, {
      from: (after) => all.filter(({ symbol }) => after === undefined || symbol > after),
      idOf: ({ symbol }) => symbol,
      wanted: () => true,
    });
    const symbols = await Promise.all(
      items.map(async ({ symbol, offer }) => {
        const runners = entries.filter((entry) => entry.symbol === symbol);
        const lastTick = (await runners[0]?.view())?.lastTick;
        return {
          symbol,
          feed: offer.name,
          tickSize: offer.tickSize,
          lotSize: offer.lotSize,
          runners: runners.length,
          ...this.#reports.of(symbol),
          lastTick: lastTick && tickMessage(lastTick),
        };
      }),
    );
    return { symbols, nextPageToken, ...(await eventPosition(this.#operations)) };
  }

  async #page(
    request: { readonly pageSize: number; readonly pageToken: string },
    wanted: (entry: RunnerEntry) => boolean,
    state: string,
  ) {
    const { items, nextPageToken } = this.#entries(request, wanted);
    const runners = await Promise.all(items.map((entry) => this.#runner(entry)));
    // NB: only the lane knows a strategy's state, so that a page may come to have fewer.
    const ofState = state === '' ? runners : runners.filter((runner) => runner.state === state);
    return { runners: ofState, nextPageToken, ...(await eventPosition(this.#operations)) };
  }

  #entries(
    request: { readonly pageSize: number; readonly pageToken: string },
    wanted: (entry: RunnerEntry) => boolean,
  ) {
    const { entries } = this.#manager;
    return pageOf(request, {
      from: (after) => entries.filter(({ runnerId }) => after === undefined || runnerId > after),
      idOf: ({ runnerId }) => runnerId,
      wanted,
    });
  }

  async #runner(entry: RunnerEntry): Promise<MessageInitShape<typeof RunnerSchema>> {
    const { runnerId, symbol, strategyName, strategyVersion, windowSize, part, error } = entry;
    const { processor } = part;
    const [view, { createTime, updateTime }] = await Promise.all([
      entry.view(),
      this.#operations.getProcessor(runnerProcessorId(runnerId)),
    ]);
    return {
      runnerId,
      symbol,
      strategyName,
      strategyVersion,
      windowSize,
      config: settingsFromConfig(processor, false),
      effectiveConfig: settingsFromConfig(processor, true),
      labels: { ...processor.labels },
      paused: processor.paused,
      status: statusOf(entry.state),
      error: error && { code: error.code, message: error.message },
      processorIds: [processor.processorId],
      quarantined: this.#manager.isQuarantined(entry),
      createTime,
      updateTime,
      ...(view === undefined ? { state: STATE_BEFORE } : figuresOf(entry, view)),
    };
  }

  async #snapshot(entry: RunnerEntry): Promise<MessageInitShape<typeof RunnerSnapshotSchema>> {
    const { runnerId, symbol, strategyName, strategyVersion, windowSize } = entry;
    const view = await entry.view();
    const position = await eventPosition(this.#operations);
    return {
      runnerId,
      symbol,
      strategyName,
      strategyVersion,
      windowSize,
      status: statusOf(entry.state),
      time: timestampFromMs(wallClockMs()),
      ...position,
      ...(view === undefined
        ? { state: STATE_BEFORE, context: {} }
        : {
            ...figuresOf(entry, view),
            context: view.context,
            uptimeMs: BigInt(Math.max(0, Math.floor(view.uptimeUs / 1000))),
            windowLen: view.windowLength,
            openOrders: view.openOrders.map((order) => orderMessage(order, entry)),
            lastTick: view.lastTick && tickMessage(view.lastTick),
          }),
    };
  }
}

const figuresOf = (entry: RunnerEntry, view: RunnerView) => ({
  state: view.state,
  stats: runnerStatsMessage(view, entry.restarts),
  position: view.position && positionMessage(view.position, entry.instrument, view.markTicks),
  realizedPnl: moneyToNumber(view.realizedPnl),
  unrealizedPnl: moneyToNumber(view.unrealizedPnl),
  equity: moneyToNumber(view.equity),
});

const STATUSES: Readonly<Record<ProcessorState, RunnerStatus>> = {
  pending: RunnerStatus.PENDING,
  starting: RunnerStatus.STARTING,
  running: RunnerStatus.RUNNING,
  paused: RunnerStatus.PAUSED,
  stopping: RunnerStatus.STOPPED,
  stopped: RunnerStatus.STOPPED,
  failed: RunnerStatus.FAILED,
  backoff: RunnerStatus.BACKOFF,
  open: RunnerStatus.BACKOFF,
};
const statusOf = (state: ProcessorState): RunnerStatus => STATUSES[state];

function placementOf(config: RunnerConfig | undefined): PlacementSpec | undefined {
  const placement = config?.placement;
  if (placement === undefined) return undefined;
  return {
    lane: placement.lane === '' ? 'auto' : placement.lane,
    priority: wordOf(LANE_PRIORITIES, placement.priority) ?? 'normal',
  };
}

const supervisionOf = (config: RunnerConfig | undefined): SupervisionSpec | undefined =>
  config?.supervision && supervisionFromMessage(config.supervision);

/** A merge patch that takes every setting back to its default. */
const nullsOf = (config: JsonObject): JsonObject =>
  Object.fromEntries(
    ['stop_on_error', 'log_actions', 'parameters', 'execution', 'limits', 'seed', 'feed']
      .filter((name) => config[name] !== undefined)
      .map((name) => [name, null]),
  );

function maskOf({ updateMask }: UpdateRunnerRequest): ReadonlySet<string> {
  const paths = updateMask?.paths ?? [];
  for (const path of paths) {
    if (UPDATABLE.includes(path)) continue;
    const text = `update_mask may name ${UPDATABLE.join(', ')}, was ${JSON.stringify(path)}`;
    throw new StreamlibError('FIELD_INVALID', text, { path: 'update_mask' });
  }
  return new Set(paths);
}
