import type { LinkTap } from '../../server/runtime/index.ts';
import type {
  Processor,
  ProcessorDescriptor,
  ProcessorTypeEntry,
  RuntimeContext,
} from '../../server/runtime/processor.ts';
import { processorEntry } from './processor-entry.ts';

/* A processor that looks at a link from its own lane, and may end that lane. Its module's URL is a registry. */

const descriptor = {
  name: 'TapLooker',
  version: 1,
  description: 'Taps a link, takes frames and publishes `looked` with how many it has; or ends its thread.',
  tags: ['test'],
  inputs: {},
  outputs: {},
  configSchema: {
    type: 'object',
    properties: {
      link_id: { type: 'string', default: '', description: 'the link' },
      taps: { type: 'integer', minimum: 1, default: 1, description: 'how many taps it opens' },
      take: {
        type: 'integer',
        minimum: 1,
        default: 10,
        description: 'how many frames of the first it takes',
      },
      exits: { type: 'boolean', default: false, description: 'whether it ends its thread then' },
    },
    additionalProperties: false,
  },
  scheduling: { kind: 'manual' },
  async: true,
  dedicated: true,
} as const satisfies ProcessorDescriptor;

class TapLooker implements Processor<typeof descriptor> {
  static readonly descriptor = descriptor;

  async setup(ctx: RuntimeContext<typeof descriptor>): Promise<void> {
    const taps: LinkTap[] = [];
    for (let i = 0; i < ctx.config.taps; i++)
      taps.push(await ctx.taps.open(ctx.config.link_id, { maxRate: 1000 }));
    void this.#look(taps[0] as LinkTap, ctx);
  }

  async #look(tap: LinkTap, { config, events, id }: RuntimeContext<typeof descriptor>): Promise<void> {
    for (let taken = 0; taken < config.take; taken++) if ((await tap.next()).kind === 'end') return;
    events.publish(`processor:${id}`, { name: 'looked', data: { taken: config.take } });
    if (config.exits) setImmediate(() => process.exit(7));
  }

  process(): void {}
}

/** The list that makes this module a registry. */
export const processorTypes: readonly ProcessorTypeEntry[] = [processorEntry(TapLooker)];
