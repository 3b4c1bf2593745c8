import { StreamlibError } from '../../runtime/errors.ts';
import { DataFrame } from '../../runtime/frame/data-frame.ts';
import type { FramePool } from '../../runtime/frame/frame-pool.ts';
import type { ProcessorId } from '../../runtime/ids.ts';
import type { JsonObject } from '../../runtime/json.ts';
import type { AnyProcessor, ProcessorClass } from '../../runtime/processor.ts';
import type { CompiledNode } from '../config/compiled-pipeline.ts';
import { oneShotClassOf } from '../nodes/define-node.ts';
import { frameOfValue } from './data-frame-value.ts';
import { defaultFrameOf } from './default-frame.ts';
import { NodeInput, NodeOutput, type TransferCount } from './node-ports.ts';
import type { NodeSurroundings } from './node-surroundings.ts';

/** What a node is made from. */
export interface NodeInstanceOptions {
  readonly node: CompiledNode;
  readonly class: ProcessorClass;
  /** What its context calls it. */
  readonly id: ProcessorId;
  readonly pool: FramePool;
  readonly surroundings: NodeSurroundings;
}

/**
 * One node that is called directly, without a lane. The processor contract holds: `setup`, then `process` as frames
 * come, then `teardown`; in between it can be brought back to the state that it had after `setup`.
 */
export class NodeInstance implements TransferCount {
  transfers = 0;
  readonly inputs: Readonly<Record<string, NodeInput>>;
  readonly outputs: Readonly<Record<string, NodeOutput>>;
  readonly #options: NodeInstanceOptions;
  readonly #class: ProcessorClass;
  readonly #inputList: readonly NodeInput[];
  readonly #outputList: readonly NodeOutput[];
  readonly #io: object;
  #processor: AnyProcessor | undefined;
  #context: object = {};
  #abort = new AbortController();
  #hasEnded = false;
  /** The state after `setup` as JSON; undefined where the type cannot say it or cannot go back to it. */
  #initialState: string | undefined;

  constructor(options: NodeInstanceOptions) {
    this.#options = options;
    this.#class = oneShotClassOf(options.class);
    const { inputs, outputs } = options.class.descriptor;
    this.inputs = Object.fromEntries(Object.keys(inputs).map((name) => [name, new NodeInput(this)]));
    this.outputs = Object.fromEntries(
      Object.entries(outputs).map(([name, { frame }]) => [name, new NodeOutput(options.pool, frame, this)]),
    );
    this.#inputList = Object.values(this.inputs);
    this.#outputList = Object.values(this.outputs);
    this.#io = { inputs: this.inputs, outputs: this.outputs };
  }

  get id(): string {
    return this.#options.node.id;
  }

  /** Throws what `setup` throws, as SETUP_FAILED naming the node. */
  async setUp(): Promise<void> {
    this.#abort = new AbortController();
    this.#hasEnded = false;
    this.#context = this.#createContext();
    this.#processor = new this.#class();
    try {
      await this.#processor.setup?.(this.#context, this.#io);
    } catch (error) {
      throw this.#named(error, 'SETUP_FAILED');
    }
    const { checkpoint, restore } = this.#processor;
    const state =
      checkpoint === undefined || restore === undefined
        ? undefined
        : this.#processor.checkpoint?.(this.#context);
    this.#initialState = state && JSON.stringify(state);
  }

  /**
   * Calls `process` as long as frames wait and a call does something. Answers a promise where the node does, and throws
   * PROCESS_FAILED naming the node, unless its error policy says otherwise.
   */
  turn(): Promise<void> | undefined {
    while (!this.#hasEnded && this.#hasQueued) {
      const before = this.transfers;
      const pending = this.#call();
      if (pending !== undefined) {
        return pending.then(() => (this.transfers === before ? undefined : this.turn()));
      }
      if (this.transfers === before) return undefined;
    }
    return undefined;
  }

  /** Calls `process` once though nothing waits, as a generator needs it, and lets it write one frame per output. */
  async generate(): Promise<void> {
    for (const output of this.#outputList) output.credit = 1;
    try {
      await this.#call();
    } finally {
      for (const output of this.#outputList) output.credit = Number.POSITIVE_INFINITY;
    }
  }

  /** Gives back what waits and was not read. */
  clear(): void {
    for (const input of this.#inputList) input.clear();
  }

  /**
   * Brings the node back to the state after `setup`. Answers whether it could; if not, it is to be torn down and set up
   * anew.
   */
  tryReset(): boolean {
    if (this.#hasEnded) return false;
    if (this.#class.descriptor.stateless === true) return true;
    if (this.#initialState === undefined) return false;
    const { name, version } = this.#class.descriptor;
    try {
      const state = JSON.parse(this.#initialState) as JsonObject;
      this.#processor?.restore?.(state, { processorType: name, typeVersion: version }, this.#context);
      return true;
    } catch {
      // What it could not go back to it has from a new `setup`.
      return false;
    }
  }

  async tearDown(): Promise<void> {
    this.#abort.abort();
    this.clear();
    await this.#processor?.teardown?.(this.#context);
    this.#processor = undefined;
  }

  get #hasQueued(): boolean {
    for (const input of this.#inputList) if (input.queued > 0) return true;
    return false;
  }

  #call(): Promise<void> | undefined {
    this.#options.pool.beginCall();
    try {
      const result = this.#processor?.process(this.#io, this.#context);
      return result instanceof Promise ? result.catch((error) => this.#handle(error)) : undefined;
    } catch (error) {
      this.#handle(error);
      return undefined;
    }
  }

  /** What the error policy says of a frame whose processing failed. */
  #handle(error: unknown): void {
    const { errorPolicy, defaultFrame } = this.#options.node.supervision;
    if (errorPolicy === 'skip_frame') return;
    if (errorPolicy !== 'use_default' || defaultFrame === undefined)
      throw this.#named(error, 'PROCESS_FAILED');
    for (const output of this.#outputList)
      output.write(
        frameOfValue(defaultFrameOf(defaultFrame), { acquire: (_type, shape) => this.#acquire(shape) }),
      );
  }

  #acquire(shape: Parameters<typeof DataFrame.byteLength>[0]) {
    return this.#options.pool.acquire(DataFrame, shape);
  }

  #named(error: unknown, fallback: 'SETUP_FAILED' | 'PROCESS_FAILED'): StreamlibError {
    const { code, message, path } = StreamlibError.from(error, fallback);
    return new StreamlibError(code, `node "${this.id}": ${message}`, {
      path,
      details: { node_id: this.id },
      cause: error,
    });
  }

  #createContext(): object {
    const { id, node, surroundings } = this.#options;
    const end = (): void => {
      this.#hasEnded = true;
    };
    // NB: what a runtime alone has is asked for only when a node uses it.
    return Object.create(surroundings, {
      id: { value: id },
      config: { value: node.effectiveConfig },
      signal: { value: this.#abort.signal },
      end: { value: end },
      runOnMainAsync: {
        value: (exportName: string, ...args: unknown[]) =>
          surroundings.callOnMain(node.type, exportName, args),
      },
    });
  }
}
