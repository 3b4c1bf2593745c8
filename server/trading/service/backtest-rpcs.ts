import { create, type MessageInitShape } from '@bufbuild/protobuf';
import {
  type Backtest,
  BacktestSchema,
  type BacktestSpec,
  BacktestState,
  type CancelBacktestRequest,
  type CancelBacktestResponseSchema,
  type GetBacktestRequest,
  type GetBacktestResponseSchema,
  type ListBacktestsRequest,
  type ListBacktestsResponseSchema,
  type RunBacktestRequest,
  type RunBacktestResponseSchema,
  type SearchParametersRequest,
  type SearchParametersResponseSchema,
} from '../../../gen/ts/streamlib/v1/backtest_pb.ts';
import type { BacktestReport } from '../../../gen/ts/streamlib/v1/backtest_report_pb.ts';
import {
  type CommandOptions,
  eventPosition,
  hasLabel,
  makeBacktestId,
  makeSearchId,
  pageOf,
  type RuntimeOperations,
  StreamlibError,
  wallClockMs,
} from '../../runtime/index.ts';
import type { BacktestJobs } from '../backtest/job/backtest-jobs.ts';
import { compileSpec, type SpecSurroundings } from './backtest-spec.ts';
import { compileSearch } from './search-spec.ts';

/** The calls about backtests, as the schema has them. Runtime's thread. */
export class BacktestRpcs {
  readonly #jobs: BacktestJobs;
  readonly #surroundings: SpecSurroundings;
  readonly #operations: RuntimeOperations;

  constructor(jobs: BacktestJobs, surroundings: SpecSurroundings, operations: RuntimeOperations) {
    this.#jobs = jobs;
    this.#surroundings = surroundings;
    this.#operations = operations;
  }

  async run(
    request: RunBacktestRequest,
    options: CommandOptions,
  ): Promise<MessageInitShape<typeof RunBacktestResponseSchema>> {
    const { displayName, labels } = request;
    const { spec, order } = compileSpec(given(request.spec), this.#surroundings);
    const backtestId = this.#newId(request.backtestId || makeBacktestId());
    this.#jobs.run(create(BacktestSchema, { backtestId, displayName, labels, spec }), order);
    return { backtestId, ...(await this.#answer(backtestId, options)) };
  }

  async search(
    request: SearchParametersRequest,
    options: CommandOptions,
  ): Promise<MessageInitShape<typeof SearchParametersResponseSchema>> {
    const { displayName, labels, search } = request;
    const { spec, order } = compileSpec(given(request.spec), this.#surroundings);
    if (search === undefined) throw missing('search');
    const plan = compileSearch(search);
    const backtestId = this.#newId(request.backtestId || makeSearchId());
    const message = create(BacktestSchema, { backtestId, displayName, labels, spec, search });
    this.#jobs.search(message, order, plan);
    return { backtestId, ...(await this.#answer(backtestId, options)) };
  }

  async get({
    backtestId,
    maxEquityPoints,
    omitTrades,
  }: GetBacktestRequest): Promise<MessageInitShape<typeof GetBacktestResponseSchema>> {
    const job = this.#jobs.get(backtestId);
    const report = job.report && thinned(job.report, maxEquityPoints, omitTrades);
    return { backtest: { ...job, report }, ...(await eventPosition(this.#operations)) };
  }

  async list(request: ListBacktestsRequest): Promise<MessageInitShape<typeof ListBacktestsResponseSchema>> {
    const { state, strategyName, symbol, searchId, backtestIds, label } = request;
    const { all } = this.#jobs;
    const { items, nextPageToken } = pageOf(request, {
      from: (after) => all.filter(({ backtestId }) => after === undefined || backtestId > after),
      idOf: ({ backtestId }) => backtestId,
      wanted: (job) =>
        (state === BacktestState.UNSPECIFIED || job.state === state) &&
        (strategyName === '' || job.spec?.strategyName === strategyName) &&
        (symbol === '' || job.spec?.symbol === symbol) &&
        (backtestIds.length > 0 ? backtestIds.includes(job.backtestId) : job.searchId === searchId) &&
        hasLabel(job.labels, label),
    });
    return { backtests: items.map(listed), nextPageToken, ...(await eventPosition(this.#operations)) };
  }

  async cancel(
    { backtestId }: CancelBacktestRequest,
    options: CommandOptions,
  ): Promise<MessageInitShape<typeof CancelBacktestResponseSchema>> {
    const { state } = this.#jobs.get(backtestId);
    const isOver = state !== BacktestState.PENDING && state !== BacktestState.RUNNING;
    const cancelled = this.#jobs.cancel(backtestId);
    if (options.wait === 'effective') await cancelled;
    return { ...(await this.#answer(backtestId, options)), unchanged: isOver };
  }

  #newId(backtestId: string): string {
    if (!this.#jobs.has(backtestId)) return backtestId;
    const text = `backtest_id must be new, was "${backtestId}", which there is`;
    throw new StreamlibError('ID_TAKEN', text, { path: 'backtest_id' });
  }

  /** The job as it is, or as it is when it has ended where that is waited for. A job makes no revision. */
  async #answer(backtestId: string, { wait, deadlineMs }: CommandOptions) {
    if (wait === 'effective') await untilDeadline(this.#jobs.ended(backtestId), deadlineMs);
    const { revision } = await this.#operations.getState();
    const backtest = listed(this.#jobs.get(backtestId));
    const effective = backtest.state !== BacktestState.PENDING && backtest.state !== BacktestState.RUNNING;
    return { backtest, revision, effective };
  }
}

/** A job with its statistics and without the rest of its report. */
const listed = (job: Backtest): Backtest => ({
  ...job,
  ...(job.report && { report: thinned(job.report, 0, true) }),
});

function thinned(
  report: BacktestReport,
  maxEquityPoints: number | undefined,
  omitTrades: boolean,
): BacktestReport {
  const { equityCurve } = report;
  const count = Math.min(maxEquityPoints ?? equityCurve.length, equityCurve.length);
  const step = count > 1 ? (equityCurve.length - 1) / (count - 1) : 0;
  return {
    ...report,
    equityCurve:
      count === equityCurve.length
        ? equityCurve
        : Array.from({ length: count }, (_, i) => equityCurve[Math.round(i * step)]).filter(
            (point) => point !== undefined,
          ),
    ...(omitTrades && { trades: [], orders: [], fills: [] }),
  };
}

function given(spec: BacktestSpec | undefined): BacktestSpec {
  if (spec === undefined) throw missing('spec');
  return spec;
}

const missing = (path: string): StreamlibError =>
  new StreamlibError('FIELD_INVALID', `${path} is required, was absent`, { path });

function untilDeadline(work: Promise<void>, deadlineMs: number | undefined): Promise<void> {
  if (deadlineMs === undefined) return work;
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(
    () => {
      const text = 'the backtest must end before the deadline, did not; it goes on';
      late.reject(new StreamlibError('DEADLINE_EXCEEDED', text));
    },
    Math.max(0, deadlineMs - wallClockMs()),
  );
  return Promise.race([work, late.promise]).finally(() => clearTimeout(timer));
}
