import type { CommitReport } from '../commit/commit-report.ts';
import type { Committer } from '../commit/committer.ts';
import type { ProcessorRecord } from '../commit/records.ts';
import { StreamlibError } from '../errors.ts';
import type { EventLog } from '../events/event-log.ts';
import { RUNTIME_TOPIC } from '../events/topics.ts';
import type { Logger } from '../log.ts';
import type { RestartSupervisor } from '../supervision/restart-supervisor.ts';
import { numberOf, RUNTIME_STATUSES, type RuntimeStatus } from '../vocabulary.ts';
import type { AcceptedRevision } from './accepted-revision.ts';
import type { GraphCommits } from './graph-commits.ts';
import type { GraphEditor } from './graph-editor.ts';
import { EMPTY_REPORT } from './report-share.ts';

/** How long StopRuntime lets frames on their way arrive where the call does not say. */
export const DEFAULT_DRAIN_MS = 5000;

/** What the lifecycle needs from its surroundings. */
export interface LifecycleOptions {
  readonly editor: GraphEditor;
  readonly committer: Pick<Committer, 'stop' | 'applyPauses' | 'restart'>;
  readonly commits: GraphCommits;
  readonly events: EventLog;
  readonly log: Logger;
  readonly supervisor: Pick<RestartSupervisor, 'reconsider' | 'forget' | 'stop'>;
  /** Each commit has ended, however. */
  onCommitted(): void;
}

/**
 * What the runtime as a whole is doing, and the commits that follow the graph while it runs. Transitions and
 * commits happen one after the other, in the order in which they were asked for.
 */
export class Lifecycle {
  readonly #editor: GraphEditor;
  readonly #committer: LifecycleOptions['committer'];
  readonly #commits: GraphCommits;
  readonly #events: EventLog;
  readonly #log: Logger;
  readonly #options: LifecycleOptions;
  #status: RuntimeStatus = 'initial';
  #paused = false;
  #startedMs: number | undefined;
  #tail: Promise<void> = Promise.resolve();
  #commitPending = false;
  /** Starts and stops that were asked for and are not done, in order. */
  readonly #ahead: ('start' | 'stop')[] = [];

  constructor(options: LifecycleOptions) {
    const { editor, committer, commits, events, log } = options;
    this.#options = options;
    this.#editor = editor;
    this.#committer = committer;
    this.#commits = commits;
    this.#events = events;
    this.#log = log;
  }

  get status(): RuntimeStatus {
    return this.#status;
  }

  /** Whether no processor of the graph is to be called. */
  get isPaused(): boolean {
    return this.#paused;
  }

  /** The newest revision that runs. */
  get effectiveRevision(): number {
    return this.#commits.effectiveRevision;
  }

  /** When the runtime was last started, milliseconds since the Unix epoch. */
  get startedMs(): number | undefined {
    return this.#startedMs;
  }

  /** Whether accepted revisions become effective by themselves. */
  get isLive(): boolean {
    return this.#status === 'running' || this.#status === 'paused' || this.#status === 'starting';
  }

  /**
   * Resolves when the runtime runs, or is paused if it is to begin so. Starting a running or paused runtime changes nothing. What fails is kept, and the
   * rest runs; rejects with COMMIT_FAILED, and the runtime is failed, only if the commit broke off.
   */
  start(nowMs: number, paused = false): Promise<void> {
    return this.#enqueueAhead('start', async () => {
      if (this.#status === 'running' || this.#status === 'paused') return;
      this.#startedMs = nowMs;
      this.#paused = paused;
      this.#transition('starting');
      this.#editor.observed.touchEverything();
      try {
        await this.#commit();
      } catch (error) {
        this.#transition('failed', StreamlibError.from(error).message);
        this.#commits.forget();
        throw error;
      }
      this.#transition(paused ? 'paused' : 'running');
    });
  }

  /** Resolves when everything is torn down: drained, or as far as it came in `drainMs`. */
  stop(drainMs: number): Promise<void> {
    return this.#enqueueAhead('stop', async () => {
      if (this.#status === 'initial' || this.#status === 'stopped') return;
      this.#transition('stopping');
      // A paused graph could not drain.
      if (this.#paused) {
        this.#paused = false;
        await this.#committer.applyPauses();
      }
      this.#options.supervisor.stop();
      await this.#committer.stop(drainMs);
      this.#transition('stopped');
      this.#commits.forget();
    });
  }

  /**
   * Resolves when no processor of the graph is called any more. Throws NOT_RUNNING if the runtime will not run when it
   * is the turn of this, and rejects with it if the start before this failed.
   */
  pause(): Promise<void> {
    this.#assertWillBeLive('paused');
    return this.#enqueue(() => this.#setPaused(true));
  }

  /** Undoes `pause`; throws and rejects as that does. */
  resume(): Promise<void> {
    this.#assertWillBeLive('resumed');
    return this.#enqueue(() => this.#setPaused(false));
  }

  /** Takes note of a revision that is not durable yet, since what is rolled back meanwhile must leave it alone. */
  note(revision: AcceptedRevision): void {
    if (this.isLive) this.#commits.note(revision);
  }

  /** Forgets a revision that never became durable. */
  dropRevision(revision: AcceptedRevision): void {
    this.#commits.drop(revision);
  }

  /** To be called when an accepted edit is durable. Those of one turn are committed together. */
  requestCommit(revision: AcceptedRevision): void {
    if (!this.isLive) return;
    this.#commits.note(revision);
    if (!revision.unchanged) this.#commitSoon();
  }

  /**
   * Resolves with what the commit did when the edit is effective; at once, with nothing, while nothing runs. Rejects
   * with COMMIT_FAILED when it was rolled back.
   */
  effective(edit: AcceptedRevision): Promise<CommitReport> {
    return this.isLive ? this.#commits.whenEffective(edit) : Promise.resolve(EMPTY_REPORT);
  }

  /** Throws NOT_RUNNING unless processors are hosted. */
  assertLive(): void {
    if (this.isLive) return;
    throw new StreamlibError('NOT_RUNNING', `nothing can be restarted while the runtime is ${this.#status}`);
  }

  /** Sets a processor up again. */
  restart(record: ProcessorRecord): Promise<CommitReport> {
    return this.#enqueue(async () => {
      this.assertLive();
      this.#options.supervisor.forget(record);
      const report = await this.#committer.restart(record);
      this.#options.supervisor.reconsider();
      return report;
    });
  }

  /** Does other work between commits. */
  enqueue<T>(work: () => Promise<T>): Promise<T> {
    return this.#enqueue(work);
  }

  async #setPaused(paused: boolean): Promise<void> {
    const wanted = paused ? 'paused' : 'running';
    if (this.#status === wanted) return;
    if (this.#status !== 'running' && this.#status !== 'paused')
      throw notRunning(paused ? 'paused' : 'resumed', this.#status);
    this.#paused = paused;
    await this.#committer.applyPauses();
    this.#transition(wanted);
    this.#options.supervisor.reconsider();
  }

  #assertWillBeLive(verb: 'paused' | 'resumed'): void {
    const last = this.#ahead.at(-1);
    if (last === 'stop') throw notRunning(verb, 'stopping');
    if (last === undefined && !this.isLive) throw notRunning(verb, this.#status);
  }

  #enqueueAhead(transition: 'start' | 'stop', work: () => Promise<void>): Promise<void> {
    this.#ahead.push(transition);
    return this.#enqueue(async () => {
      try {
        await work();
      } finally {
        this.#ahead.shift();
      }
    });
  }

  async #commit(): Promise<'effective' | 'again'> {
    try {
      return await this.#commits.commit();
    } finally {
      this.#options.onCommitted();
      this.#options.supervisor.reconsider();
    }
  }

  #commitSoon(): void {
    if (this.#commitPending) return;
    this.#commitPending = true;
    this.#enqueue(async () => {
      this.#commitPending = false;
      if (this.isLive && (await this.#commit()) === 'again') this.#commitSoon();
    }).catch((error) => {
      const { message, details } = StreamlibError.from(error);
      this.#log.error(message, details);
    });
  }

  #transition(status: RuntimeStatus, reason = ''): void {
    const from = this.#status;
    this.#status = status;
    this.#events.emit(
      {
        case: 'runtimeStateChanged',
        value: {
          fromStatus: numberOf(RUNTIME_STATUSES, from),
          toStatus: numberOf(RUNTIME_STATUSES, status),
          reason,
        },
      },
      { topic: RUNTIME_TOPIC },
    );
  }

  #enqueue<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#tail.then(work);
    this.#tail = done.then(
      () => {},
      () => {},
    );
    return done;
  }
}

function notRunning(verb: 'paused' | 'resumed', status: RuntimeStatus): StreamlibError {
  return new StreamlibError('NOT_RUNNING', `the runtime cannot be ${verb} while it is ${status}`);
}
