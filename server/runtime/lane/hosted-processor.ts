import { type ErrorReason, type PlainError, StreamlibError } from '../errors.ts';
import type { ProcessorId } from '../ids.ts';
import type { JsonObject } from '../json.ts';
import type { Processor, ProcessorClass, SchedulingDescriptor } from '../processor.ts';
import type { ProcessorState } from '../vocabulary.ts';
import { runAsProcessor } from './current-processor.ts';
import { LaneContext } from './lane-context.ts';
import type { LaneServices } from './lane-services.ts';
import { LoopPace } from './loop-pace.ts';
import type { HostedProcessor as HostedProcessorSpec } from './messages.ts';
import { ProcessTimer } from './process-timer.ts';
import { ProcessorCounterWriter } from './processor-counters.ts';
import { ProcessorPorts } from './processor-io.ts';

/** How long a hard stop waits for a `process` that was told to stop by the context's signal. */
const SETTLE_LIMIT_MS = 1000;
/** How many frames a processor may handle before it is the next one's turn. */
const CALLS_PER_TURN = 64;

/** A processor's class, or why there is none. */
export type LoadedType = { readonly class: ProcessorClass } | { readonly error: StreamlibError };

/**
 * One start of a processor in its lane, from setup to teardown: decides when `process` is called, guards and times
 * the calls, and sees to it that teardown runs once, whatever happened.
 *
 * ```
 *   starting ──▶ running ◀──▶ paused        any of these ──▶ failed    (setup or process threw)
 *                   └────────────┴──▶ stopping ──▶ stopped             (end of input, ctx.end, drain, unhost)
 * ```
 */
export class HostedProcessor {
  readonly processorId: ProcessorId;
  readonly ports: ProcessorPorts;
  /** Whether the lane must never block while it hosts this. */
  readonly needsEventLoop: boolean;
  readonly #spec: HostedProcessorSpec;
  readonly #services: LaneServices;
  readonly #class: ProcessorClass | undefined;
  readonly #kind: SchedulingDescriptor['kind'];
  readonly #pace: LoopPace;
  readonly #counters: ProcessorCounterWriter;
  readonly #timer: ProcessTimer;
  readonly #abort = new AbortController();
  readonly #context: LaneContext;
  #state: ProcessorState = 'starting';
  #instance: Processor | undefined;
  #error: StreamlibError | undefined;
  #paused: boolean;
  #inCall = false;
  #inFlight: Promise<void> | undefined;
  #ending = false;
  #teardown: Promise<void> | undefined;
  #isTornDown = false;
  /** Resolves when teardown is not to wait any longer for a `process` that has not settled. */
  readonly #impatience = Promise.withResolvers<void>();
  #outputsClosed = false;
  #heldBack = false;

  constructor(spec: HostedProcessorSpec, type: LoadedType, services: LaneServices) {
    this.#spec = spec;
    this.#services = services;
    this.processorId = spec.processorId;
    this.#paused = spec.paused;
    this.#class = 'class' in type ? type.class : undefined;
    this.#error = 'error' in type ? type.error : undefined;
    const descriptor = this.#class?.descriptor;
    const scheduling =
      descriptor?.scheduling ?? defaultScheduling(Object.keys(descriptor?.inputs ?? {}).length);
    this.#kind = scheduling.kind;
    this.#pace = new LoopPace(scheduling.kind === 'loop' ? scheduling.intervalUs : undefined);
    this.needsEventLoop = descriptor?.async === true || scheduling.kind === 'manual';
    this.#counters = new ProcessorCounterWriter(spec.counters);
    this.#timer = new ProcessTimer(services.clock, this.#counters);
    this.ports = new ProcessorPorts({
      descriptor,
      pool: services.pool,
      counters: this.#counters,
      // NB: the loop may be asleep while callbacks and promises of such a processor run.
      onTransfer: this.needsEventLoop ? services.wake : undefined,
    });
    this.#context = new LaneContext({
      processorId: spec.processorId,
      processorType: spec.processorType,
      config: spec.config,
      services,
      signal: this.#abort.signal,
      onEnd: () => this.end(),
    });
  }

  get state(): ProcessorState {
    return this.#state;
  }

  /** Makes the instance and calls its setup. Answers the error that made it fail, if one did. */
  async setUp(): Promise<PlainError | undefined> {
    this.#report('starting');
    if (this.#class === undefined) {
      this.#setFailed(this.#error ?? new StreamlibError('INTERNAL', 'the processor has no class'));
      return this.#error?.toPlain();
    }
    try {
      const ProcessorType = this.#class;
      await runAsProcessor(this.processorId, () => {
        this.#instance = new ProcessorType();
        return this.#instance.setup?.(this.#context, this.ports.io);
      });
      return undefined;
    } catch (error) {
      return this.#fail(error, 'SETUP_FAILED').toPlain();
    }
  }

  /** From here on the processor is called. */
  activate(): void {
    if (this.#state !== 'starting') return;
    this.#state = 'running';
    this.ports.openOutputs();
    if (this.#paused) this.#showPause();
    else this.#report('running');
    if (this.#ending) this.#finish();
  }

  pause(): void {
    this.#paused = true;
    if (this.#state === 'running') this.#showPause();
  }

  resume(): void {
    this.#paused = false;
    if (this.#state !== 'paused') return;
    this.ports.setPaused(false);
    this.#pace.restart();
    this.#report('running');
  }

  /** Whether the processor took the config live. */
  configure(config: JsonObject): boolean {
    const configure = this.#instance?.configure;
    if (configure === undefined || (this.#state !== 'running' && this.#state !== 'paused')) return false;
    const taken = runAsProcessor(this.processorId, () =>
      configure.call(this.#instance, config as never, this.#context),
    );
    if (taken) this.#context.changeConfig(config);
    return taken;
  }

  /** Soft stop: no more calls, teardown, then the end of the output links once everything written is on them. */
  end(): void {
    if (this.#state === 'failed') this.#closeOutputs();
    if (this.#ending || this.#state === 'failed') return;
    this.#ending = true;
    if (this.#state !== 'starting' && !this.#inCall) this.#finish();
  }

  /** Hard stop: tears down if that has not happened. Resolves when it has. */
  async stop(): Promise<void> {
    const timer = setTimeout(() => this.#impatience.resolve(), SETTLE_LIMIT_MS);
    this.#finish();
    await this.#teardown;
    clearTimeout(timer);
    if (this.#state === 'stopping') this.#report('stopped');
  }

  /** When `process` wants to be called without anything else happening, microseconds; Infinity if never. */
  get nextDueUs(): number {
    if (this.#kind !== 'loop' || this.#state !== 'running') return Number.POSITIVE_INFINITY;
    return this.#heldBack || this.#inFlight !== undefined ? Number.POSITIVE_INFINITY : this.#pace.dueUs;
  }

  /**
   * Gives the processor its turn: as many calls as frames waited when it began, within the time that the lane has.
   * Answers how many calls. Everything here costs little when nothing is due.
   */
  visit(): number {
    const { ports } = this;
    ports.settle();
    switch (this.#state) {
      case 'running': {
        const calls = this.#ending ? 0 : this.#runTurn();
        if (calls === 0) this.#endWithInputs();
        return calls;
      }
      case 'paused':
        this.#endWithInputs();
        return 0;
      case 'stopping':
        ports.discardInputs('stopped');
        if (this.#isTornDown) this.#completeStop();
        return 0;
      case 'stopped':
        ports.discardInputs('stopped');
        return 0;
      case 'failed':
        ports.discardInputs('failed');
        if (ports.inputsEnded && !ports.hasOverflow) this.#closeOutputs();
        return 0;
      default:
        return 0;
    }
  }

  /** Counts an error that escaped from the processor's timers, callbacks or promises. */
  countEscapedError(): void {
    this.#counters.countError();
  }

  #runTurn(): number {
    const { time } = this.#services;
    const most = this.#kind === 'push' ? Math.min(this.ports.queued, CALLS_PER_TURN) : 1;
    let calls = 0;
    while (calls < most && this.#isDue()) {
      this.#call();
      calls++;
      if (this.#state !== 'running' || this.#ending || time.nowUs >= time.untilUs) break;
    }
    return calls;
  }

  #isDue(): boolean {
    if (this.#inFlight !== undefined) return false;
    if (this.#kind === 'push' ? this.ports.queued === 0 : this.#kind === 'manual') return false;
    if (this.#kind === 'loop' && this.#services.time.nowUs < this.#pace.dueUs) return false;
    this.#heldBack = this.ports.heldBack;
    return !this.#heldBack;
  }

  #call(): void {
    const startedUs = this.#timer.begin();
    if (this.#kind === 'loop') this.#pace.advance(this.#services.time.nowUs);
    this.#inCall = true;
    try {
      const result = this.needsEventLoop
        ? runAsProcessor(this.processorId, () => this.#instance?.process(this.ports.io, this.#context))
        : this.#instance?.process(this.ports.io, this.#context);
      if (result !== undefined && typeof result.then === 'function') this.#follow(result, startedUs);
      else if (startedUs > 0) this.#services.time.nowUs = this.#timer.end(startedUs);
    } catch (error) {
      this.#fail(error, 'PROCESS_FAILED');
    } finally {
      this.#inCall = false;
    }
    if (this.#ending && this.#state !== 'failed') this.#finish();
  }

  #follow(result: Promise<void>, startedUs: number): void {
    if (!this.needsEventLoop) {
      result.then(undefined, () => {});
      const text = `process of ${this.#spec.processorType} returned a promise; its type must declare async`;
      throw new StreamlibError('PROCESS_FAILED', text);
    }
    this.#inFlight = result.then(
      () => this.#settle(startedUs),
      (error) => {
        this.#settle(startedUs);
        if (this.#state !== 'failed') this.#fail(error, 'PROCESS_FAILED');
      },
    );
  }

  #settle(startedUs: number): void {
    this.#inFlight = undefined;
    if (startedUs > 0) this.#timer.end(startedUs);
    this.#services.wake();
  }

  #endWithInputs(): void {
    if (this.#inFlight === undefined && this.ports.inputsEnded) this.end();
  }

  #showPause(): void {
    this.ports.setPaused(true);
    this.#report('paused');
  }

  #fail(error: unknown, fallback: ErrorReason): StreamlibError {
    const failure = StreamlibError.from(error, fallback);
    this.#counters.countError();
    const fields = { code: failure.code, stack: error instanceof Error ? (error.stack ?? '') : '' };
    this.#context.log.error(failure.message, fields);
    this.#setFailed(failure);
    this.#teardown ??= this.#tearDown();
    return failure;
  }

  #setFailed(error: StreamlibError): void {
    this.#error = error;
    this.#report('failed');
  }

  #finish(): void {
    if (this.#teardown !== undefined || this.#state === 'failed') return;
    this.#ending = true;
    this.#report('stopping');
    // From its end on `visit` completes the stop, as soon as nothing waits for a full link.
    this.#teardown = this.#tearDown();
  }

  #completeStop(): void {
    if (this.ports.hasOverflow) return;
    this.#closeOutputs();
    this.#report('stopped');
  }

  #closeOutputs(): void {
    if (this.#outputsClosed) return;
    this.#outputsClosed = true;
    this.ports.closeOutputs();
  }

  #tearDown(): Promise<void> {
    const { bus, track } = this.#services;
    const tearDown = async () => {
      this.#abort.abort();
      this.ports.releaseWaiting();
      if (this.#inFlight !== undefined) await Promise.race([this.#inFlight, this.#impatience.promise]);
      try {
        await this.#instance?.teardown?.(this.#context);
      } catch (error) {
        this.#counters.countError();
        this.#context.log.error(`teardown failed: ${error instanceof Error ? error.message : String(error)}`);
      }
      bus.endAll(this.processorId);
      this.#isTornDown = true;
    };
    return track(runAsProcessor(this.processorId, tearDown));
  }

  #report(state: ProcessorState): void {
    this.#state = state;
    const { processorId, instance } = this.#spec;
    const error = state === 'failed' ? this.#error?.toPlain() : undefined;
    this.#services.reportState({ processorId, instance, state, ...(error && { error }) });
  }
}

const defaultScheduling = (inputs: number): SchedulingDescriptor =>
  inputs > 0 ? { kind: 'push' } : { kind: 'loop' };
