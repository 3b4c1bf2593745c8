import { Worker } from 'node:worker_threads';
import { LANE_LIMIT } from '../../native/index.ts';
import type { Checkpoint } from '../../server/runtime/checkpoint.ts';
import { threadNames } from '../../server/runtime/frame/name-table.ts';
import { createSegment } from '../../server/runtime/frame/segment.ts';
import type { LaneId, LinkId, PortName, ProcessorId } from '../../server/runtime/ids.ts';
import type { JsonObject } from '../../server/runtime/json.ts';
import { createHeartbeats } from '../../server/runtime/lane/lane-heartbeat.ts';
import { LaneHost } from '../../server/runtime/lane/lane-host.ts';
import { UNSUPERVISED } from '../../server/runtime/lane/lane-supervision.ts';
import type {
  FromLane,
  HostedProcessor,
  LaneLink,
  LanePublication,
  LaneStart,
  LaneStep,
  SharedState,
  StepResult,
  ToLane,
} from '../../server/runtime/lane/messages.ts';
import {
  createProcessorCounters,
  type ProcessorCounts,
  readProcessorCounters,
} from '../../server/runtime/lane/processor-counters.ts';
import { ControlMemory } from '../../server/runtime/link/control-memory.ts';
import { Doorbell } from '../../server/runtime/link/doorbell.ts';
import { LinkCounters, type LinkCounts } from '../../server/runtime/link/link-counters.ts';
import { RingMemory } from '../../server/runtime/link/ring-memory.ts';
import { createCommandSlots } from '../../server/runtime/queue/command-slots.ts';
import type { Delivery, ProcessorState } from '../../server/runtime/vocabulary.ts';
import { eventually } from './eventually.ts';

const REGISTRY = new URL('./test-processors.ts', import.meta.url).href;
const ENTRY = new URL('../../server/runtime/lane/lane-entry.ts', import.meta.url);

/** The memory of all lanes and links of this program; their lane indexes tell them apart. */
export const segment = createSegment(64 * 1024 * 1024);
export const control = new ControlMemory(segment);

let lastLaneIndex = 0;

/** A lane index that nobody else uses for now. */
export const nextLaneIndex = (): number => (lastLaneIndex = (lastLaneIndex % (LANE_LIMIT - 1)) + 1);

/** What the runtime gives its lanes. */
export const createSharedState = (): SharedState => ({
  segmentId: segment.id,
  names: threadNames().memory,
  commandSlots: createCommandSlots(LANE_LIMIT),
  heartbeats: createHeartbeats(LANE_LIMIT),
});

/** Drives one lane by messages, as the runtime does, and keeps what the lane says. */
export class LaneDriver {
  readonly messages: FromLane[] = [];
  readonly #start: LaneStart;
  readonly laneIndex: number;
  readonly #doorbell: Doorbell;
  readonly #counters = new Map<string, SharedArrayBuffer>();
  readonly #open = new Map<number, (results: readonly StepResult[]) => void>();
  readonly #host: LaneHost | undefined;
  readonly #worker: Worker | undefined;
  readonly #exited: Promise<unknown>;
  #lastId = 0;
  #instances = 0;

  constructor(
    where: 'here' | 'worker',
    shared = createSharedState(),
    laneIndex = nextLaneIndex(),
    registry = REGISTRY,
  ) {
    this.#start = {
      laneId: `lane-${laneIndex}` as LaneId,
      laneIndex,
      priority: undefined,
      registries: [registry],
      shared,
      checkpointIntervalMs: 20,
      logLevels: { '': 'debug' },
    };
    this.laneIndex = laneIndex;
    this.#doorbell = new Doorbell(segment, laneIndex);
    if (where === 'worker') {
      this.#worker = new Worker(ENTRY, { workerData: this.#start });
      this.#worker.on('message', (message: FromLane) => this.#receive(message));
      this.#exited = new Promise((resolve) => this.#worker?.once('exit', resolve));
    } else {
      const send = (message: FromLane) => this.#receive(structuredClone(message));
      this.#host = new LaneHost({ start: this.#start, send, mode: 'event_loop' });
      this.#exited = this.#host.closed;
    }
  }

  send(message: ToLane): void {
    this.#worker?.postMessage(message);
    this.#host?.receive(message);
    this.#doorbell.ring();
  }

  control(...steps: LaneStep[]): Promise<readonly StepResult[]> {
    const id = ++this.#lastId;
    const answered = new Promise<readonly StepResult[]>((resolve) => {
      this.#open.set(id, resolve);
    });
    this.send({ kind: 'control', id, steps });
    return answered;
  }

  /** Takes steps none of which may fail. */
  async must(...steps: LaneStep[]): Promise<readonly StepResult[]> {
    const results = await this.control(...steps);
    for (const { error } of results)
      if (error !== undefined) throw new Error(`${error.code}: ${error.message}`);
    return results;
  }

  processor(
    id: string,
    processorType: string,
    config: JsonObject = {},
    paused = false,
    checkpoint?: Checkpoint,
  ): HostedProcessor {
    let counters = this.#counters.get(id);
    if (counters === undefined) {
      counters = createProcessorCounters();
      this.#counters.set(id, counters);
    }
    return {
      processorId: id as ProcessorId,
      processorType,
      config,
      paused,
      counters,
      instance: ++this.#instances,
      startNumber: this.#instances,
      checkpoint,
      supervision: UNSUPERVISED,
      isProbe: false,
    };
  }

  host(id: string, processorType: string, config: JsonObject = {}, paused = false): LaneStep {
    return { step: 'host', processor: this.processor(id, processorType, config, paused) };
  }

  /** The states of a processor, oldest first. */
  states(id: string): ProcessorState[] {
    return this.#changes(id).map(({ state }) => state);
  }

  error(id: string) {
    return this.#changes(id).at(-1)?.error;
  }

  async reaches(id: string, state: ProcessorState): Promise<void> {
    await eventually(
      () => this.states(id).at(-1) === state,
      `${id} becomes ${state}, was ${this.states(id)}`,
    );
  }

  counts(id: string): ProcessorCounts {
    return readProcessorCounters(this.#counters.get(id) as SharedArrayBuffer);
  }

  published(name: string): LanePublication[] {
    return this.messages
      .flatMap((message) => (message.kind === 'published' ? message.publications : []))
      .filter(({ event }) => event.name === name);
  }

  logged(): string[] {
    return this.messages
      .flatMap((message) => (message.kind === 'logs' ? message.records : []))
      .map(describeRecord);
  }

  /** Ends the lane as the runtime does, and resolves when it has ended. */
  async shutDown(): Promise<void> {
    this.send({ kind: 'shutdown' });
    await this.#exited;
  }

  async terminate(): Promise<void> {
    const ended = this.#worker?.terminate();
    // It may be asleep, where nothing ends it.
    this.#doorbell.ring();
    await ended;
  }

  #changes(id: string) {
    return this.messages
      .flatMap((message) => (message.kind === 'states' ? message.changes : []))
      .filter(({ processorId }) => processorId === id);
  }

  #receive(message: FromLane): void {
    this.messages.push(message);
    if (message.kind === 'done') this.#open.get(message.id)?.(message.results);
  }
}

const describeRecord = ({
  level,
  processorId,
  message,
}: {
  level: string;
  processorId: string;
  message: string;
}) => `${level} ${processorId} ${message}`;

/** A link and what its counters say. */
export class TestLink {
  readonly counters = new LinkCounters(control);
  readonly rings: RingMemory[] = [];
  link: LaneLink;

  /** `from` and `to` read `processor.port`; lanes are lane indexes, and equal ones make a direct link. */
  constructor(
    from: string,
    to: string,
    options: { delivery?: Delivery; capacityFrames?: number; lanes?: [number, number] } = {},
  ) {
    const { delivery = 'every', capacityFrames = 16, lanes = [1, 1] } = options;
    const direct = lanes[0] === lanes[1];
    this.link = {
      linkId: `${from}-${to}` as LinkId,
      from: endOf(from, lanes[0]),
      to: endOf(to, lanes[1]),
      transport: direct ? 'direct' : 'ring',
      delivery,
      capacityFrames,
      countersPlace: this.counters.place,
      ringPlace: undefined,
    };
    this.change(delivery, capacityFrames);
  }

  attach(side: 'from' | 'to' | 'both' = 'both'): LaneStep {
    return { step: 'attach', link: this.link, side };
  }

  detach(
    side: 'from' | 'to' | 'both' = 'both',
    reason: 'rewired' | 'lane_lost' | 'stopped' = 'rewired',
  ): LaneStep {
    return { step: 'detach', linkId: this.link.linkId, side, reason };
  }

  /** A new profile or capacity; the steps of both sides carry the same new ring. */
  change(delivery: Delivery, capacityFrames: number): void {
    const { transport, from, to, countersPlace } = this.link;
    if (transport === 'ring') {
      const lanes = { producerLane: from.laneIndex, consumerLane: to.laneIndex };
      this.rings.push(new RingMemory(control, { capacityFrames, delivery, countersPlace, ...lanes }));
    }
    this.link = { ...this.link, delivery, capacityFrames, ringPlace: this.rings.at(-1)?.place };
  }

  update(side: 'from' | 'to' | 'both' = 'both'): LaneStep {
    return { step: 'update_link', link: this.link, side };
  }

  get counts(): LinkCounts {
    return this.counters.read(this.rings);
  }
}

function endOf(text: string, laneIndex: number) {
  const [processorId, port] = text.split('.');
  return { processorId: processorId as ProcessorId, port: port as PortName, laneIndex };
}

/** What a link's counters add up to beside `produced`. */
export function accountedFor({ delivered, queued, inFlight, dropped }: LinkCounts): number {
  return delivered + queued + inFlight + Object.values(dropped).reduce((sum, count) => sum + count, 0);
}

/** The steps that activate processors, in the given order. */
export const activate = (...ids: string[]): LaneStep[] =>
  ids.map((id) => ({ step: 'activate', processorId: id as ProcessorId }));

/** A step that names a processor and nothing else. */
export const step = (
  name: 'pause' | 'resume' | 'drain' | 'halt' | 'checkpoint' | 'unhost',
  id: string,
): LaneStep => ({
  step: name,
  processorId: id as ProcessorId,
});
