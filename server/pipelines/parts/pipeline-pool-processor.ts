import { LastTime } from '../../runtime/clock.ts';
import { StreamlibError } from '../../runtime/errors.ts';
import { FramePool } from '../../runtime/frame/frame-pool.ts';
import type { Processor, ProcessorDescriptor, RuntimeContext } from '../../runtime/processor.ts';
import type { NodeSurroundings } from '../instance/node-surroundings.ts';
import { PipelineInstance } from '../instance/pipeline-instance.ts';
import { LocalInstanceHost } from '../pool/local-instance-host.ts';
import { ListLoader } from './list-loader.ts';
import { channelsOf } from './pipeline-channels.ts';
import type { PoolBlueprint, PoolInstances, PoolOrder, PoolReport } from './pool-messages.ts';

const descriptor = {
  name: 'PipelinePool',
  version: 1,
  description:
    'Holds the config of a pipeline and the instances that its executions run on. Pipelines add it themselves.',
  tags: ['data', 'pipeline'],
  inputs: {},
  outputs: {},
  configSchema: {
    type: 'object',
    additionalProperties: false,
    required: ['key', 'pipeline'],
    properties: {
      key: { type: 'string', minLength: 1, description: 'What the pipeline is known by to its parts.' },
      pipeline: { type: 'object', description: 'The config of the pipeline. Changes take effect live.' },
    },
  },
  scheduling: { kind: 'manual' },
  async: true,
} as const satisfies ProcessorDescriptor;

type Context = RuntimeContext<typeof descriptor>;

/** After this time reports are sent though orders are left, so that one long execution holds no answer back. */
const REPORT_AFTER_US = 2000;

/** The instances of one pipeline, in the lane that all pools share. */
export default class PipelinePoolProcessor implements Processor<typeof descriptor> {
  static readonly descriptor = descriptor;
  readonly #time = new LastTime();
  readonly #frames = new FramePool(this.#time);
  #host: LocalInstanceHost | undefined;
  /** Hosts of earlier configs, until their last executions have ended. */
  #createdBefore = 0;
  #reports: PoolReport[] = [];
  #isFlushDue = false;
  #reportedUs = 0;
  #isEnding = false;

  async setup(ctx: Context): Promise<void> {
    const blueprint = await ctx.runOnMainAsync<PoolBlueprint>('openPool', ctx.config.key);
    this.#host = this.#createHost(blueprint, ctx);
    // So that a pipeline whose nodes cannot be set up says so before its first execution.
    await this.#host.warmUp();
    await ctx.runOnMainAsync('beginPool', ctx.config.key, this.#instances);
    void this.#work(ctx);
  }

  process(): void {}

  configure({ key }: Context['config'], ctx: Context): boolean {
    return key === ctx.config.key;
  }

  async teardown(ctx: Context): Promise<void> {
    this.#isEnding = true;
    await this.#host?.close();
    await ctx.runOnMainAsync('endPool', ctx.config.key);
  }

  get #instances(): PoolInstances {
    const { idle = 0, instancesCreated = 0 } = this.#host ?? {};
    return { idle, instancesCreated: this.#createdBefore + instancesCreated };
  }

  #createHost({ pipeline, pipelineId, registries }: PoolBlueprint, ctx: Context): LocalInstanceHost {
    const loader = new ListLoader(registries);
    const { runtime, events, taps, clock, log } = ctx;
    const surroundings: NodeSurroundings = {
      runtime,
      events,
      taps,
      clock,
      log,
      callOnMain: (type, exportName, args) =>
        ctx.runOnMainAsync<unknown>('callNode', registries, type, exportName, args),
    };
    return new LocalInstanceHost(() =>
      PipelineInstance.create({ pipeline, pipelineId, loader, surroundings, pool: this.#frames }),
    );
  }

  async #work(ctx: Context): Promise<void> {
    try {
      while (!this.#isEnding) {
        const orders = await ctx.runOnMainAsync<readonly PoolOrder[]>('takeOrders', ctx.config.key);
        this.#time.read();
        this.#reportedUs = this.#time.us;
        for (const order of orders) this.#follow(order, ctx);
      }
    } catch (error) {
      if (!this.#isEnding) ctx.log.error(`executions are not taken any more: ${String(error)}`);
    }
  }

  #follow(order: PoolOrder, ctx: Context): void {
    const host = this.#host;
    if (host === undefined) return;
    switch (order.order) {
      case 'abandon':
        host.abandon(order.executionId);
        return;
      case 'rebuild':
        this.#createdBefore += host.instancesCreated;
        this.#host = this.#createHost(order.blueprint, ctx);
        void host.retire();
        return;
      case 'run': {
        const { executionId, input } = order;
        const run = host.run(executionId, input, (outcome) => {
          if (outcome.error === undefined)
            this.#report({ report: 'outputs', executionId, outputs: outcome.outputs }, ctx);
          else this.#report({ report: 'error', executionId, error: outcome.error.toPlain() }, ctx);
        });
        void run.then(() => this.#report({ report: 'back', executionId }, ctx));
        this.#time.read();
        if (this.#time.us - this.#reportedUs > REPORT_AFTER_US) this.#flush(ctx);
      }
    }
  }

  #report(report: PoolReport, ctx: Context): void {
    this.#reports.push(report);
    if (this.#isFlushDue) return;
    this.#isFlushDue = true;
    setImmediate(() => this.#flush(ctx));
  }

  #flush(ctx: Context): void {
    this.#isFlushDue = false;
    this.#reportedUs = this.#time.us;
    const reports = this.#reports;
    this.#reports = [];
    if (reports.length === 0 || this.#isEnding) return;
    ctx.runOnMainAsync('reportExecutions', ctx.config.key, reports, this.#instances).catch((error) => {
      ctx.log.error(`what became of executions is not known: ${String(error)}`);
    });
  }
}

/** Runtime's thread: the lane begins. */
export const openPool = async (key: string): Promise<PoolBlueprint> => (await channelsOf(key)).pool.open();

/** Runtime's thread: the lane takes executions from now on. */
export async function beginPool(key: string, instances: PoolInstances): Promise<void> {
  const { pool } = await channelsOf(key);
  pool.begin();
  pool.receive([], instances);
}

/** Runtime's thread: what the lane is to do next. */
export const takeOrders = async (key: string): Promise<readonly PoolOrder[]> =>
  (await channelsOf(key)).pool.take();

/** Runtime's thread: what the lane has done. */
export async function reportExecutions(
  key: string,
  reports: readonly PoolReport[],
  instances: PoolInstances,
): Promise<void> {
  (await channelsOf(key)).pool.receive(reports, instances);
}

/** Runtime's thread: the lane ends. */
export async function endPool(key: string): Promise<void> {
  (await channelsOf(key)).pool.lose(new StreamlibError('CANCELLED', 'the pool ended'));
}

/** Runtime's thread: a node calls an export of its own module. */
export async function callNode(
  registries: readonly string[],
  type: string,
  exportName: string,
  args: readonly unknown[],
): Promise<unknown> {
  const target = (await new ListLoader(registries).loadModule(type))[exportName];
  if (typeof target === 'function') return target(...args);
  const message = `the module of ${type} exports no function ${exportName}`;
  throw new StreamlibError('FIELD_INVALID', message, { path: 'exportName' });
}
