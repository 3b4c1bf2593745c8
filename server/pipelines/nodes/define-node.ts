import { DataFrame, type DataFrameView } from '../../runtime/frame/data-frame.ts';
import type { DataShape } from '../../runtime/frame/data-layout.ts';
import type { JsonObject } from '../../runtime/json.ts';
import type {
  AnyProcessor,
  ConfigOf,
  ProcessorClass,
  ProcessorDescriptor,
  ProcessorIo,
  RuntimeContext,
  StateOrigin,
} from '../../runtime/processor.ts';
import { OneShotNode } from './one-shot-node.ts';
import { StreamingNode } from './streaming-node.ts';

/** What is known of a node type without running it; ports and scheduling follow from what it implements. */
export type NodeDescriptor = Pick<
  ProcessorDescriptor,
  'name' | 'version' | 'description' | 'tags' | 'configSchema' | 'stateless' | 'migrateConfig'
>;

/** The config of a node type, defaults filled in. */
export type NodeConfig<D extends NodeDescriptor> = ConfigOf<
  D & Pick<ProcessorDescriptor, 'inputs' | 'outputs'>
>;

/** Where a node gets frames to fill. */
export interface NodeFrames {
  /** A frame to fill: its header is written, its payload holds whatever was there before. */
  acquire(shape: DataShape): DataFrameView;
}

/** Where a streaming node writes. */
export interface NodeSender extends NodeFrames {
  /** Gives the frame away, and resolves when the next one may be sent: the links behind the node hold it back. */
  send(frame: DataFrameView): Promise<void>;
}

/**
 * A node of a pipeline, as its author writes it: frames of data in, frames of data out. It implements `process`, `run`
 * or both; of both, lanes take `run`, and executions of single frames take `process`.
 */
export interface PipelineNode<D extends NodeDescriptor = NodeDescriptor> {
  /** Called once, before the first frame. What it throws makes the node fail. */
  onCreate?(config: NodeConfig<D>, ctx: RuntimeContext): void | Promise<void>;
  /** One frame in, one out; undefined drops it. The frame that came in may be answered, and is released otherwise. */
  process?(frame: DataFrameView, frames: NodeFrames): DataFrameView | undefined;
  /**
   * Reads frames until there are no more, and sends as many as it likes. A frame ends when the next one is asked for,
   * unless it was sent on. A node that returns earlier has ended.
   */
  run?(rx: AsyncIterable<DataFrameView>, tx: NodeSender): Promise<void>;
  /** Releases what `onCreate` acquired. */
  onClose?(): void | Promise<void>;
  /** As processors have it: the state that the next instance goes on with. */
  checkpoint?(): JsonObject | undefined;
  /** As processors have it; in a pool it is also called between executions, and has to replace everything. */
  restore?(state: JsonObject, origin: StateOrigin): void;
}

/** A class of nodes with its descriptor. */
export interface NodeClass {
  new (): PipelineNode;
  readonly descriptor: NodeDescriptor;
}

const PORTS = {
  inputs: { data_in: { frame: DataFrame, description: 'The frames that the node reads.' } },
  outputs: { data_out: { frame: DataFrame, description: 'The frames that the node makes.' } },
} as const;

/** Where a type has the class that executes single frames, if that is another one. */
const oneShotClasses = new WeakMap<object, ProcessorClass>();

/** The class that executes single frames. */
export const oneShotClassOf = (type: ProcessorClass): ProcessorClass => oneShotClasses.get(type) ?? type;

/**
 * Makes a processor type from a node: the default export of its module, for a registry as any other. It has one input,
 * `data_in`, and one output, `data_out`. Throws a TypeError for a node with neither `process` nor `run`.
 */
export function defineNode(node: NodeClass): ProcessorClass {
  const { process, run } = node.prototype as PipelineNode;
  const oneShot = process && processorOf(node, OneShotNode, {});
  const streaming = run && processorOf(node, StreamingNode, { async: true });
  const type = streaming ?? oneShot;
  if (type === undefined) throw new TypeError(`${node.descriptor.name} must implement process or run`);
  if (oneShot !== undefined) oneShotClasses.set(type, oneShot);
  return type;
}

type Adapter = new (node: PipelineNode) => AnyProcessor & { readonly node: PipelineNode };

function processorOf(node: NodeClass, adapter: Adapter, traits: { readonly async?: true }): ProcessorClass {
  const type = class extends adapter {
    static readonly descriptor: ProcessorDescriptor = { ...node.descriptor, ...PORTS, ...traits };

    constructor() {
      super(new node());
    }
  };
  const { checkpoint, restore } = node.prototype as PipelineNode;
  const methods: Partial<AnyProcessor> & ThisType<InstanceType<Adapter>> = {
    // A type that has these keeps a state; a node that has not, has none.
    ...(checkpoint && {
      checkpoint() {
        return this.node.checkpoint?.();
      },
    }),
    ...(restore && {
      restore(state: JsonObject, origin: StateOrigin) {
        this.node.restore?.(state, origin);
      },
    }),
  };
  Object.assign(type.prototype, methods);
  return type;
}

/** The ports of a node, as `process` sees them. */
export type NodeIo = ProcessorIo<typeof PORTS & ProcessorDescriptor>;
