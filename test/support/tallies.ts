import { setTimeout as pause } from 'node:timers/promises';
import {
  DataFrame,
  type JsonObject,
  type Processor,
  type ProcessorDescriptor,
  type ProcessorIo,
  type ProcessorTypeEntry,
  type RuntimeContext,
  type StateOrigin,
} from '../../server/processor.ts';
import { processorEntry } from './processor-entry.ts';

/* Processors that go on counting over their restarts, and some that go wrong in it. Their module's URL is a registry. */

const tally = {
  name: 'Tally',
  version: 3,
  description: 'Passes frames on and counts them, also over restarts.',
  tags: ['test'],
  inputs: { data_in: { frame: DataFrame, description: 'values' } },
  outputs: { data_out: { frame: DataFrame, description: 'the same' } },
  configSchema: {
    type: 'object',
    properties: {
      gives: {
        enum: ['count', 'nothing', 'large', 'many', 'no_number', 'class', 'promise', 'circle', 'throw'],
        default: 'count',
        description: 'what checkpoint answers',
      },
      refuses: { type: 'boolean', default: false, description: 'restore throws' },
      at: { type: 'integer', default: 0, description: 'at which count something happens; 0 is never' },
      happens: { enum: ['throw', 'exit', 'hang'], default: 'throw', description: 'what happens' },
      busy_us: { type: 'number', default: 0, description: 'how long it computes per frame' },
    },
    additionalProperties: false,
  },
} as const satisfies ProcessorDescriptor;

/** Answers of `checkpoint` that are refused, but for the first two. */
const ANSWERS: Readonly<Record<string, (count: number) => unknown>> = {
  count: (count) => ({ count }),
  nothing: () => undefined,
  large: (count) => ({ count, text: 'é'.repeat(40_000) }),
  many: (count) => ({ count, values: new Array(100_000).fill(0) }),
  no_number: () => ({ list: [1, { count: Number.NaN }] }),
  class: () => ({ when: new Date(0) }),
  promise: async () => ({ count: 1 }),
  circle() {
    const circle: Record<string, unknown> = {};
    circle.self = circle;
    return circle;
  },
  throw() {
    throw new Error('no state today');
  },
};

/** Publishes `restored` with what it goes on with, and `counted` when it is torn down. */
class Tally implements Processor<typeof tally> {
  static readonly descriptor: ProcessorDescriptor = tally;
  #count = 0;

  process(
    { inputs, outputs }: ProcessorIo<typeof tally>,
    { config, clock }: RuntimeContext<typeof tally>,
  ): void {
    const frame = inputs.data_in.read();
    if (frame === undefined) return;
    outputs.data_out.write(frame);
    const untilUs = clock.nowUs() + (config.busy_us ?? 0);
    while (clock.nowUs() < untilUs);
    if (++this.#count !== config.at) return;
    if (config.happens === 'exit') process.exit(7);
    while (config.happens === 'hang');
    throw new Error('enough');
  }

  checkpoint({ config }: RuntimeContext<typeof tally>): JsonObject | undefined {
    return ANSWERS[config.gives ?? 'count']?.(this.#count) as JsonObject | undefined;
  }

  restore({ count }: JsonObject, origin: StateOrigin, ctx: RuntimeContext<typeof tally>): void {
    if (ctx.config.refuses) throw new Error('not that one');
    this.#count = Number(count);
    const { processorType, typeVersion } = origin;
    ctx.events.publish(`tally:${ctx.id}`, {
      name: 'restored',
      data: { count: this.#count, processor_type: processorType, type_version: typeVersion },
    });
  }

  teardown(ctx: RuntimeContext<typeof tally>): void {
    ctx.events.publish(`tally:${ctx.id}`, { name: 'counted', data: { count: this.#count } });
  }
}

/** Another type with the same ports, which understands what a Tally leaves. */
class TallyAgain extends Tally {
  static override readonly descriptor = { ...tally, name: 'TallyAgain', version: 1 } as const;
}

/** A type that keeps no state. */
class Untallied implements Processor<typeof tally> {
  static readonly descriptor = { ...tally, name: 'Untallied' } as const;

  process({ inputs, outputs }: ProcessorIo<typeof tally>): void {
    const frame = inputs.data_in.read();
    if (frame !== undefined) outputs.data_out.write(frame);
  }
}

const slowTally = {
  ...tally,
  name: 'SlowTally',
  description: 'Counts calls, each of which takes a while, and is inside a call at nearly any time.',
  inputs: {},
  outputs: {},
  scheduling: { kind: 'loop', intervalUs: 10 },
  async: true,
} as const satisfies ProcessorDescriptor;

/** Its count is odd while a call is in flight. */
class SlowTally implements Processor<typeof slowTally> {
  static readonly descriptor = slowTally;
  #halves = 0;

  async process(): Promise<void> {
    this.#halves++;
    await pause(5);
    this.#halves++;
  }

  checkpoint(): JsonObject {
    return { halves: this.#halves };
  }
}

/** The list that makes this module a registry. */
export const processorTypes: readonly ProcessorTypeEntry[] = [
  processorEntry(Tally),
  processorEntry(TallyAgain),
  processorEntry(Untallied),
  processorEntry(SlowTally),
];
