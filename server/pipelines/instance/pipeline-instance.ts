import { StreamlibError } from '../../runtime/errors.ts';
import { DataFrame, type DataFrameView } from '../../runtime/frame/data-frame.ts';
import type { FramePool } from '../../runtime/frame/frame-pool.ts';
import type { Frame } from '../../runtime/frame/frame-type.ts';
import { frameTypeOf, shareFrame } from '../../runtime/frame/slot-reference.ts';
import type { ProcessorId } from '../../runtime/ids.ts';
import type { CompiledPipeline, PipelineEnd } from '../config/compiled-pipeline.ts';
import {
  type DataFrameValue,
  frameOfValue,
  type PipelineOutputValue,
  valueOfFrame,
} from './data-frame-value.ts';
import { NodeInstance } from './node-instance.ts';
import type { NodeLoader, NodeSurroundings } from './node-surroundings.ts';

/** What an instance of a pipeline is made from. */
export interface PipelineInstanceOptions {
  readonly pipeline: CompiledPipeline;
  /** What stands before the ids of its nodes; empty for a pipeline that is in no graph. */
  readonly pipelineId: string;
  readonly loader: NodeLoader;
  readonly surroundings: NodeSurroundings;
  readonly pool: FramePool;
}

/** One frame for one execution. */
export interface ExecutionInput {
  /** Absent only calls the source, as a generator needs it: with an empty frame, counted from 0. */
  readonly frame?: DataFrameValue | undefined;
  /** Needed where the pipeline has several sources. */
  readonly nodeId?: string | undefined;
}

/**
 * One instance of a pipeline on the thread that uses it: its nodes are called in topological order, each until it has
 * handled what the ones before it wrote. It executes one frame at a time.
 */
export class PipelineInstance {
  readonly #options: PipelineInstanceOptions;
  readonly #nodes: readonly NodeInstance[];
  readonly #byId: ReadonlyMap<string, NodeInstance>;
  #outputs: PipelineOutputValue[] = [];
  #emptyFrames = 0;

  /** Loads the types and sets the nodes up. Throws SETUP_FAILED naming the node. */
  static async create(options: PipelineInstanceOptions): Promise<PipelineInstance> {
    const { pipeline, loader, pipelineId, pool, surroundings } = options;
    const nodes = await Promise.all(
      pipeline.nodes.map(async (node) => {
        const module = await loader.loadModule(node.type);
        // As in a lane: code that waits may be half-way at any time.
        if (module.default.descriptor.async) pool.keepViewsApart();
        const id = (pipelineId === '' ? node.id : `${pipelineId}.${node.id}`) as ProcessorId;
        return new NodeInstance({ node, class: module.default, id, pool, surroundings });
      }),
    );
    const instance = new PipelineInstance(options, nodes);
    try {
      for (const node of nodes) await node.setUp();
    } catch (error) {
      await instance.close();
      throw error;
    }
    return instance;
  }

  private constructor(options: PipelineInstanceOptions, nodes: readonly NodeInstance[]) {
    this.#options = options;
    this.#nodes = nodes;
    this.#byId = new Map(nodes.map((node) => [node.id, node]));
    this.#wire(options.pipeline);
  }

  /**
   * Puts one frame in and answers what comes out, in order; a promise where a node is asynchronous. What a node throws is
   * thrown as PROCESS_FAILED naming it; the instance is then to be closed. Throws FIELD_INVALID where the source is
   * unclear or none.
   */
  execute({ frame, nodeId }: ExecutionInput): PipelineOutputValue[] | Promise<PipelineOutputValue[]> {
    const source = sourceOf(this.#options.pipeline, nodeId);
    this.#outputs = [];
    const started = this.#start(source, frame);
    const done = started === undefined ? this.#run(0) : started.then(() => this.#run(0));
    return done === undefined ? this.#outputs : done.then(() => this.#outputs);
  }

  /**
   * Makes the instance as it was when it was new. Answers how many nodes had to be made anew because they cannot go back
   * to the state after their setup. Throws SETUP_FAILED.
   */
  reset(): number | Promise<number> {
    let renewed: NodeInstance[] | undefined;
    this.#emptyFrames = 0;
    for (const node of this.#nodes) {
      node.clear();
      if (node.tryReset()) continue;
      renewed ??= [];
      renewed.push(node);
    }
    return renewed === undefined ? 0 : renewAll(renewed);
  }

  /** Tears every node down, those before the others first, and throws nothing: what they throw is logged. */
  async close(): Promise<void> {
    for (const node of this.#nodes) {
      try {
        await node.tearDown();
      } catch (error) {
        this.#options.surroundings.log.warn(`teardown of node "${node.id}" failed: ${String(error)}`);
      }
    }
  }

  #start(source: string, frame: DataFrameValue | undefined): Promise<void> | undefined {
    const node = this.#byId.get(source);
    const entry = this.#options.pipeline.entries.find(({ nodeId }) => nodeId === source);
    const input = entry && node?.inputs[entry.port];
    if (input === undefined) return node?.generate();
    input.push(frameOfValue(frame ?? this.#emptyFrame(), this.#options.pool));
    return undefined;
  }

  /** What calls a generator, which looks at its time and sequence only. */
  #emptyFrame(): DataFrameValue {
    const timestampUs = this.#options.surroundings.clock.utcUs();
    return { timestampUs, sequenceId: this.#emptyFrames++, payload: {} };
  }

  #run(from: number): Promise<void> | undefined {
    for (let i = from; i < this.#nodes.length; i++) {
      const pending = this.#nodes[i]?.turn();
      if (pending !== undefined) return pending.then(() => this.#run(i + 1));
    }
    return undefined;
  }

  #wire({ connections, exits }: CompiledPipeline): void {
    for (const { from, fromPort, to, toPort } of connections) {
      const input = this.#byId.get(to)?.inputs[toPort];
      const exit = exits.find(({ nodeId, port }) => nodeId === to && port === toPort);
      this.#byId.get(from)?.outputs[fromPort]?.connect((frame) => {
        if (exit !== undefined) this.#collect(exit, shareFrame(frame));
        input?.push(frame);
      });
    }
    for (const exit of exits) {
      const output = this.#byId.get(exit.nodeId)?.outputs[exit.port];
      output?.connect((frame) => this.#collect(exit, frame));
    }
  }

  /** Only data frames are shown; others have come to their end. */
  #collect({ nodeId, port }: PipelineEnd, frame: Frame): void {
    if (frameTypeOf(frame) === DataFrame)
      this.#outputs.push({ nodeId, port, frame: valueOfFrame(frame as DataFrameView) });
    frame.release();
  }
}

async function renewAll(nodes: readonly NodeInstance[]): Promise<number> {
  for (const node of nodes) {
    await node.tearDown();
    await node.setUp();
  }
  return nodes.length;
}

/** The source that is meant. Throws FIELD_INVALID naming those that there are. */
export function sourceOf(pipeline: CompiledPipeline, nodeId = ''): string {
  const { sources } = pipeline;
  const [first] = sources;
  if (nodeId === '' && sources.length === 1 && first !== undefined) return first;
  if (sources.includes(nodeId)) return nodeId;
  const message = `node_id must be one of ${sources.join(', ')}, was ${JSON.stringify(nodeId)}`;
  throw new StreamlibError('FIELD_INVALID', message, { path: 'node_id' });
}
