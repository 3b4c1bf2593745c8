import type { MessageInitShape } from '@bufbuild/protobuf';
import type {
  CommandEnvelope,
  CommandEnvelopeSchema,
  CommandResultEnvelope,
} from '../../../gen/ts/streamlib/v1/command_pb.ts';
import type { Event } from '../../../gen/ts/streamlib/v1/event_pb.ts';
import type { Checkpoint } from '../checkpoint.ts';
import type { PlainError } from '../errors.ts';
import type { CustomEvent } from '../events/bus.ts';
import type { LaneId, LinkId, PortName, ProcessorId } from '../ids.ts';
import type { JsonObject } from '../json.ts';
import type { LogRecord } from '../log.ts';
import type { TapNews, TappedFrame, TapsMessage, TapWish } from '../tap/messages.ts';
import type { Delivery, LanePriority, LogLevel, ProcessorState, Transport } from '../vocabulary.ts';
import type { LaneDeadLetter } from './dead-letter.ts';
import type { LaneSupervision } from './lane-supervision.ts';
import type { CircuitChange } from './processor-circuit.ts';

export type { CommandEnvelope, CommandResultEnvelope, Event };

/** Memory that the runtime makes once and every lane maps. Who writes which word stands where it is laid out. */
export interface SharedState {
  /** The segment with frames, rings, counters and doorbells: see frame/segment.ts. */
  readonly segmentId: number;
  /** The process-wide table of interned channel and metadata names. */
  readonly names: SharedArrayBuffer;
  /** Slots of the command queue that are taken: see queue/command-slots.ts. */
  readonly commandSlots: SharedArrayBuffer;
  /** What each lane does now: see lane/lane-heartbeat.ts. */
  readonly heartbeats: SharedArrayBuffer;
}

/** What a lane is told when it starts (its workerData). */
export interface LaneStart {
  readonly laneId: LaneId;
  /** Its doorbell and its owner record in the segment; 0 is the main thread. */
  readonly laneIndex: number;
  /** What its thread is given: see thread-priority.ts. Undefined leaves it. */
  readonly priority: LanePriority | undefined;
  /** URLs of the modules whose `processorTypes` list the types. */
  readonly registries: readonly string[];
  readonly shared: SharedState;
  /** How often its processors are asked for their state. */
  readonly checkpointIntervalMs: number;
  /** The lowest level that `ctx.log` sends, by area; '' is the default. */
  readonly logLevels: Readonly<Record<string, LogLevel | 'silent'>>;
}

/** A processor as its lane needs it. */
export interface HostedProcessor {
  readonly processorId: ProcessorId;
  readonly processorType: string;
  /** Defaults filled in. */
  readonly config: JsonObject;
  /** Counted up with each start of the processor; state messages carry it, so that late ones are told apart. */
  readonly instance: number;
  /** The same for the lane's heartbeat: unique among all processors of the runtime, above 0. */
  readonly startNumber: number;
  readonly paused: boolean;
  /** What it is to go on with, unless the lane has a newer one of the instance before. */
  readonly checkpoint: Checkpoint | undefined;
  /** See lane/processor-counters.ts. */
  readonly counters: SharedArrayBuffer;
  readonly supervision: LaneSupervision;
  /** Whether its first calls are the probe of a circuit breaker. */
  readonly isProbe: boolean;
}

/** A link as its lanes need it. */
export interface LaneLink {
  readonly linkId: LinkId;
  readonly from: { readonly processorId: ProcessorId; readonly port: PortName; readonly laneIndex: number };
  readonly to: { readonly processorId: ProcessorId; readonly port: PortName; readonly laneIndex: number };
  readonly transport: Transport;
  readonly delivery: Delivery;
  readonly capacityFrames: number;
  /** Where its counters begin in the segment: see link/link-counters.ts. */
  readonly countersPlace: number;
  /** Of transport `ring`: where it begins in the segment. */
  readonly ringPlace: number | undefined;
  /** Where the age of frames is recorded that are read from it: see link/link-latency.ts. */
  readonly latency?: SharedArrayBuffer | undefined;
}

/** The ends of a link that one lane holds; `both` for a direct link. */
export type LinkSide = 'from' | 'to' | 'both';

/** One step of a control message. */
export type LaneStep =
  /** Loads the type, makes an instance, calls setup. Nothing is processed before `activate`. */
  | { readonly step: 'host'; readonly processor: HostedProcessor }
  /** From here on the processor is called. */
  | { readonly step: 'activate'; readonly processorId: ProcessorId }
  /** Tears down and forgets the processor. Its links must be detached before, or are detached by it. */
  | { readonly step: 'unhost'; readonly processorId: ProcessorId }
  /** Tears down, makes a new instance, calls setup, activates it; its links stay attached and keep their frames. */
  | { readonly step: 'restart'; readonly processor: HostedProcessor }
  /** The processor is not called any more, before its links come apart: it would write to nobody. */
  | { readonly step: 'halt'; readonly processorId: ProcessorId }
  | { readonly step: 'pause'; readonly processorId: ProcessorId }
  | { readonly step: 'resume'; readonly processorId: ProcessorId }
  /** Answers whether the processor took the config live. */
  | { readonly step: 'configure'; readonly processorId: ProcessorId; readonly config: JsonObject }
  /** Takes effect from the next call on. */
  | { readonly step: 'supervise'; readonly processorId: ProcessorId; readonly supervision: LaneSupervision }
  /** The processor, which has failed, does not come back: what waits for it is dropped. */
  | { readonly step: 'give_up'; readonly processorId: ProcessorId }
  /** Gives the frame of a dead letter to the input that it came to, for the next call to read. */
  | { readonly step: 'reinject'; readonly processorId: ProcessorId; readonly letter: LaneDeadLetter }
  /** Asks the processor for its state now; one whose `process` is in flight when that has settled. */
  | { readonly step: 'checkpoint'; readonly processorId: ProcessorId }
  /** Makes the processor stop as if it had called `ctx.end()`: soft stop; what follows it ends when drained. */
  | { readonly step: 'drain'; readonly processorId: ProcessorId }
  /**
   * Holds what writes to an output back, as a full lossless link does, until `release`. What was written already goes
   * on to its links. May be repeated to learn whether that is done.
   */
  | { readonly step: 'hold' | 'release'; readonly processorId: ProcessorId; readonly port: PortName }
  | { readonly step: 'attach'; readonly link: LaneLink; readonly side: LinkSide }
  /** The frames still queued are dropped and counted under `reason`. */
  | {
      readonly step: 'detach';
      readonly linkId: LinkId;
      readonly side: LinkSide;
      readonly reason: 'rewired' | 'lane_lost' | 'stopped';
    }
  /**
   * Takes the link apart like `detach`, but for the producing end, which stays and holds back or counts what is written
   * until the next `attach`, whose result tells what that cost. For a consumer that moves, is replaced (`holds`, if the
   * link is lossless) or has lost its lane.
   */
  | {
      readonly step: 'suspend';
      readonly linkId: LinkId;
      readonly reason: 'rewired' | 'lane_lost';
      readonly holds: boolean;
    }
  /**
   * Changes delivery or capacity without losing queued frames that still fit. A ring link gets a new ring: the
   * consumer (`to`) is told first and reads the old ring empty before it reads the new one; the producer
   * (`from`) closes the old one when it begins with the new.
   */
  | { readonly step: 'update_link'; readonly link: LaneLink; readonly side: LinkSide };

/** What became of a step, in the order of the steps. A failed step does not keep the others from running. */
export interface StepResult {
  readonly error?: PlainError;
  /** configure: whether it was taken live. */
  readonly applied?: boolean;
  /** hold, release: whether nothing waits at the output for a link to take it. */
  readonly settled?: boolean;
  /** detach, suspend, attach, update_link: frames that it dropped. */
  readonly framesDropped?: number;
  /** update_link, of a consumer: how many rings of the link, the last ones, are still in use. */
  readonly ringsInUse?: number;
  /** detach, update_link, restart: how long frames were held up, microseconds. */
  readonly pauseUs?: number;
}

/** Runtime to lane. */
export type ToLane =
  | { readonly kind: 'control'; readonly id: number; readonly steps: readonly LaneStep[] }
  /** Ends the lane: every processor is torn down, then the thread exits. */
  | { readonly kind: 'shutdown' }
  | { readonly kind: 'results'; readonly results: readonly CommandResultEnvelope[] }
  /** Events that match one of the lane's patterns; `missed` were left out since the last message. */
  | { readonly kind: 'events'; readonly events: readonly Event[]; readonly missed: number }
  /** So many publications were taken in: the lane may publish as many more. */
  | { readonly kind: 'publications_taken'; readonly count: number }
  /** The last batch of dead letters was taken: the lane may send the next. */
  | { readonly kind: 'dead_letters_taken' }
  | { readonly kind: 'tap_news'; readonly tapId: number; readonly news: TapNews }
  | TapsMessage
  | { readonly kind: 'main_returned'; readonly callId: number; readonly value: unknown }
  | { readonly kind: 'main_threw'; readonly callId: number; readonly error: PlainError };

/** An event that a processor published. */
export interface LanePublication {
  readonly topic: string;
  readonly processorId: ProcessorId;
  readonly event: CustomEvent;
}

/** A change of a processor's state that began in its lane. */
export interface LaneStateChange {
  readonly processorId: ProcessorId;
  readonly instance: number;
  readonly state: ProcessorState;
  /** Of state `failed`. */
  readonly error?: PlainError;
  /** What its circuit breaker did; `state` may be what it was. */
  readonly circuit?: CircuitChange;
}

/** What the state of a processor is now, as far as its lane knows. */
export interface LaneCheckpoint {
  readonly processorId: ProcessorId;
  /** Undefined: it has none any more. */
  readonly checkpoint: Checkpoint | undefined;
  /** Whether that is because it has ended, by itself or with its inputs. */
  readonly ended: boolean;
}

/** A command as a thread without the generated code writes it. */
export type CommandEnvelopeInit = MessageInitShape<typeof CommandEnvelopeSchema>;

/** Lane to runtime. */
export type FromLane =
  | { readonly kind: 'ready' }
  | { readonly kind: 'done'; readonly id: number; readonly results: readonly StepResult[] }
  /** In the order in which they were taken; only those that changed. */
  | { readonly kind: 'checkpoints'; readonly checkpoints: readonly LaneCheckpoint[] }
  | { readonly kind: 'states'; readonly changes: readonly LaneStateChange[] }
  /** Frames that could not be processed, and how many of which processors had to be given up on the way. */
  | {
      readonly kind: 'dead_letters';
      readonly letters: readonly LaneDeadLetter[];
      readonly evicted: readonly { readonly processorId: ProcessorId; readonly count: number }[];
    }
  | { readonly kind: 'commands'; readonly envelopes: readonly CommandEnvelopeInit[] }
  | { readonly kind: 'published'; readonly publications: readonly LanePublication[] }
  /** The whole set of topic patterns that this lane listens to now. */
  | { readonly kind: 'listen'; readonly patterns: readonly string[] }
  /** So many events were handled: the runtime may send as many more. */
  | { readonly kind: 'events_taken'; readonly count: number }
  /** Frames of links that are tapped. */
  | { readonly kind: 'tapped'; readonly frames: readonly TappedFrame[] }
  /** Of a tap that this lane's code has opened or is to open. */
  | { readonly kind: 'tap_wish'; readonly tapId: number; readonly wish: TapWish }
  | { readonly kind: 'logs'; readonly records: readonly LogRecord[] }
  | {
      readonly kind: 'call_main';
      readonly callId: number;
      readonly processorId: ProcessorId;
      readonly processorType: string;
      readonly exportName: string;
      readonly args: readonly unknown[];
    };
