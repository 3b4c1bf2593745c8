import { mediaClock, wallClockMs } from '../clock.ts';
import type { CheckpointStore } from '../commit/checkpoint-store.ts';
import type { LaneExit, LaneHandle, LaneListener } from '../commit/lane-handle.ts';
import type { ProcessorRecord, Records } from '../commit/records.ts';
import { type PlainError, StreamlibError } from '../errors.ts';
import type { EventLog } from '../events/event-log.ts';
import { LaneEventSink } from '../events/lane-event-sink.ts';
import { processorTopic, RUNTIME_TOPIC } from '../events/topics.ts';
import type { ProcessorId } from '../ids.ts';
import type { FromLane, LaneCheckpoint, LanePublication, LaneStateChange } from '../lane/messages.ts';
import type { LogRecord } from '../log.ts';
import type { Log } from '../logging.ts';
import type { CommandQueue, CommandSource } from '../queue/command-queue.ts';
import type { ProcessorRegistry } from '../registry/index.ts';
import { emitCircuitChange } from '../supervision/circuit-event.ts';
import type { DeadLetters } from '../supervision/dead-letters.ts';
import type { RestartSupervisor } from '../supervision/restart-supervisor.ts';
import type { TapHub, TapObserver } from '../tap/tap-hub.ts';
import { LOG_LEVELS, numberOf, PROCESSOR_STATES, type ProcessorState } from '../vocabulary.ts';
import { durationOfMs } from './views.ts';

/** A call on the runtime's thread that takes longer is reported. */
const SLOW_CALL_MS = 5;
/** How many log lines of one processor become events in a second; the log has them all. */
const LOGGED_PER_SECOND = 10;

/** What the messages of lanes are about. */
export interface LaneMessagesOptions {
  readonly records: Records;
  readonly events: EventLog;
  readonly log: Log;
  readonly registry: ProcessorRegistry;
  readonly queue: CommandQueue;
  readonly checkpoints: CheckpointStore;
  readonly taps: TapHub;
  /** Whether what ends now does so because the runtime is being stopped. */
  isStopping(): boolean;
  onLaneLost(lane: LaneHandle): void;
  readonly supervisor: Pick<RestartSupervisor, 'reached' | 'proved'>;
  readonly deadLetters: Pick<DeadLetters, 'take'>;
}

/** Takes what lanes say to where it belongs: the queue, the event log, the log, the records. */
export class LaneMessages implements LaneListener {
  readonly #options: LaneMessagesOptions;
  /** How many log lines of a processor became events in which second. */
  readonly #loggedIn = new Map<string, { second: number; count: number }>();
  readonly #sources = new WeakMap<LaneHandle, CommandSource>();
  readonly #sinks = new WeakMap<LaneHandle, LaneEventSink>();
  readonly #observers = new WeakMap<LaneHandle, TapObserver>();

  constructor(options: LaneMessagesOptions) {
    this.#options = options;
  }

  onMessage(lane: LaneHandle, message: FromLane): void {
    switch (message.kind) {
      case 'ready':
        this.#options.taps.greet(lane);
        return;
      case 'done':
        return;
      case 'checkpoints':
        for (const checkpoint of message.checkpoints) this.#keep(lane, checkpoint);
        return;
      case 'states':
        for (const change of message.changes) this.#takeState(lane, change);
        return;
      case 'dead_letters':
        this.#options.deadLetters.take(message);
        lane.send({ kind: 'dead_letters_taken' });
        return;
      case 'commands':
        this.#options.queue.push(message.envelopes, this.#sourceOf(lane));
        return;
      case 'published':
        for (const publication of message.publications) this.#publish(publication);
        lane.send({ kind: 'publications_taken', count: message.publications.length });
        return;
      case 'listen':
        this.#sinkOf(lane).listen(message.patterns);
        return;
      case 'events_taken':
        this.#sinkOf(lane).taken(message.count);
        return;
      case 'tapped':
        this.#options.taps.receive(lane, message.frames);
        return;
      case 'tap_wish':
        this.#options.taps.take(this.#observerOf(lane), message.tapId, message.wish);
        return;
      case 'logs':
        this.#options.log.write(message.records);
        for (const record of message.records) this.#publishLog(record);
        return;
      case 'call_main':
        void this.#callMain(lane, message);
    }
  }

  onLost(lane: LaneHandle, { reason, message }: LaneExit): void {
    this.#options.log
      .area('runtime')
      .error(`lane ${lane.laneId} was lost: ${message}`, { lane_id: lane.laneId, reason });
    this.reportLaneLost(
      lane,
      reason,
      [...lane.hosted].map(({ spec }) => spec.processorId),
    );
    this.#options.onLaneLost(lane);
  }

  /** Tells that a lane is gone and what it hosted. */
  reportLaneLost(lane: LaneHandle, reason: string, processorIds: readonly ProcessorId[]): void {
    this.#options.events.remove(this.#sinkOf(lane));
    this.#options.events.emit(
      { case: 'laneLost', value: { laneId: lane.laneId, reason, processorIds: [...processorIds] } },
      { topic: RUNTIME_TOPIC },
    );
  }

  /** Marks processors as failed that have no lane to say so. */
  failAll(ids: readonly ProcessorId[], error: PlainError): void {
    for (const id of ids) {
      const record = this.#options.records.processors.get(id);
      if (record === undefined) continue;
      this.setState(record, 'failed', error);
      this.#options.supervisor.reached(record, 'failed', error);
    }
  }

  #takeState(lane: LaneHandle, { processorId, instance, state, error, circuit }: LaneStateChange): void {
    const { records, events, supervisor } = this.#options;
    const record = records.processors.get(processorId);
    if (record?.lane !== lane || record.instance !== instance) return;
    if (circuit !== undefined) emitCircuitChange(events, processorId, circuit, wallClockMs());
    if (circuit?.from === 'half_open' && circuit.to === 'closed') supervisor.proved(record);
    // NB: a breaker may open again without having been closed, and one that closes may have been that of a probe.
    if (circuit === undefined || state !== record.state) {
      this.setState(record, state, error);
      supervisor.reached(record, state, error);
    }
    if (state === 'open') showProbe(record, circuit);
  }

  /** Takes note of what a processor is doing, and tells it. */
  setState(record: ProcessorRecord, state: ProcessorState, error?: PlainError): void {
    const { processorId } = record.spec;
    const from = record.state;
    record.state = state;
    record.error = state === 'failed' || state === 'backoff' || state === 'open' ? error : undefined;
    const reason = state === 'starting' ? record.startReason : '';
    if (state === 'starting') record.startReason = '';
    const topic = processorTopic(processorId);
    this.#options.events.emit(
      {
        case: 'processorStateChanged',
        value: {
          processorId,
          fromState: numberOf(PROCESSOR_STATES, from),
          toState: numberOf(PROCESSOR_STATES, state),
          laneId: record.lane?.laneId ?? '',
          reason,
        },
      },
      { topic },
    );
    if (state !== 'failed' || error === undefined) return;
    const { code, message } = error;
    this.#options.events.emit(
      { case: 'processorFailed', value: { processorId, error: { code, message } } },
      { topic },
    );
  }

  /** Of a processor that has left the lane nothing is kept. One that was removed may come back, as long as it is there. */
  #keep(lane: LaneHandle, { processorId, checkpoint, ended }: LaneCheckpoint): void {
    const { records, checkpoints, isStopping } = this.#options;
    if (records.processors.get(processorId)?.lane !== lane && !hosts(lane, processorId)) return;
    if (checkpoint !== undefined) checkpoints.put(processorId, checkpoint);
    // A stop of the runtime is a pause in time: what was made to end goes on after the next start.
    else if (!ended || !isStopping()) checkpoints.delete(processorId);
  }

  #publish({ topic, processorId, event }: LanePublication): void {
    const { name, data = {} } = event;
    this.#options.events.emit({ case: 'custom', value: { name, data, processorId } }, { topic });
  }

  /** Warnings and errors of processors and of the lanes themselves are events too, as many as can be read. */
  #publishLog({ processorId, level, message, fields }: LogRecord): void {
    if (level !== 'warn' && level !== 'error') return;
    const second = Math.floor(wallClockMs() / 1000);
    const known = this.#loggedIn.get(processorId);
    const count = known?.second === second ? known.count : 0;
    if (count >= LOGGED_PER_SECOND) return;
    this.#loggedIn.set(processorId, { second, count: count + 1 });
    this.#options.events.emit(
      { case: 'logged', value: { processorId, level: numberOf(LOG_LEVELS, level), message, fields } },
      { topic: processorId === '' ? RUNTIME_TOPIC : processorTopic(processorId) },
    );
  }

  #sourceOf(lane: LaneHandle): CommandSource {
    let source = this.#sources.get(lane);
    if (source === undefined) {
      source = {
        actor: `lane:${lane.laneId}`,
        laneIndex: lane.laneIndex,
        reply: (results) => {
          // What happened before an answer is seen before it.
          this.#options.events.flush();
          lane.send({ kind: 'results', results });
        },
      };
      this.#sources.set(lane, source);
      lane.closed.then(() => this.#options.queue.forgetLane(lane.laneIndex));
    }
    return source;
  }

  #sinkOf(lane: LaneHandle): LaneEventSink {
    let sink = this.#sinks.get(lane);
    if (sink === undefined) {
      sink = new LaneEventSink((message) => lane.send(message));
      this.#sinks.set(lane, sink);
      this.#options.events.add(sink);
      const added = sink;
      lane.closed.then(() => this.#options.events.remove(added));
    }
    return sink;
  }

  #observerOf(lane: LaneHandle): TapObserver {
    let observer = this.#observers.get(lane);
    if (observer === undefined) {
      const added: TapObserver = { tell: (tapId, news) => lane.send({ kind: 'tap_news', tapId, news }) };
      observer = added;
      this.#observers.set(lane, added);
      lane.closed.then(() => this.#options.taps.forget(added));
    }
    return observer;
  }

  async #callMain(lane: LaneHandle, call: Extract<FromLane, { kind: 'call_main' }>): Promise<void> {
    const { callId, processorId, processorType, exportName, args } = call;
    try {
      const module = await this.#options.registry.loadModule(processorType);
      const target = module[exportName];
      if (typeof target !== 'function') {
        throw new StreamlibError(
          'FIELD_INVALID',
          `the module of ${processorType} exports no function ${exportName}`,
          {
            path: 'exportName',
          },
        );
      }
      const startedUs = mediaClock.nowUs();
      const running: unknown = target(...args);
      const tookMs = (mediaClock.nowUs() - startedUs) / 1000;
      if (tookMs > SLOW_CALL_MS) {
        const took = durationOfMs(tookMs);
        const topic = processorTopic(processorId);
        this.#options.events.emit(
          { case: 'mainThreadBlocked', value: { processorId, exportName, took } },
          { topic },
        );
      }
      lane.send({ kind: 'main_returned', callId, value: await running });
    } catch (error) {
      lane.send({
        kind: 'main_threw',
        callId,
        error: StreamlibError.from(error, 'PROCESS_FAILED').toPlain(),
      });
    }
  }
}

/** Shows when an open circuit breaker in a lane will probe. */
function showProbe(record: ProcessorRecord, circuit: LaneStateChange['circuit']): void {
  if (circuit?.probeInMs === undefined) return;
  const { attempts = 0 } = record.restartStatus ?? {};
  record.restartStatus = { attempts, nextAttemptMs: wallClockMs() + circuit.probeInMs };
}

/** Whether a lane still has a processor, be it in the graph or not. */
function hosts(lane: LaneHandle, id: ProcessorId): boolean {
  for (const { spec } of lane.hosted) if (spec.processorId === id) return true;
  return false;
}
