import {
  DataFrame,
  inputPort,
  outputPort,
  type Processor,
  type ProcessorDescriptor,
  type ProcessorIo,
  type RuntimeContext,
} from '../../server/processor.ts';

const shape = {
  version: 1,
  tags: ['example'],
  inputs: { data: { frame: DataFrame, description: 'Any frame: the first one starts the work.' } },
  outputs: {},
  configSchema: {
    type: 'object',
    properties: {
      gain: { type: 'number', default: 0.5, description: 'Gain of the branch that it builds.' },
    },
    additionalProperties: false,
  },
} as const;

const descriptor = {
  ...shape,
  name: 'Orchestrator',
  description: 'Builds a branch of three processors from inside process, without waiting for it.',
} as const satisfies ProcessorDescriptor;

/** The branch that both orchestrators build. Resolves when it is in the graph. */
async function buildBranch(ctx: RuntimeContext<typeof descriptor>): Promise<void> {
  const { runtime, id, config } = ctx;
  const ids = { tone: `${id}-tone`, gain: `${id}-gain`, sink: `${id}-sink` };
  // Commands are executed in the order in which they are started, so nothing here has to wait for the one before.
  await Promise.all([
    runtime.addProcessor({ type: 'SineGenerator', id: ids.tone }),
    runtime.addProcessor({ type: 'Gain', id: ids.gain, config: { gain: config.gain ?? 0.5 } }),
    runtime.addProcessor({ type: 'NullSink', id: ids.sink }),
    runtime.connect(outputPort(ids.tone, 'audio'), inputPort(ids.gain, 'audio_in')),
    runtime.connect(outputPort(ids.gain, 'audio_out'), inputPort(ids.sink, 'data')),
  ]);
}

/**
 * A synchronous `process` may start commands and must not wait for them: its lane would never come to settle them.
 */
export default class Orchestrator implements Processor<typeof descriptor> {
  static readonly descriptor = descriptor;
  #isBuilding = false;

  process(io: ProcessorIo<typeof descriptor>, ctx: RuntimeContext<typeof descriptor>): void {
    using _frame = io.inputs.data.read();
    if (this.#isBuilding) return;
    this.#isBuilding = true;
    buildBranch(ctx).then(
      () => ctx.events.publish(`processor:${ctx.id}`, { name: 'branch_built' }),
      (error: Error) => ctx.log.error(`the branch could not be built: ${error.message}`),
    );
  }
}

const asyncDescriptor = {
  ...shape,
  name: 'AsyncOrchestrator',
  description: 'Builds a branch of three processors from inside an async process, and waits for it.',
  async: true,
} as const satisfies ProcessorDescriptor;

/** An `async` process may wait: its lane goes on turning, and it is called again when it has settled. */
export class AsyncOrchestrator implements Processor<typeof asyncDescriptor> {
  static readonly descriptor = asyncDescriptor;
  #isBuilt = false;

  async process(
    io: ProcessorIo<typeof asyncDescriptor>,
    ctx: RuntimeContext<typeof asyncDescriptor>,
  ): Promise<void> {
    using _frame = io.inputs.data.read();
    if (this.#isBuilt) return;
    this.#isBuilt = true;
    await buildBranch(ctx as unknown as RuntimeContext<typeof descriptor>);
    ctx.events.publish(`processor:${ctx.id}`, { name: 'branch_built' });
  }
}
