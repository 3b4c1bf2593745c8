import { avSyncWordsOf } from '../av/av-sync-probes.ts';
import type { Checkpoint } from '../checkpoint.ts';
import { type ErrorReason, type PlainError, StreamlibError } from '../errors.ts';
import type { ProcessorId } from '../ids.ts';
import type { JsonObject } from '../json.ts';
import type { Processor, ProcessorClass, SchedulingDescriptor } from '../processor.ts';
import type { ProcessorState } from '../vocabulary.ts';
import { CallFailures } from './call-failures.ts';
import type { CallGuard } from './call-guard.ts';
import type { TurnStage } from './compile-turn.ts';
import { runAsProcessor } from './current-processor.ts';
import type { LaneDeadLetter } from './dead-letter.ts';
import type { FusedTurn } from './fused-turn.ts';
import { LaneContext } from './lane-context.ts';
import type { LaneServices } from './lane-services.ts';
import type { LaneSupervision } from './lane-supervision.ts';
import type { HostedProcessor as HostedProcessorSpec } from './messages.ts';
import { type CalledProcessor, ProcessorCalls } from './processor-calls.ts';
import type { CircuitChange } from './processor-circuit.ts';
import { ProcessorCounterWriter } from './processor-counters.ts';
import { ProcessorPorts } from './processor-io.ts';
import { StateKeeper } from './state-keeper.ts';
import { TurnSeat, type TurnTaker } from './turn-seat.ts';

/** How long a hard stop waits for a `process` that was told to stop by the context's signal. */
const SETTLE_LIMIT_MS = 1000;

/** A processor's class, or why there is none. */
export type LoadedType = { readonly class: ProcessorClass } | { readonly error: StreamlibError };

/**
 * One start of a processor in its lane, from setup to teardown: decides when `process` is called, guards and times
 * the calls, and sees to it that teardown runs once, whatever happened.
 *
 * ```
 *   starting ──▶ running ◀──▶ paused        any of these ──▶ failed    (setup threw, or process and propagates it)
 *                 ▲    ▼                    open: too many calls threw, and it is not called for a while
 *                 open │
 *                   └──┴─────────┴──▶ stopping ──▶ stopped             (end of input, ctx.end, drain, unhost)
 * ```
 */
export class HostedProcessor implements TurnTaker, CalledProcessor {
  readonly processorId: ProcessorId;
  readonly ports: ProcessorPorts;
  /** Its place in the turns of the lane. */
  readonly seat: TurnSeat;
  /** Whether the lane must never block while it hosts this. */
  readonly needsEventLoop: boolean;
  readonly #spec: HostedProcessorSpec;
  readonly #services: LaneServices;
  readonly #class: ProcessorClass | undefined;
  readonly #kind: SchedulingDescriptor['kind'];
  readonly #counters: ProcessorCounterWriter;
  readonly #calls: ProcessorCalls;
  readonly #abort = new AbortController();
  readonly #context: LaneContext;
  readonly #keeper: StateKeeper;
  readonly #failures: CallFailures;
  #state: ProcessorState = 'starting';
  #instance: Processor | undefined;
  #error: StreamlibError | undefined;
  #paused: boolean;
  #ending = false;
  #halted = false;
  /** Whether it was to be called, even if it had failed by then. */
  #isActivated = false;
  #teardown: Promise<void> | undefined;
  #isTornDown = false;
  /** Whether it may be asked for its state: from the end of setup to the beginning of teardown. */
  #knowsState = false;
  /** Whether it is to be asked when the call that is in flight has settled. */
  #isAskedFor = false;
  /** Whether it was told to go, and did not come to its end. */
  #isLeaving = false;
  /** Resolves when nobody waits for the setup any more. */
  readonly #abandonment = Promise.withResolvers<void>();
  /** Resolves when teardown is not to wait any longer for a `process` that has not settled. */
  readonly #impatience = Promise.withResolvers<void>();
  #outputsClosed = false;
  /** Whether it may be set up again once it has failed. */
  #comesBack: boolean;

  constructor(spec: HostedProcessorSpec, type: LoadedType, services: LaneServices) {
    this.#spec = spec;
    this.#services = services;
    this.processorId = spec.processorId;
    this.#paused = spec.paused;
    this.#comesBack = spec.supervision.comesBack;
    this.#class = 'class' in type ? type.class : undefined;
    this.#error = 'error' in type ? type.error : undefined;
    const descriptor = this.#class?.descriptor;
    const scheduling =
      descriptor?.scheduling ?? defaultScheduling(Object.keys(descriptor?.inputs ?? {}).length);
    this.#kind = scheduling.kind;
    this.needsEventLoop = descriptor?.async === true || scheduling.kind === 'manual';
    this.#counters = new ProcessorCounterWriter(spec.counters);
    const seat = new TurnSeat(this, services.turns);
    this.seat = seat;
    const onTransfer = () => {
      seat.makeReady();
      services.wake();
    };
    this.ports = new ProcessorPorts({
      descriptor,
      pool: services.pool,
      counters: this.#counters,
      avSyncWords: avSyncWordsOf(spec.counters),
      reader: seat,
      onUnsettled: () => {
        services.turn.stop = true;
        seat.makeReady();
      },
      // NB: the loop may be asleep while callbacks and promises of such a processor run.
      onTransfer: this.needsEventLoop ? onTransfer : undefined,
      time: this.needsEventLoop ? services.time : undefined,
    });
    this.#context = new LaneContext({
      processorId: spec.processorId,
      processorType: spec.processorType,
      config: spec.config,
      services,
      signal: this.#abort.signal,
      onEnd: () => this.end(),
      onInterval: (intervalUs) => this.#calls.setIntervalUs(intervalUs),
    });
    this.#keeper = new StateKeeper({
      processorId: spec.processorId,
      checkpoint: spec.checkpoint,
      log: this.#context.log,
      report: (checkpoint) => services.reportCheckpoint(checkpoint),
      onError: () => this.#counters.countError(),
    });
    const counters = this.#counters;
    this.#calls = new ProcessorCalls(this, { scheduling, services, counters, ports: this.ports });
    this.#failures = new CallFailures({
      processorId: spec.processorId,
      ports: this.ports,
      counters,
      pool: services.pool,
      time: services.time,
      log: this.#context.log,
      waitsForInput: this.waitsForInput,
      report: (letter) => services.reportDeadLetter(letter),
      supervision: spec.supervision,
      isProbe: spec.isProbe,
      isCalled: this.#kind !== 'manual',
      onCircuit: (change) => this.#onCircuit(change),
    });
  }

  /** What the lane's heartbeat shows while this has its turn. */
  get startNumber(): number {
    return this.#spec.startNumber;
  }

  get state(): ProcessorState {
    return this.#state;
  }

  /** Whether it is worth asking for its state. */
  get keepsState(): boolean {
    return this.#instance?.checkpoint !== undefined;
  }

  /** What the next start of the processor is to go on with. */
  get checkpoint(): Checkpoint | undefined {
    return this.#keeper.newest;
  }

  /** Whether `process` is only called when an input has a frame. */
  get waitsForInput(): boolean {
    return this.#kind === 'push';
  }

  /** Told of each call; undefined while nobody has to know what was read in it. */
  get guard(): CallGuard | undefined {
    return this.#failures.needsGuard ? this.#failures.guard : undefined;
  }

  /** What turns are made from; undefined where calls may return promises, or there is nothing to call. */
  get stage(): Omit<TurnStage, 'link' | 'followers'> | undefined {
    const instance = this.#instance;
    if (instance === undefined || this.needsEventLoop) return undefined;
    const { startNumber, guard, ports } = this;
    return { instance, io: ports.io, context: this.#context, counters: this.#counters, guard, startNumber };
  }

  /** How it is called from now on. */
  setTurn(turn: FusedTurn): void {
    this.#calls.setTurn(turn);
  }

  /** Whether a frame on its input can be handled now. */
  get isCallable(): boolean {
    if (this.#state !== 'running' || this.#failures.circuit.kind !== 'closed') return false;
    return !this.#ending && !this.#halted && !this.ports.heldBack;
  }

  /** How many of its next calls need no timing; 0 if the next one is to be timed. */
  get untimedCalls(): number {
    return this.#calls.timer.untimedCalls;
  }

  /** Has its next call timed. */
  timeNextCall(): void {
    this.#calls.timer.timeNext();
  }

  /** So many calls were made in somebody's turn that were not timed. */
  wasCalled(untimedCalls: number): void {
    this.#calls.timer.passed(untimedCalls);
    this.#counters.publish();
    this.hasReturned();
  }

  /** What its call threw: its error policy says what becomes of it. */
  failCall(error: unknown): void {
    const failure = this.#failures.handle(error);
    if (failure === undefined) {
      this.#fail(error, 'PROCESS_FAILED');
      return;
    }
    this.#error = failure;
    this.#failures.circuit.failed(this.#services.time.us / 1000);
  }

  get isEnding(): boolean {
    return this.#ending;
  }

  callProcess(): void | Promise<void> | undefined {
    return this.#instance?.process(this.ports.io, this.#context);
  }

  /** What it ended in a call is finished behind it. */
  hasReturned(): void {
    if (this.#ending && this.#state !== 'failed') this.#finish();
  }

  hasSettled(): void {
    if (this.#isAskedFor) this.takeCheckpoint();
  }

  /** Takes another supervision from the next call on. One that has failed does not come back because of it. */
  supervise(supervision: LaneSupervision): void {
    this.#failures.supervise(supervision);
    if (this.#state === 'failed' && !supervision.comesBack) this.giveUp();
    else if (this.#state !== 'failed') this.#comesBack = supervision.comesBack;
  }

  /** It has failed and is not set up again: nothing is kept for it any more. */
  giveUp(): void {
    this.#comesBack = false;
    this.ports.setPaused(false);
    this.seat.makeReady();
  }

  /** Has it read a frame once more. Throws NOT_RUNNING where it reads nothing any more, PORT_UNKNOWN or QUEUE_FULL. */
  reinject(letter: LaneDeadLetter): void {
    const isAlive = this.#isUp || this.#state === 'paused';
    if (!isAlive || this.#ending || this.#halted) {
      const text = `${letter.processorId} must be running to be given a frame again, was ${this.#state}`;
      throw new StreamlibError('NOT_RUNNING', text, { path: 'processor_id' });
    }
    this.ports.reinject(letter);
    this.#services.wake();
  }

  #onCircuit(circuit: CircuitChange): void {
    const state = this.#stateAfter(circuit);
    if (state !== this.#state) this.ports.setPaused(state !== 'running', 'failed');
    this.#report(state, circuit);
  }

  /** A breaker that opens stops one that runs, and one that closes has it run again. */
  #stateAfter({ to }: CircuitChange): ProcessorState {
    if (to === 'open' && this.#state === 'running') return 'open';
    return to === 'closed' && this.#state === 'open' ? 'running' : this.#state;
  }

  /** Fails if its call gave back a promise, which only types may that declare it. */
  refuseReturned(returned: unknown): void {
    if (!(returned instanceof Promise)) return;
    returned.then(undefined, () => {});
    const text = `process of ${this.#spec.processorType} returned a promise; its type must declare async`;
    this.#fail(new StreamlibError('PROCESS_FAILED', text), 'PROCESS_FAILED');
  }

  /**
   * Makes the instance and calls its setup. Answers the error that made it fail, if one did, and does not wait for a
   * setup that is abandoned.
   */
  async setUp(): Promise<PlainError | undefined> {
    this.#report('starting');
    if (this.#class === undefined) {
      this.#setFailed(this.#error ?? new StreamlibError('INTERNAL', 'the processor has no class'));
      return this.#error?.toPlain();
    }
    try {
      const ProcessorType = this.#class;
      const setup = runAsProcessor(this.processorId, () => {
        this.#instance = new ProcessorType();
        return this.#instance.setup?.(this.#context, this.ports.io);
      });
      // NB: only what waits can be abandoned; without a promise nothing is to be waited for.
      if (setup !== undefined) await Promise.race([setup, this.#abandonedFor(setup)]);
      this.#restore();
      return undefined;
    } catch (error) {
      return this.#fail(error, 'SETUP_FAILED').toPlain();
    }
  }

  /** Asks for the state now, or when the call that is in flight has settled; not after a call that threw. */
  takeCheckpoint(): void {
    const { processorType } = this.#spec;
    const instance = this.#instance;
    if (instance === undefined || this.#class === undefined) return;
    if (!this.#knowsState || this.#state === 'failed') return;
    this.#isAskedFor = this.#calls.inFlight !== undefined;
    if (this.#isAskedFor) return;
    const origin = { processorType, typeVersion: this.#class.descriptor.version };
    runAsProcessor(this.processorId, () => this.#keeper.take(instance, origin, this.#context));
  }

  #restore(): void {
    const instance = this.#instance;
    if (instance !== undefined)
      runAsProcessor(this.processorId, () => this.#keeper.restore(instance, this.#context));
    this.#knowsState = true;
  }

  /** Gives up waiting for a setup that has not ended: its signal is aborted, and it is torn down as if it had. */
  abandonSetup(): void {
    if (this.#state === 'starting') this.#abandonment.resolve();
  }

  /** From here on the processor is called. */
  activate(): void {
    this.#isActivated = true;
    if (this.#state !== 'starting') return;
    this.#state = 'running';
    this.ports.openOutputs();
    if (this.#paused) this.#showPause();
    else this.#report('running');
    if (this.#ending) this.#finish();
  }

  /** No more calls; what is on its links stays there. */
  halt(): void {
    this.#halted = true;
  }

  pause(): void {
    this.#paused = true;
    if (this.#isUp) this.#showPause();
  }

  resume(): void {
    this.#paused = false;
    if (this.#state !== 'paused') return;
    const state = this.#failures.circuit.kind === 'closed' ? 'running' : 'open';
    this.ports.setPaused(state === 'open', 'failed');
    this.#calls.restartPace();
    this.#report(state);
  }

  /** Whether the processor took the config live. */
  configure(config: JsonObject): boolean {
    const configure = this.#instance?.configure;
    if (configure === undefined || !(this.#isUp || this.#state === 'paused')) return false;
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
    const { turn } = this.#services;
    turn.stop = true;
    // NB: whoever is in a turn is finished behind it, by `wasCalled`; another one that it ends, in its own next turn.
    this.seat.makeReady();
    if (this.#state !== 'starting' && !turn.isRunning) this.#finish();
  }

  /** Hard stop: tears down if that has not happened. Resolves when it has. */
  async stop(): Promise<void> {
    const timer = setTimeout(() => this.#impatience.resolve(), SETTLE_LIMIT_MS);
    this.#isLeaving = true;
    this.#finish();
    await this.#teardown;
    clearTimeout(timer);
    this.#counters.publish();
    if (this.#state === 'stopping') this.#report('stopped');
  }

  get nextDueUs(): number {
    if (this.#halted || !this.#isUp) return Number.POSITIVE_INFINITY;
    const { kind, probeAtMs } = this.#failures.circuit;
    return kind === 'open' ? probeAtMs * 1000 : this.#calls.nextDueUs;
  }

  get isPolled(): boolean {
    return this.ports.isPolled || (this.#calls.heldBack && this.#isUp && !this.#halted);
  }

  /** Whether it is called, or its circuit breaker will have it called. */
  get #isUp(): boolean {
    return this.#state === 'running' || this.#state === 'open';
  }

  /**
   * Gives the processor its turn: as many calls as frames waited when it began, within the time that the lane has.
   * Answers how many calls. Everything here costs little when nothing is due.
   */
  visit(): number {
    const calls = this.#visit();
    this.#counters.publish();
    this.#counters.setBlocked(this.#calls.heldBack && this.#state === 'running', this.#services.time.us);
    return calls;
  }

  #visit(): number {
    const { ports } = this;
    ports.settle();
    switch (this.#state) {
      case 'open':
      case 'running': {
        if (this.#halted) return 0;
        this.#failures.circuit.becomeDue(this.#services.time.us / 1000);
        if (this.#failures.circuit.kind === 'open') {
          this.#endWithInputs();
          return 0;
        }
        if (this.#ending) this.#finish();
        const calls = this.#ending ? 0 : this.#calls.run(this.#failures);
        if (calls === 0) this.#endWithInputs();
        return calls;
      }
      case 'paused':
        this.#endWithInputs();
        return 0;
      case 'stopping':
        // What waits for one that is told to go is the next one's.
        if (!this.#isLeaving) ports.discardInputs('stopped');
        if (this.#isTornDown) this.#completeStop();
        return 0;
      case 'stopped':
        ports.discardInputs('stopped');
        return 0;
      case 'failed':
        // Until it is known that it stays, what waits may be another one's that is put in its place.
        if (!this.#isActivated || this.#comesBack) return 0;
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

  /** Resolves when the setup was abandoned; teardown then waits for it as for a call that has not settled. */
  async #abandonedFor(setup: Promise<void>): Promise<void> {
    await this.#abandonment.promise;
    const settled = () => {};
    this.#calls.inFlight = setup.then(settled, settled);
    this.#finish();
  }

  #endWithInputs(): void {
    if (this.#calls.inFlight === undefined && this.ports.inputsEnded) this.end();
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
    if (this.#comesBack) this.ports.setPaused(true, 'failed');
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
    if (!this.#isLeaving) this.#keeper.end();
    this.#report('stopped');
  }

  #closeOutputs(): void {
    if (this.#outputsClosed) return;
    this.#outputsClosed = true;
    this.ports.closeOutputs();
  }

  #tearDown(): Promise<void> {
    const { bus, taps, track } = this.#services;
    const tearDown = async () => {
      this.#abort.abort();
      this.ports.releaseWaiting();
      for (const letter of this.ports.takeReturned()) this.#services.reportDeadLetter(letter);
      if (this.#calls.inFlight !== undefined)
        await Promise.race([this.#calls.inFlight, this.#impatience.promise]);
      this.takeCheckpoint();
      this.#knowsState = false;
      try {
        await this.#instance?.teardown?.(this.#context);
      } catch (error) {
        this.#counters.countError();
        this.#context.log.error(`teardown failed: ${error instanceof Error ? error.message : String(error)}`);
      }
      bus.endAll(this.processorId);
      taps.endAll(this.processorId);
      this.#isTornDown = true;
      this.seat.makeReady();
    };
    return track(runAsProcessor(this.processorId, tearDown));
  }

  #report(state: ProcessorState, circuit?: CircuitChange): void {
    this.#state = state;
    this.seat.makeReady();
    const { processorId, instance } = this.#spec;
    const error = state === 'failed' || state === 'open' ? this.#error?.toPlain() : undefined;
    const change = { processorId, instance, state };
    this.#services.reportState({ ...change, ...(error && { error }), ...(circuit && { circuit }) });
  }
}

const defaultScheduling = (inputs: number): SchedulingDescriptor =>
  inputs > 0 ? { kind: 'push' } : { kind: 'loop' };
