import type { DataFrameView } from '../../runtime/frame/data-frame.ts';
import type { AnyProcessor, RuntimeContext } from '../../runtime/processor.ts';
import type { NodeIo, NodeSender, PipelineNode } from './define-node.ts';
import { NodeChannel } from './node-channel.ts';

/** A node that reads and sends frames in a loop of its own, as a processor. */
export class StreamingNode implements AnyProcessor {
  readonly node: PipelineNode;
  readonly #channel = new NodeChannel();
  #running: Promise<void> | undefined;
  #failure: { readonly error: unknown } | undefined;

  constructor(node: PipelineNode) {
    this.node = node;
  }

  setup(ctx: RuntimeContext): void | Promise<void> {
    return this.node.onCreate?.(ctx.config as never, ctx);
  }

  /** Resolves when the node asks for the next frame, so that it is not called before. */
  async process(io: NodeIo, ctx: RuntimeContext): Promise<void> {
    const frame = io.inputs.data_in.read();
    if (frame === undefined) return;
    this.#running ??= this.#run(io, ctx);
    await this.#channel.push(frame);
    if (this.#failure !== undefined) throw this.#failure.error;
  }

  /** Closes what the node reads and waits until it has come to its end; what it sends meanwhile still arrives. */
  async teardown(): Promise<void> {
    this.#channel.close();
    await this.#running;
    await this.node.onClose?.();
  }

  async #run({ outputs }: NodeIo, ctx: RuntimeContext): Promise<void> {
    const output = outputs.data_out;
    const tx: NodeSender = {
      acquire: (shape) => output.acquire(shape),
      send: async (frame: DataFrameView) => {
        output.write(frame);
        await output.ready();
      },
    };
    try {
      await this.node.run?.(this.#channel, tx);
      // NB: one that returns because there are no more frames is ending anyway.
      ctx.end();
    } catch (error) {
      this.#failure = { error };
    } finally {
      this.#channel.close();
    }
  }
}
