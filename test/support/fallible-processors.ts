import { isMainThread } from 'node:worker_threads';
import { DataFrame } from '../../server/runtime/frame/data-frame.ts';
import type {
  Processor,
  ProcessorDescriptor,
  ProcessorIo,
  ProcessorTypeEntry,
  RuntimeContext,
} from '../../server/runtime/processor.ts';

/* Processors whose setup fails as their config says. Their module's URL is a registry. */

const fallible = {
  version: 1,
  tags: ['test'],
  name: 'Fallible',
  description: 'Passes every frame on; its setup does what `setup` says.',
  inputs: { data_in: { frame: DataFrame, description: 'values', many: true } },
  outputs: { data_out: { frame: DataFrame, description: 'values' } },
  configSchema: {
    type: 'object',
    properties: {
      setup: {
        enum: ['ends', 'throws', 'never_ends', 'holds', 'exits'],
        default: 'ends',
        description: 'whether it throws, waits or loops for ever, or ends its thread',
      },
      label: { type: 'string', default: '', description: 'is taken live unless `setup` changes with it' },
    },
    additionalProperties: false,
  },
  async: true,
} as const satisfies ProcessorDescriptor;

/** Takes a new label live, and begins anew with another `setup`. Publishes `torn_down` under its id. */
export class Fallible implements Processor<typeof fallible> {
  static readonly descriptor = fallible;
  #setup: string | undefined;

  async setup(ctx: RuntimeContext<typeof fallible>): Promise<void> {
    this.#setup = ctx.config.setup;
    switch (ctx.config.setup) {
      case 'throws':
        throw new Error('no such device');
      case 'never_ends':
        return new Promise(() => {});
      case 'holds':
        for (;;);
      case 'exits':
        process.exit(3);
    }
  }

  process(io: ProcessorIo<typeof fallible>): void {
    using frame = io.inputs.data_in.read();
    if (frame !== undefined) io.outputs.data_out.write(frame);
  }

  configure({ setup }: { setup?: string }): boolean {
    return setup === this.#setup;
  }

  teardown(ctx: RuntimeContext<typeof fallible>): void {
    ctx.events.publish(ctx.id, { name: 'torn_down' });
  }
}

const unloadable = { ...fallible, name: 'MainOnly', description: 'No lane can load it.' } as const;

/** Known to the runtime, which has to load it to know what it is. */
class MainOnly extends Fallible {
  static override readonly descriptor = unloadable as never;
}

const newest = {
  ...fallible,
  name: 'Newest',
  description: 'Is content with the newest frame.',
  inputs: { data_in: { ...fallible.inputs.data_in, delivery: 'latest' } },
} as const;

/** As Fallible, with an input that asks for another delivery. */
class Newest extends Fallible {
  static override readonly descriptor = newest as never;
}

/** The address of this module. */
export const FALLIBLE_REGISTRY = import.meta.url;

/** The list that makes this module a registry. */
export const processorTypes: readonly ProcessorTypeEntry[] = [
  { type: 'Fallible', load: async () => ({ default: Fallible }) },
  { type: 'Newest', load: async () => ({ default: Newest }) },
  {
    type: 'MainOnly',
    load: async () => {
      if (!isMainThread) throw new Error('the module is broken');
      return { default: MainOnly };
    },
  },
];
