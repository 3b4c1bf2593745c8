import type {
  ConfigOf,
  Processor,
  ProcessorDescriptor,
  ProcessorIo,
} from '../../server/runtime/processor.ts';
import { EDITED_CONFIG } from '../support/edited-config.ts';

const descriptor = {
  name: 'bench.Passer',
  version: 1,
  description: 'Writes on what it reads, whatever it is.',
  tags: ['bench'],
  inputs: { in: { frame: 'any', delivery: 'every', description: 'Any frames.' } },
  outputs: { out: { frame: 'any', description: 'The same frames.' } },
  configSchema: EDITED_CONFIG,
} as const satisfies ProcessorDescriptor;

/** In the middle of a branch that is edited. */
export class Passer implements Processor<typeof descriptor> {
  static readonly descriptor: ProcessorDescriptor = descriptor;

  process({ inputs, outputs }: ProcessorIo<typeof descriptor>): void {
    const frame = inputs.in.read();
    if (frame !== undefined) outputs.out.write(frame);
  }

  configure({ live = true }: ConfigOf<typeof descriptor>): boolean {
    return live;
  }
}

/** The same under another name, which a Passer can be replaced by. */
export class OtherPasser extends Passer {
  static override readonly descriptor = { ...descriptor, name: 'bench.OtherPasser' };
}
