import type { Processor, ProcessorDescriptor, RuntimeContext } from '../../server/runtime/processor.ts';

const SLICE_US = 1000;

const descriptor = {
  name: 'bench.Burner',
  version: 1,
  description: 'Computes without a pause, in slices of a millisecond.',
  tags: ['bench'],
  inputs: {},
  outputs: {},
  configSchema: { type: 'object', properties: {}, additionalProperties: false },
  scheduling: { kind: 'loop', intervalUs: 1 },
  dedicated: true,
} as const satisfies ProcessorDescriptor;

/** Keeps its lane as busy as the scheduler of the system lets it. */
export class Burner implements Processor<typeof descriptor> {
  static readonly descriptor = descriptor;

  process(_io: unknown, { clock }: RuntimeContext<typeof descriptor>): void {
    const endUs = clock.nowUs() + SLICE_US;
    while (clock.nowUs() < endUs);
  }
}
