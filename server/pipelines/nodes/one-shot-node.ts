import type { DataFrameView } from '../../runtime/frame/data-frame.ts';
import type { DataShape } from '../../runtime/frame/data-layout.ts';
import type { AnyProcessor, RuntimeContext } from '../../runtime/processor.ts';
import type { NodeFrames, NodeIo, PipelineNode } from './define-node.ts';

/** A node that turns one frame into one, as a processor. */
export class OneShotNode implements AnyProcessor {
  readonly node: PipelineNode;
  #frames: NodeFrames | undefined;

  constructor(node: PipelineNode) {
    this.node = node;
  }

  setup(ctx: RuntimeContext, { outputs }: NodeIo): void | Promise<void> {
    this.#frames = { acquire: (shape: DataShape) => outputs.data_out.acquire(shape) };
    return this.node.onCreate?.(ctx.config as never, ctx);
  }

  process({ inputs, outputs }: NodeIo): void {
    using frame = inputs.data_in.read();
    const result = frame && this.#frames && this.node.process?.(frame as DataFrameView, this.#frames);
    if (result !== undefined) outputs.data_out.write(result);
  }

  teardown(): void | Promise<void> {
    return this.node.onClose?.();
  }
}
