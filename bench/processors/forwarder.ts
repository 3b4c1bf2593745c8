import { DataFrame } from '../../server/runtime/frame/data-frame.ts';
import type { Processor, ProcessorDescriptor, ProcessorIo } from '../../server/runtime/processor.ts';

const descriptor = {
  name: 'bench.Forwarder',
  version: 1,
  description: 'Writes on what it reads.',
  tags: ['bench'],
  inputs: { data_in: { frame: DataFrame, delivery: 'lossless', description: 'Any data.' } },
  outputs: { data_out: { frame: DataFrame, description: 'The same frames.' } },
  configSchema: { type: 'object', properties: {}, additionalProperties: false },
} as const satisfies ProcessorDescriptor;

/** The least that a processor can do. */
export class Forwarder implements Processor<typeof descriptor> {
  static readonly descriptor = descriptor;

  process({ inputs, outputs }: ProcessorIo<typeof descriptor>): void {
    const frame = inputs.data_in.read();
    if (frame !== undefined) outputs.data_out.write(frame);
  }
}
