import type { CommitReport } from '../commit/commit-report.ts';
import type { Committer } from '../commit/committer.ts';
import type { ProcessorRecord } from '../commit/records.ts';
import { StreamlibError } from '../errors.ts';
import type { EventLog } from '../events/event-log.ts';
import { RUNTIME_TOPIC } from '../events/topics.ts';
import { numberOf, RUNTIME_STATUSES, type RuntimeStatus } from '../vocabulary.ts';
import type { GraphEditor } from './graph-editor.ts';
import { changeMessage, durationOfMs, impactMessage } from './views.ts';

/** How long StopRuntime lets frames on their way arrive where the call does not say. */
export const DEFAULT_DRAIN_MS = 5000;

const NOTHING: CommitReport = { impacts: [], changes: [], tookMs: 0 };

interface Waiter {
  readonly revision: number;
  resolve(report: CommitReport): void;
}

/** What the lifecycle needs from its surroundings. */
export interface LifecycleOptions {
  readonly editor: GraphEditor;
  readonly committer: Committer;
  readonly events: EventLog;
}

/**
 * What the runtime as a whole is doing, and the commits that follow the graph while it runs. Transitions and
 * commits happen one after the other, in the order in which they were asked for.
 */
export class Lifecycle {
  readonly #editor: GraphEditor;
  readonly #committer: Committer;
  readonly #events: EventLog;
  #status: RuntimeStatus = 'initial';
  #paused = false;
  #effectiveRevision = 0;
  #startedMs: number | undefined;
  #tail: Promise<void> = Promise.resolve();
  #commitPending = false;
  #waiters: Waiter[] = [];

  constructor({ editor, committer, events }: LifecycleOptions) {
    this.#editor = editor;
    this.#committer = committer;
    this.#events = events;
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
    return this.#effectiveRevision;
  }

  /** When the runtime was last started, milliseconds since the Unix epoch. */
  get startedMs(): number | undefined {
    return this.#startedMs;
  }

  /** Whether accepted revisions become effective by themselves. */
  get isLive(): boolean {
    return this.#status === 'running' || this.#status === 'paused' || this.#status === 'starting';
  }

  /** Resolves when the runtime runs, or is paused if it is to begin so. Starting one that runs or is paused changes nothing. */
  start(nowMs: number, paused = false): Promise<void> {
    return this.#enqueue(async () => {
      if (this.#status === 'running' || this.#status === 'paused') return;
      this.#startedMs = nowMs;
      this.#paused = paused;
      this.#transition('starting');
      this.#editor.touchEverything();
      await this.#commit();
      this.#transition(paused ? 'paused' : 'running');
    });
  }

  /** Resolves when everything is torn down: drained, or as far as it came in `drainMs`. */
  stop(drainMs: number): Promise<void> {
    return this.#enqueue(async () => {
      if (this.#status === 'initial' || this.#status === 'stopped') return;
      this.#transition('stopping');
      // A paused graph could not drain.
      if (this.#paused) {
        this.#paused = false;
        await this.#committer.applyPauses();
      }
      await this.#committer.stop(drainMs);
      this.#transition('stopped');
      this.#resolveWaiters(NOTHING);
    });
  }

  /** Resolves when no processor of the graph is called any more. */
  pause(): Promise<void> {
    return this.#enqueue(() => this.#setPaused(true));
  }

  /** Undoes `pause`. */
  resume(): Promise<void> {
    return this.#enqueue(() => this.#setPaused(false));
  }

  /** To be called after each accepted revision. Edits of one turn are committed together. */
  requestCommit(): void {
    if (!this.isLive || this.#commitPending) return;
    this.#commitPending = true;
    void this.#enqueue(async () => {
      this.#commitPending = false;
      if (this.isLive) await this.#commit();
    });
  }

  /** Resolves with what the commit did when `revision` runs; at once, with nothing, while nothing runs. */
  effective(revision: number): Promise<CommitReport> {
    if (!this.isLive || revision <= this.#effectiveRevision) return Promise.resolve(NOTHING);
    return new Promise((resolve) => this.#waiters.push({ revision, resolve }));
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
      return this.#committer.restart(record);
    });
  }

  /** Does other work between commits. */
  enqueue<T>(work: () => Promise<T>): Promise<T> {
    return this.#enqueue(work);
  }

  async #setPaused(paused: boolean): Promise<void> {
    const wanted = paused ? 'paused' : 'running';
    if (this.#status === wanted) return;
    if (this.#status !== 'running' && this.#status !== 'paused') {
      const verb = paused ? 'paused' : 'resumed';
      throw new StreamlibError('NOT_RUNNING', `the runtime cannot be ${verb} while it is ${this.#status}`);
    }
    this.#paused = paused;
    await this.#committer.applyPauses();
    this.#transition(wanted);
  }

  async #commit(): Promise<void> {
    const { revision } = this.#editor.graph;
    const report = await this.#committer.commit(this.#editor.takeWork());
    if (revision > this.#effectiveRevision) {
      this.#effectiveRevision = revision;
      this.#events.emit(
        {
          case: 'graphCommitted',
          value: {
            revision: BigInt(revision),
            impacts: report.impacts.map(impactMessage),
            changes: report.changes.map(changeMessage),
            took: durationOfMs(report.tookMs),
          },
        },
        { topic: RUNTIME_TOPIC },
      );
    }
    this.#resolveWaiters(report);
  }

  #resolveWaiters(report: CommitReport): void {
    const waiting = this.#waiters;
    this.#waiters = [];
    for (const waiter of waiting) {
      if (waiter.revision <= this.#effectiveRevision || !this.isLive) waiter.resolve(report);
      else this.#waiters.push(waiter);
    }
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
