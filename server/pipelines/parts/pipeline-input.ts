import { DataFrame } from '../../runtime/frame/data-frame.ts';
import type { Processor, ProcessorDescriptor, ProcessorIo, RuntimeContext } from '../../runtime/processor.ts';
import { type DataFrameValue, frameOfValue } from '../instance/data-frame-value.ts';
import { channelsOf } from './pipeline-channels.ts';

const descriptor = {
  name: 'PipelineInput',
  version: 1,
  description: 'Hands the frames of TriggerPipeline to a source of a pipeline. Pipelines add it themselves.',
  tags: ['data', 'source', 'pipeline'],
  inputs: {},
  outputs: { data: { frame: DataFrame, description: 'The frames as they come.' } },
  configSchema: {
    type: 'object',
    additionalProperties: false,
    required: ['key', 'node_id'],
    properties: {
      key: { type: 'string', minLength: 1, description: 'What the pipeline is known by to its parts.' },
      node_id: { type: 'string', minLength: 1, description: 'The source that the frames are for.' },
    },
  },
  scheduling: { kind: 'manual' },
  async: true,
} as const satisfies ProcessorDescriptor;

type Io = ProcessorIo<typeof descriptor>;
type Context = RuntimeContext<typeof descriptor>;

/** Where triggers enter the graph. */
export default class PipelineInput implements Processor<typeof descriptor> {
  static readonly descriptor = descriptor;
  #io!: Io;
  #isEnding = false;
  /** Until everything that was fetched has been written. */
  #forwarding: Promise<void> = Promise.resolve();

  async setup(ctx: Context, io: Io): Promise<void> {
    this.#io = io;
    await ctx.runOnMainAsync('beginInput', ctx.config.key, ctx.config.node_id);
    this.#forwarding = this.#forward(ctx);
  }

  process(): void {}

  /** What was taken from triggers is written before the links end. */
  async teardown(ctx: Context): Promise<void> {
    this.#isEnding = true;
    const { key, node_id } = ctx.config;
    const rest = await ctx.runOnMainAsync<readonly DataFrameValue[]>('takeRest', key, node_id);
    // NB: frames that were fetched before can come after the rest, but are the older ones.
    await this.#forwarding;
    await this.#write(rest);
  }

  async #forward(ctx: Context): Promise<void> {
    const { key, node_id } = ctx.config;
    try {
      while (!this.#isEnding) {
        const frames = await ctx.runOnMainAsync<readonly DataFrameValue[] | undefined>(
          'takeTriggers',
          key,
          node_id,
        );
        if (frames === undefined) {
          ctx.end();
          return;
        }
        await this.#write(frames);
      }
    } catch (error) {
      ctx.log.error(`triggers of "${node_id}" are not taken any more: ${String(error)}`);
    }
  }

  async #write(frames: readonly DataFrameValue[]): Promise<void> {
    const output = this.#io.outputs.data;
    for (const frame of frames) {
      await output.ready();
      output.write(frameOfValue(frame, { acquire: (_type, shape) => output.acquire(shape) }));
    }
  }
}

/** Runtime's thread: the input of a source begins. */
export const beginInput = async (key: string, nodeId: string): Promise<void> =>
  (await channelsOf(key)).triggers.begin(nodeId);

/** Runtime's thread: the next frames for a source; undefined when no more come. */
export const takeTriggers = async (
  key: string,
  nodeId: string,
): Promise<readonly DataFrameValue[] | undefined> => (await channelsOf(key)).triggers.take(nodeId);

/** Runtime's thread: the frames for a source that still wait; what comes later waits for the next start. */
export const takeRest = async (key: string, nodeId: string): Promise<readonly DataFrameValue[]> =>
  (await channelsOf(key)).triggers.takeRest(nodeId);
