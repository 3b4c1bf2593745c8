import { create, fromBinary, type MessageInitShape } from '@bufbuild/protobuf';
import { type Timestamp, timestampFromMs } from '@bufbuild/protobuf/wkt';
import {
  type Backtest,
  BacktestErrorSchema,
  BacktestProgressSchema,
  BacktestSchema,
  BacktestState,
  type SearchRun,
  SearchRunSchema,
} from '../../../../gen/ts/streamlib/v1/backtest_pb.ts';
import {
  type BacktestReport,
  BacktestReportSchema,
} from '../../../../gen/ts/streamlib/v1/backtest_report_pb.ts';
import { type JsonObject, mediaClock, StreamlibError, wallClockMs } from '../../../runtime/index.ts';
import type { BacktestFiles } from './backtest-files.ts';
import type { BacktestAdvance, BacktestOrder } from './backtest-order.ts';
import type { BacktestThreads } from './backtest-threads.ts';

/** A search: what its runs differ in, and what makes one better than another. */
export interface SearchPlan {
  readonly combinations: readonly JsonObject[];
  /** The figure of a run's report that counts; undefined where there is none. */
  objectiveOf(report: BacktestReport): number | undefined;
  readonly minimizes: boolean;
  readonly keepBest: number;
}

interface Job {
  readonly message: Backtest;
  readonly aborter: AbortController;
  readonly ended: PromiseWithResolvers<void>;
  readonly startedUs: number;
  /** The runs of a search. */
  readonly runs: Backtest[];
}

const PROGRESS_EVERY_US = 200_000;

/** The backtests and searches of a server: those that run, and those that ended. Runtime's thread. */
export class BacktestJobs {
  readonly #threads: BacktestThreads;
  readonly #files: BacktestFiles | undefined;
  readonly #tell: (job: Backtest) => void;
  readonly #messages = new Map<string, Backtest>();
  readonly #jobs = new Map<string, Job>();

  /** Jobs of a server that ended under them have failed. Without `files` everything is gone with the process. */
  constructor(threads: BacktestThreads, files: BacktestFiles | undefined, tell: (job: Backtest) => void) {
    this.#threads = threads;
    this.#files = files;
    this.#tell = tell;
    for (const message of files?.read() ?? []) {
      if (message.state === BacktestState.PENDING || message.state === BacktestState.RUNNING) {
        message.state = BacktestState.FAILED;
        message.error = errorOf(new StreamlibError('INTERNAL', 'the server ended before the backtest did'));
      }
      this.#messages.set(message.backtestId, message);
    }
  }

  /** Jobs and runs of searches, in order of their ids. */
  get all(): Backtest[] {
    return [...this.#messages.values()].sort((a, b) => (a.backtestId < b.backtestId ? -1 : 1));
  }

  has(backtestId: string): boolean {
    return this.#messages.has(backtestId);
  }

  /** Throws BACKTEST_NOT_FOUND. */
  get(backtestId: string): Backtest {
    const message = this.#messages.get(backtestId);
    if (message !== undefined) return message;
    const text = `backtest_id names no backtest, was ${JSON.stringify(backtestId)}`;
    throw new StreamlibError('BACKTEST_NOT_FOUND', text, {
      path: 'backtest_id',
      details: { backtest_id: backtestId },
    });
  }

  /** Resolves when the job has ended, however; at once where it has. */
  async ended(backtestId: string): Promise<void> {
    await this.#jobs.get(backtestId)?.ended.promise;
  }

  /** Begins a backtest. */
  run(message: Backtest, order: BacktestOrder): void {
    const job = this.#add(message);
    void this.#follow(job, this.#runOne(job, message, order));
  }

  /** Begins a search: one run per combination, over the parameters that all have in common. */
  search(message: Backtest, order: BacktestOrder, plan: SearchPlan): void {
    const job = this.#add(message);
    void this.#follow(job, this.#runAll(job, order, plan));
  }

  /** Ends a job that has not ended. */
  async cancel(backtestId: string): Promise<void> {
    this.get(backtestId);
    const job = this.#jobs.get(backtestId);
    job?.aborter.abort();
    await job?.ended.promise;
  }

  async close(): Promise<void> {
    for (const job of this.#jobs.values()) job.aborter.abort();
    await Promise.all([...this.#jobs.values()].map(({ ended }) => ended.promise));
    await this.#threads.close();
  }

  #add(message: Backtest): Job {
    message.state = BacktestState.PENDING;
    message.createTime = now();
    const job = {
      message,
      aborter: new AbortController(),
      ended: Promise.withResolvers<void>(),
      startedUs: mediaClock.nowUs(),
      runs: [],
    };
    // What cannot be kept has never been there.
    this.#files?.write(message, []);
    this.#messages.set(message.backtestId, message);
    this.#jobs.set(message.backtestId, job);
    return job;
  }

  async #follow(job: Job, work: Promise<void>): Promise<void> {
    const { message } = job;
    try {
      await work;
      message.state = BacktestState.SUCCEEDED;
    } catch (error) {
      const known = StreamlibError.from(error);
      message.state = known.code === 'CANCELLED' ? BacktestState.CANCELLED : BacktestState.FAILED;
      if (known.code !== 'CANCELLED') message.error = errorOf(known);
    }
    message.finishTime = now();
    this.#jobs.delete(message.backtestId);
    try {
      this.#files?.write(message, job.runs);
    } catch (error) {
      message.state = BacktestState.FAILED;
      message.error = errorOf(StreamlibError.from(error));
    }
    this.#tell(message);
    job.ended.resolve();
  }

  async #runOne(job: Job, message: Backtest, order: BacktestOrder): Promise<void> {
    const bytes = await this.#threads.run(order, job.aborter.signal, {
      onStart: () => this.#begin(message),
      onAdvance: (advance) => {
        message.progress = progressMessage(progressOf(advance, job));
        this.#tell(message);
      },
    });
    message.report = fromBinary(BacktestReportSchema, bytes);
    const ticks = message.report.statistics?.ticksProcessed ?? 0n;
    message.progress = progressMessage({
      equity: message.report.statistics?.finalEquity ?? 0,
      dataTime: message.report.statistics?.endTime,
      fraction: 1,
      ticksProcessed: ticks,
      ticksTotal: ticks,
      elapsed: elapsedOf(job),
    });
  }

  async #runAll(job: Job, order: BacktestOrder, plan: SearchPlan): Promise<void> {
    const { message } = job;
    const { combinations } = plan;
    let toldUs = 0;
    let finished = 0;
    const advance = (isLast: boolean): void => {
      message.progress = progressMessage({
        fraction: finished / combinations.length,
        runsFinished: finished,
        runsTotal: combinations.length,
        elapsed: elapsedOf(job),
      });
      const nowUs = mediaClock.nowUs();
      if (isLast || nowUs - toldUs < PROGRESS_EVERY_US) return;
      toldUs = nowUs;
      this.#tell(message);
    };
    await Promise.all(
      combinations.map(async (combination, i) => {
        const parameters = { ...order.parameters, ...combination };
        const run = this.#runOf(message, i, parameters);
        try {
          const bytes = await this.#threads.run(
            { ...order, parameters, isWhole: false },
            job.aborter.signal,
            {
              onStart: () => {
                if (message.state === BacktestState.PENDING) this.#begin(message);
                run.runTime = now();
              },
            },
          );
          run.report = fromBinary(BacktestReportSchema, bytes);
          run.state = BacktestState.SUCCEEDED;
        } catch (error) {
          const known = StreamlibError.from(error);
          // What was not run is no run.
          if (known.code === 'CANCELLED') return;
          run.state = BacktestState.FAILED;
          run.error = errorOf(known);
        }
        run.finishTime = now();
        job.runs.push(run);
        this.#messages.set(run.backtestId, run);
        finished++;
        message.bestRuns = bestRuns([...message.bestRuns, ...searchRunOf(run, combination, plan)], plan);
        advance(finished === combinations.length);
      }),
    );
    if (job.aborter.signal.aborted) throw new StreamlibError('CANCELLED', 'the search was cancelled');
  }

  #runOf(search: Backtest, index: number, parameters: JsonObject): Backtest {
    return create(BacktestSchema, {
      backtestId: `${search.backtestId}-${index + 1}`,
      searchId: search.backtestId,
      ...(search.spec && { spec: { ...search.spec, parameters } }),
      createTime: now(),
    });
  }

  #begin(message: Backtest): void {
    message.state = BacktestState.RUNNING;
    message.runTime = now();
    this.#tell(message);
  }
}

function searchRunOf(run: Backtest, parameters: JsonObject, { objectiveOf }: SearchPlan): SearchRun[] {
  const objectiveValue = run.report && objectiveOf(run.report);
  if (objectiveValue === undefined) return [];
  const { backtestId, report } = run;
  return [
    create(SearchRunSchema, { backtestId, parameters, objectiveValue, statistics: report?.statistics }),
  ];
}

/** The best first; equals in order of their ids, so that the order does not depend on who ended first. */
function bestRuns(runs: readonly SearchRun[], { minimizes, keepBest }: SearchPlan): SearchRun[] {
  const sign = minimizes ? 1 : -1;
  const inOrder = runs.toSorted(
    (a, b) =>
      sign * (a.objectiveValue - b.objectiveValue) ||
      a.backtestId.localeCompare(b.backtestId, 'en', { numeric: true }),
  );
  return inOrder.slice(0, keepBest);
}

type Progress = MessageInitShape<typeof BacktestProgressSchema>;

const progressOf = ({ ticksProcessed, ticksTotal, dataMs, equity }: BacktestAdvance, job: Job): Progress => ({
  fraction: ticksTotal === 0 ? 1 : ticksProcessed / ticksTotal,
  ticksProcessed: BigInt(ticksProcessed),
  ticksTotal: BigInt(ticksTotal),
  dataTime: timestampFromMs(dataMs),
  equity,
  elapsed: elapsedOf(job),
});

function elapsedOf({ startedUs }: Job) {
  const us = Math.max(0, Math.round(mediaClock.nowUs() - startedUs));
  return { seconds: BigInt(Math.floor(us / 1e6)), nanos: (us % 1e6) * 1000 };
}

const progressMessage = (progress: Progress) => create(BacktestProgressSchema, progress);

const now = (): Timestamp => timestampFromMs(wallClockMs());

function errorOf({ code, message, details }: StreamlibError) {
  return create(BacktestErrorSchema, { code, message, line: Number(details.line ?? 0) });
}
