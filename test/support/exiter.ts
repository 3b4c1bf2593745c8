import type { Processor, ProcessorDescriptor } from '../../server/runtime/processor.ts';

const descriptor = {
  name: 'Exiter',
  version: 1,
  description: 'Ends its own thread in its first call.',
  tags: ['test'],
  inputs: {},
  outputs: {},
  configSchema: { type: 'object', properties: {}, additionalProperties: false },
  scheduling: { kind: 'loop', intervalUs: 1000 },
} as const satisfies ProcessorDescriptor;

/** Stands for everything that ends a lane from inside: a crash of native code, memory that runs out. */
export default class Exiter implements Processor<typeof descriptor> {
  static readonly descriptor = descriptor;

  process(): void {
    process.exit(7);
  }
}
