import type { FromSchema, JSONSchema } from 'json-schema-to-ts';
import type { MediaClock } from './clock.ts';
import type { EventBus } from './events/bus.ts';
import type { Frame, FrameOf, FrameType, ShapeOf } from './frame/frame-type.ts';
import type { ProcessorId } from './ids.ts';
import type { JsonObject, JsonValue } from './json.ts';
import type { Logger } from './log.ts';
import type { RuntimeOperations } from './operations.ts';
import type { LinkTaps } from './tap/tap-client.ts';
import type { Delivery } from './vocabulary.ts';

// biome-ignore lint/suspicious/noExplicitAny: a descriptor may hold a frame type of any view and shape
type AnyFrameType = FrameType<any, any>;

/** An input of a processor type. */
export interface InputDescriptor {
  /** What it takes; `any` accepts every type and can only forward, count or print. */
  readonly frame: AnyFrameType | 'any';
  /** What a full link to it does, unless the link says otherwise. Default `every`. */
  readonly delivery?: Delivery;
  /** Whether it takes more than one link. Default false. */
  readonly many?: boolean;
  readonly description: string;
}

/** An output of a processor type. Any number of links may leave it. */
export interface OutputDescriptor {
  readonly frame: AnyFrameType | 'any';
  readonly description: string;
}

/** When the runtime calls `process`. */
export type SchedulingDescriptor =
  /**
   * Continuously, every `intervalUs` (default 10). A processor that fell behind is called several times in a row. 0 is
   * as often as possible: its lane never sleeps while its links take frames. Without an interval of its own the type
   * gets a dedicated lane.
   */
  | { readonly kind: 'loop'; readonly intervalUs?: number }
  /** When an input has a frame. */
  | { readonly kind: 'push' }
  /** Never: the processor owns its callbacks, the runtime only starts and stops it. */
  | { readonly kind: 'manual' };

/** Everything about a processor type that is known without running it. */
export interface ProcessorDescriptor {
  /** PascalCase; types of third-party packages are called `vendor.Name`. */
  readonly name: string;
  /** Of the config, counted up when old configs need migration. */
  readonly version: number;
  readonly description: string;
  readonly tags: readonly string[];
  readonly inputs: Readonly<Record<string, InputDescriptor>>;
  readonly outputs: Readonly<Record<string, OutputDescriptor>>;
  /** JSON Schema of an object with `additionalProperties: false` and a default on every optional field. */
  readonly configSchema: JSONSchema;
  /** Default: `push` for types with inputs, `loop` for types without. */
  readonly scheduling?: SchedulingDescriptor;
  /** Whether `setup`, `process` or `teardown` may return promises; its lane keeps the event loop turning. */
  readonly async?: boolean;
  /** Whether it always gets a lane of its own. */
  readonly dedicated?: boolean;
  /**
   * Whether what it writes depends on nothing but its config and the frames of the same call, so that an instance that
   * was used answers as a new one. Pools of pipelines then use it again as it is. Default false.
   */
  readonly stateless?: boolean;
  /** Turns a config of an older version into one of this version. */
  migrateConfig?(config: JsonObject, fromVersion: number): JsonObject;
}

/** The config of a type, defaults filled in; any JSON object where the type is not known. */
export type ConfigOf<D extends ProcessorDescriptor> = JSONSchema extends D['configSchema']
  ? JsonObject
  : FromSchema<D['configSchema']>;

/** One input, as `process` sees it. Nothing here ever blocks. */
export interface ProcessorInput<View extends Frame = Frame> {
  /** The next frame, or undefined. Whoever reads a frame releases it or writes it on. */
  read(): View | undefined;
  /** The newest frame, or undefined; older ones are dropped and counted `stale`. */
  readLatest(): View | undefined;
  /** How many frames wait now. */
  readonly queued: number;
  /** How many links end here. */
  readonly links: number;
  /** Whether every link that ended here has ended and been read empty. False while there is none. */
  readonly ended: boolean;
}

/** One output, as `process` sees it. Nothing here ever blocks or throws because a link is full. */
export interface ProcessorOutput<View extends Frame = Frame, Shape = never> {
  /**
   * A frame to fill: its header is written, its payload holds whatever was there before. Its `monotonicNs` is the
   * present as the lane last read it: when the call began, or up to 256 calls ago where calls take less than 10 µs.
   */
  acquire(shape: Shape): View;
  /** Hands the frame to every link and gives the reference away. A frame read from an input may be written on. */
  write(frame: View): void;
  /** How many frames all lossless links can take at once; Infinity without one. */
  readonly credit: number;
  /** How many links begin here. */
  readonly links: number;
  /**
   * Resolves when `credit` is above 0. For async and manual processors; the runtime does not call the
   * `process` of a processor whose credit is 0.
   */
  ready(): Promise<void>;
}

/** The ports of one processor type. */
export interface ProcessorIo<D extends ProcessorDescriptor = ProcessorDescriptor> {
  readonly inputs: { readonly [P in keyof D['inputs']]: ProcessorInput<FrameOf<D['inputs'][P]['frame']>> };
  readonly outputs: {
    readonly [P in keyof D['outputs']]: ProcessorOutput<
      FrameOf<D['outputs'][P]['frame']>,
      ShapeOf<D['outputs'][P]['frame']>
    >;
  };
}

/** What the runtime gives a processor, from `setup` to the end of `teardown`. */
export interface RuntimeContext<D extends ProcessorDescriptor = ProcessorDescriptor> {
  readonly id: ProcessorId;
  /** Defaults filled in. */
  readonly config: ConfigOf<D>;
  /** The operations of the runtime; they may be started anywhere and are never waited for in `process`. */
  readonly runtime: RuntimeOperations;
  /** The in-process bus. */
  readonly events: EventBus;
  /** Bounded views of the links of the runtime, for processors that show somebody what flows. */
  readonly taps: LinkTaps;
  readonly clock: MediaClock;
  readonly log: Logger;
  /** Aborted when the processor is to stop, before `teardown`. */
  readonly signal: AbortSignal;
  /**
   * Calls a named export of the processor's own module on the runtime's thread with structured-clonable
   * arguments. A call that takes over 5 ms there is reported as an event.
   */
  runOnMainAsync<Result = JsonValue>(exportName: string, ...args: unknown[]): Promise<Result>;
  /**
   * How often `process` of a loop is called from now on, as `intervalUs` of its scheduling; 0 is as often as possible, and
   * the lane does not sleep then. A source that goes as fast as its links take it has the runtime call it once for each
   * frame, which is far cheaper than many frames in one call. Throws FIELD_INVALID for what no interval can be, and for a
   * type that is no loop.
   */
  setIntervalUs(intervalUs: number): void;
  /** Declares that no more frames will be written. The processor stops, and what follows it when it is drained. */
  end(): void;
}

/** Who wrote a state that is to be restored. */
export interface StateOrigin {
  /** The type of the processor then; another one after a replacement. */
  readonly processorType: string;
  /** The `version` of that type then. */
  readonly typeVersion: number;
}

/**
 * The code of a processor. One instance serves from `setup` to `teardown`; a restart makes a new one, which may go on
 * with the state of the one before: see `checkpoint`. Everything runs on the thread of its lane.
 */
export interface Processor<D extends ProcessorDescriptor = ProcessorDescriptor> {
  /** Acquires what the processor needs. What it throws makes the processor `failed`. */
  setup?(ctx: RuntimeContext<D>, io: ProcessorIo<D>): void | Promise<void>;
  /** Handles what is there and returns. What it throws is counted and handled by the error policy. */
  process(io: ProcessorIo<D>, ctx: RuntimeContext<D>): void | Promise<void>;
  /** Releases what `setup` acquired. It runs whenever `setup` was called, also after failures. */
  teardown?(ctx: RuntimeContext<D>): void | Promise<void>;
  /** Takes a new config live and returns true, or returns false to be restarted with it. */
  configure?(config: ConfigOf<D>, ctx: RuntimeContext<D>): boolean;
  /**
   * The state that the next instance is to go on with: plain JSON of at most 64 KiB, or undefined if there is none.
   * Called between two calls of `process`: every `checkpointIntervalMs` (default 1,000), and a last time before
   * `teardown`, but not after `process` threw, since what it knows may be what broke it: the next instance then gets
   * the last of the regular ones. It must be fast, must not wait and must change nothing. A result that is too large or
   * no JSON, or a throw, is logged as an error, and the processor has no state until it gives one again.
   */
  checkpoint?(ctx: RuntimeContext<D>): JsonObject | undefined;
  /**
   * Goes on with the state of the instance before it. Called once, after `setup` and before the first `process`, if
   * there is a state: after a restart, a move to another lane, a replacement by this type, the loss of a lane, a stop and
   * start of the runtime. The config may be another one by then, and so may the type that wrote the state: see `origin`.
   * What it throws is logged as a warning, and the processor begins as `setup` left it; so look first, then take over.
   * Pools of pipelines call it between executions as well, with the state after `setup`, to use an instance again: what
   * is taken over replaces everything that was there.
   */
  restore?(state: JsonObject, origin: StateOrigin, ctx: RuntimeContext<D>): void;
}

/* biome-ignore-start lint/suspicious/noExplicitAny: comparing processors through their config types is too deep for the compiler */
/** A processor of a type that is not known to the code that runs it. */
export interface AnyProcessor {
  setup?(ctx: any, io: any): void | Promise<void>;
  process(io: any, ctx: any): void | Promise<void>;
  teardown?(ctx: any): void | Promise<void>;
  configure?(config: any, ctx: any): boolean;
  checkpoint?(ctx: any): JsonObject | undefined;
  restore?(state: JsonObject, origin: StateOrigin, ctx: any): void;
}
/* biome-ignore-end lint/suspicious/noExplicitAny: as above */

/** A class of processors with its descriptor. */
export interface ProcessorClass<D extends ProcessorDescriptor = ProcessorDescriptor> {
  new (): AnyProcessor;
  readonly descriptor: D;
}

/** The module of one processor type: the class is its default export. */
export interface ProcessorModule {
  readonly default: ProcessorClass;
  readonly [exportName: string]: unknown;
}

/** One line of a registry list: a type's name and how to load its module. */
export interface ProcessorTypeEntry {
  readonly type: string;
  readonly load: () => Promise<ProcessorModule>;
}
