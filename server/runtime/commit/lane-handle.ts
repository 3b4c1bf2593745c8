import { extname } from 'node:path';
import { MessageChannel, type MessagePort, Worker } from 'node:worker_threads';
import { StreamlibError } from '../errors.ts';
import type { Segment } from '../frame/segment.ts';
import type { LaneId } from '../ids.ts';
import { LaneHost } from '../lane/lane-host.ts';
import type { FromLane, LaneStart, LaneStep, StepResult, ToLane } from '../lane/messages.ts';
import { Doorbell } from '../link/doorbell.ts';
import type { LaneKind } from '../vocabulary.ts';
import type { ProcessorRecord } from './records.ts';

/** Why a lane ended without being told to. */
export interface LaneExit {
  /** `exited`, `out_of_memory`, `threw`. */
  readonly reason: string;
  readonly message: string;
}

/** What the runtime does with what a lane says. */
export interface LaneListener {
  onMessage(lane: LaneHandle, message: FromLane): void;
  /** The lane ended by itself; its control messages are failed already. */
  onLost(lane: LaneHandle, exit: LaneExit): void;
}

/** How the runtime treats a lane. */
export interface LaneHandleOptions {
  readonly kind: LaneKind;
  readonly pooled: boolean;
  readonly listener: LaneListener;
  readonly segment: Segment;
}

interface OpenControl {
  resolve(results: readonly StepResult[]): void;
  reject(error: StreamlibError): void;
}

const ENTRY = new URL(`../lane/lane-entry${extname(import.meta.url)}`, import.meta.url);

/** One lane as the runtime sees it: a worker thread, or the runtime's own thread. */
export class LaneHandle {
  readonly laneId: LaneId;
  readonly laneIndex: number;
  readonly kind: LaneKind;
  /** Whether the thread is kept while it hosts nothing. */
  readonly pooled: boolean;
  /** The processors that it was given. */
  readonly hosted = new Set<ProcessorRecord>();
  /** Resolves when the thread has ended. */
  readonly closed: Promise<void>;
  readonly #doorbell: Doorbell;
  readonly #listener: LaneListener;
  readonly #open = new Map<number, OpenControl>();
  readonly #worker: Worker | undefined;
  readonly #port: MessagePort | undefined;
  #state: 'running' | 'ending' | 'ended' = 'running';
  #lastControl = 0;
  #abortReason: string | undefined;
  #resolveClosed: () => void = () => {};

  constructor(start: LaneStart, { kind, pooled, listener, segment }: LaneHandleOptions) {
    this.laneId = start.laneId;
    this.laneIndex = start.laneIndex;
    this.kind = kind;
    this.pooled = pooled;
    this.#doorbell = new Doorbell(segment, start.laneIndex);
    this.#listener = listener;
    this.closed = new Promise((resolve) => {
      this.#resolveClosed = resolve;
    });
    if (kind === 'main') {
      const { port1, port2 } = new MessageChannel();
      this.#port = port1;
      const host = new LaneHost({ start, send: (message) => port2.postMessage(message), mode: 'event_loop' });
      port2.on('message', (message: ToLane) => host.receive(message));
      port1.on('message', (message: FromLane) => this.#receive(message));
      port1.on('close', () => this.#onEnd(undefined));
      host.closed.then(() => port2.close());
      port1.unref();
      port2.unref();
    } else {
      const worker = new Worker(ENTRY, { workerData: start, name: start.laneId, execArgv: laneArguments() });
      this.#worker = worker;
      worker.on('message', (message: FromLane) => this.#receive(message));
      worker.on('error', (error) => this.#onEnd(exitOf(error)));
      worker.on('exit', (code) =>
        this.#onEnd({ reason: 'exited', message: `the thread exited with code ${code}` }),
      );
    }
  }

  /** Whether the thread has ended. */
  get isClosed(): boolean {
    return this.#state === 'ended';
  }

  get ended(): boolean {
    return this.#state !== 'running';
  }

  send(message: ToLane): void {
    if (this.#state === 'ended') return;
    (this.#worker ?? this.#port)?.postMessage(message);
    this.#doorbell.ring();
  }

  /**
   * Has the lane take steps, in order. Rejects with LANE_LOST when the lane ends meanwhile. It may take as long as
   * the lane is busy; steps that were sent are taken once it is free again.
   */
  control(steps: readonly LaneStep[]): Promise<readonly StepResult[]> {
    if (this.#state === 'ended') return Promise.reject(laneLost(this.laneId, 'has ended'));
    const id = ++this.#lastControl;
    return new Promise((resolve, reject) => {
      this.#open.set(id, { resolve, reject });
      this.send({ kind: 'control', id, steps });
    });
  }

  /** Tears every processor down and ends the thread. Resolves when it has ended. */
  drain(): Promise<void> {
    if (this.#state === 'running') {
      this.#state = 'ending';
      this.send({ kind: 'shutdown' });
    }
    return this.closed;
  }

  /** Ends the thread between any two of its operations. The main lane cannot be ended so. */
  async abort(reason: string): Promise<void> {
    if (this.#state === 'ended') return;
    this.#state = 'ending';
    // Who waits for the lane goes on when the thread writes nothing any more.
    this.#abortReason = reason;
    await this.#worker?.terminate();
    this.#onEnd(undefined);
  }

  #receive(message: FromLane): void {
    if (message.kind === 'done') {
      const control = this.#open.get(message.id);
      this.#open.delete(message.id);
      control?.resolve(message.results);
    } else this.#listener.onMessage(this, message);
  }

  #onEnd(exit: LaneExit | undefined): void {
    if (this.#state === 'ended') return;
    const expected = this.#state === 'ending';
    this.#state = 'ended';
    this.#failControls(this.#abortReason ?? exit?.message ?? 'ended');
    this.#resolveClosed();
    if (!expected && exit !== undefined) this.#listener.onLost(this, exit);
  }

  #failControls(reason: string): void {
    for (const control of this.#open.values()) control.reject(laneLost(this.laneId, reason));
    this.#open.clear();
  }
}

/** The options of node that a lane takes over: all but those about the text of the main program. */
function laneArguments(): string[] | undefined {
  const kept = process.execArgv.filter((argument) => !argument.startsWith('--input-type'));
  // NB: options of V8 hold for all threads, and a list that names one is refused. Without a list all are taken over.
  return kept.length === process.execArgv.length ? undefined : kept;
}

function laneLost(laneId: LaneId, reason: string): StreamlibError {
  return new StreamlibError('LANE_LOST', `lane ${laneId} ${reason}`, { details: { lane_id: laneId } });
}

function exitOf(error: unknown): LaneExit {
  const message = error instanceof Error ? error.message : String(error);
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return { reason: code === 'ERR_WORKER_OUT_OF_MEMORY' ? 'out_of_memory' : 'threw', message };
}
