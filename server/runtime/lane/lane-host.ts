import { mediaClock } from '../clock.ts';
import { StreamlibError } from '../errors.ts';
import { FramePool } from '../frame/frame-pool.ts';
import { useNames } from '../frame/name-table.ts';
import { closeSegment, openSegment } from '../frame/segment.ts';
import type { ProcessorId } from '../ids.ts';
import { Doorbell } from '../link/doorbell.ts';
import { RuntimeProxy } from '../queue/runtime-proxy.ts';
import { LaneTaps } from '../tap/lane-taps.ts';
import { TapClient } from '../tap/tap-client.ts';
import { CheckpointTimer } from './checkpoint-timer.ts';
import type { LaneTurn } from './compile-turn.ts';
import { currentProcessor, runAsProcessor } from './current-processor.ts';
import { HeapMeter } from './heap-meter.ts';
import type { HostedProcessor } from './hosted-processor.ts';
import { LaneBus } from './lane-bus.ts';
import { LaneChains, type LaneHop } from './lane-chains.ts';
import { LaneHeartbeat } from './lane-heartbeat.ts';
import { LaneLinks } from './lane-links.ts';
import { LaneLog } from './lane-log.ts';
import { LaneLoop } from './lane-loop.ts';
import { LaneOutbox } from './lane-outbox.ts';
import type { LaneServices } from './lane-services.ts';
import { LaneSleeper } from './lane-sleeper.ts';
import { LaneSteps, processorsOf } from './lane-steps.ts';
import { LaneTime } from './lane-time.ts';
import { LaneTurns } from './lane-turns.ts';
import { LaneTypes } from './lane-types.ts';
import { MainCalls } from './main-calls.ts';
import type { FromLane, LaneStart, LaneStep, ToLane } from './messages.ts';

/** How many waiting events a listener gets per turn. */
const EVENTS_PER_TURN = 256;

/** What a lane is made from. */
export interface LaneHostOptions {
  readonly start: LaneStart;
  readonly send: (message: FromLane) => void;
  /** `thread` may sleep in its doorbell; `event_loop` shares a thread that must go on turning. */
  readonly mode: 'thread' | 'event_loop';
}

/** A lane: hosts processors, wires their links and calls them, as the runtime's messages say. */
export class LaneHost {
  /** Resolves when the lane has been shut down and has said everything it had to say. */
  readonly closed: Promise<void>;
  readonly #options: LaneHostOptions;
  readonly #doorbell: Doorbell;
  readonly #pool: FramePool;
  readonly #processors = new Map<ProcessorId, HostedProcessor>();
  readonly #time = new LaneTime();
  readonly #turns: LaneTurns;
  readonly #log: LaneLog;
  readonly #bus: LaneBus;
  readonly #mainCalls: MainCalls;
  readonly #proxy: RuntimeProxy;
  readonly #outbox: LaneOutbox;
  readonly #links: LaneLinks;
  readonly #taps: LaneTaps;
  readonly #tapClient: TapClient;
  readonly #chains: LaneChains;
  readonly #steps: LaneSteps;
  readonly #loop: LaneLoop;
  readonly #checkpoints: CheckpointTimer;
  readonly #heap: HeapMeter;
  /** What the turns were made for. */
  #reusedViews = true;
  #openWork = 0;
  #eventLoopProcessors = 0;
  #resolveClosed: () => void = () => {};

  constructor(options: LaneHostOptions) {
    const { start, send } = options;
    this.#options = options;
    this.closed = new Promise((resolve) => {
      this.#resolveClosed = resolve;
    });
    useNames(start.shared.names);
    const segment = openSegment(start.shared.segmentId);
    this.closed.then(() => closeSegment(segment));
    this.#doorbell = new Doorbell(segment, start.laneIndex);
    this.#pool = new FramePool(this.#time, { segment, laneIndex: start.laneIndex });
    const heartbeat = new LaneHeartbeat(start.shared.heartbeats, start.laneIndex);
    this.#turns = new LaneTurns(this.#time, heartbeat);
    this.#heap = new HeapMeter(heartbeat);
    this.#checkpoints = new CheckpointTimer({
      intervalMs: start.checkpointIntervalMs,
      clock: mediaClock,
      heartbeat,
    });
    const wake = () => this.#doorbell.ring();
    const turn: LaneTurn = { isRunning: false, stop: false, returned: undefined };
    const surroundings = { turn, pool: this.#pool, heartbeat };
    this.#chains = new LaneChains(surroundings, (processor) => this.#hopsOf(processor));
    this.#log = new LaneLog(start.logLevels, wake);
    this.#bus = new LaneBus({
      log: this.#log.logger('runtime'),
      logOf: (processorId) => this.#log.logger('processors', processorId),
      onPending: wake,
      runAs: runAsProcessor,
    });
    this.#mainCalls = new MainCalls(send);
    this.#outbox = new LaneOutbox({ send, bus: this.#bus, log: this.#log });
    this.#proxy = new RuntimeProxy({
      slots: new Int32Array(start.shared.commandSlots),
      laneIndex: start.laneIndex,
      send: (envelopes) => send({ kind: 'commands', envelopes }),
      onPending: () => {
        setImmediate(() => this.#proxy.flush());
        wake();
      },
    });
    const portsOf = (id: ProcessorId) => this.#processors.get(id)?.ports;
    this.#links = new LaneLinks({ pool: this.#pool, segment, portsOf });
    this.#taps = new LaneTaps({
      clock: mediaClock,
      producingEndOf: (linkId) => this.#links.producingEndOf(linkId),
    });
    this.#tapClient = new TapClient((tapId, wish) => send({ kind: 'tap_wish', tapId, wish }));
    this.#steps = new LaneSteps(this.#createServices(wake, turn), this.#createProcessors(), this.#links);
    this.#loop = new LaneLoop({
      sleeper: new LaneSleeper(segment, start.laneIndex),
      work: () => this.#work(),
      flush: () => this.#flush(),
      idleMs: () => this.#idleMs(),
      mayBlock: () => options.mode === 'thread' && this.#openWork === 0 && this.#eventLoopProcessors === 0,
    });
    this.#loop.start();
    send({ kind: 'ready' });
  }

  /** Takes a message of the runtime. What has to wait is done later, in order. */
  receive(message: ToLane): void {
    this.#doorbell.ring();
    switch (message.kind) {
      case 'control':
        void this.#track(this.#control(message));
        return;
      case 'shutdown':
        void this.#track(this.#shutDown());
        return;
      case 'results':
        this.#proxy.receive(message.results);
        return;
      case 'events':
        this.#bus.receive(message.events, message.missed);
        return;
      case 'publications_taken':
        this.#bus.publicationsTaken(message.count);
        return;
      case 'dead_letters_taken':
        this.#outbox.deadLettersTaken();
        return;
      case 'taps':
        this.#taps.setTaps(message.taps);
        return;
      case 'tap_credit':
        this.#taps.gaveBack(message.tapKey, message.frames, message.bytes);
        return;
      case 'tap_news':
        this.#tapClient.receive(message.tapId, message.news);
        return;
      case 'main_returned':
        this.#mainCalls.settle(message.callId, message.value);
        return;
      case 'main_threw':
        this.#mainCalls.fail(message.callId, message.error);
        return;
    }
  }

  /** Takes an error that nothing caught: it is logged with the processor it came from, and the lane goes on. */
  reportEscapedError(error: unknown): void {
    const processorId = currentProcessor();
    if (processorId !== undefined) this.#processors.get(processorId)?.countEscapedError();
    const text = error instanceof Error ? error.message : String(error);
    const stack = error instanceof Error ? (error.stack ?? '') : '';
    const area = processorId === undefined ? 'runtime' : 'processors';
    this.#log.logger(area, processorId).error(`an error was not caught: ${text}`, { stack });
  }

  /** Logs in the name of the lane itself. */
  warn(message: string): void {
    this.#log.logger('runtime').warn(message);
  }

  async #control({ id, steps }: Extract<ToLane, { kind: 'control' }>): Promise<void> {
    const results = await this.#steps.run(steps);
    this.#updateChains(steps);
    this.#taps.updateLinks();
    for (const processor of this.#hosted(steps.flatMap(processorsOf))) this.#checkpoints.update(processor);
    this.#flush();
    this.#options.send({ kind: 'done', id, results });
  }

  /** Gives those their turns that steps were about, or whose links came or went. */
  #updateChains(steps: readonly LaneStep[]): void {
    const ids = new Set([...this.#links.takeTouched(), ...steps.flatMap(processorsOf)]);
    const { reusesViews } = this.#pool;
    const isAll = reusesViews !== this.#reusedViews;
    this.#reusedViews = reusesViews;
    this.#chains.update(isAll ? this.#processors.values() : this.#hosted(ids));
  }

  #hosted(ids: Iterable<ProcessorId>): HostedProcessor[] {
    return [...ids].flatMap((id) => this.#processors.get(id) ?? []);
  }

  #hopsOf({ processorId }: HostedProcessor): LaneHop[] {
    return this.#links.directOf(processorId).flatMap(({ direct, link }) => {
      const from = this.#processors.get(link.from.processorId);
      const to = this.#processors.get(link.to.processorId);
      if (from === undefined || to === undefined) return [];
      return { link: direct, from, fromPort: link.from.port, to, toPort: link.to.port };
    });
  }

  async #shutDown(): Promise<void> {
    const processorIds = [...this.#processors.keys()].reverse();
    await this.#steps.run(processorIds.map((processorId) => ({ step: 'unhost', processorId })));
    this.#proxy.abort(new StreamlibError('SERVER_SHUTTING_DOWN', 'the lane has ended'));
    this.#loop.stop();
    this.#checkpoints[Symbol.dispose]();
    this.#flush();
    this.#resolveClosed();
  }

  #flush(): void {
    this.#links.publish();
    const frames = this.#taps.takeFrames();
    if (frames.length > 0) this.#options.send({ kind: 'tapped', frames });
    this.#proxy.flush();
    this.#outbox.flush();
  }

  /** Works until nothing is left to do (false) or its time is used up (true). */
  #work(): boolean {
    this.#bus.dispatch(EVENTS_PER_TURN);
    this.#taps.watchDue();
    this.#heap.look(this.#time.us);
    return this.#turns.run() || this.#bus.hasWaiting;
  }

  #idleMs(): number {
    return (this.#turns.nextUs - mediaClock.nowUs()) / 1000;
  }

  async #track<Result>(work: Promise<Result>): Promise<Result> {
    this.#openWork++;
    try {
      return await work;
    } finally {
      this.#openWork--;
      this.#doorbell.ring();
    }
  }

  #createServices(wake: () => void, turn: LaneTurn): LaneServices {
    return {
      pool: this.#pool,
      clock: mediaClock,
      turn,
      turns: this.#turns,
      time: this.#time,
      operations: this.#proxy,
      bus: this.#bus,
      log: this.#log,
      types: new LaneTypes(this.#options.start.registries),
      mainCalls: this.#mainCalls,
      taps: this.#tapClient,
      reportCheckpoint: (checkpoint) => {
        this.#outbox.addCheckpoint(checkpoint);
        wake();
      },
      reportDeadLetter: (letter) => {
        this.#outbox.addDeadLetter(letter);
        wake();
      },
      reportState: (change) => {
        this.#outbox.addState(change);
        wake();
      },
      wake,
      track: (work) => this.#track(work),
    };
  }

  #createProcessors() {
    const leave = (processorId: ProcessorId) => {
      const processor = this.#processors.get(processorId);
      if (processor === undefined) return;
      this.#turns.remove(processor.seat);
      this.#checkpoints.forget(processor);
      if (processor.needsEventLoop) this.#eventLoopProcessors--;
      this.#processors.delete(processorId);
    };
    return {
      get: (processorId: ProcessorId) => this.#processors.get(processorId),
      set: (processor: HostedProcessor) => {
        leave(processor.processorId);
        this.#processors.set(processor.processorId, processor);
        if (!processor.needsEventLoop) return;
        this.#eventLoopProcessors++;
        this.#pool.keepViewsApart();
      },
      delete: leave,
    };
  }
}
