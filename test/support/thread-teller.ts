import { readFileSync } from 'node:fs';
import type { Processor, ProcessorDescriptor, RuntimeContext } from '../../server/runtime/processor.ts';

const descriptor = {
  name: 'ThreadTeller',
  version: 1,
  description: 'Tells how urgent its thread is.',
  tags: ['test'],
  inputs: {},
  outputs: {},
  configSchema: { type: 'object', properties: {}, additionalProperties: false },
  scheduling: { kind: 'manual' },
} as const satisfies ProcessorDescriptor;

/** Warns of the nice value and the scheduling policy of the thread that calls `setup`, as Linux tells them. */
export default class ThreadTeller implements Processor<typeof descriptor> {
  static readonly descriptor = descriptor;

  setup(ctx: RuntimeContext<typeof descriptor>): void {
    // The fields after the name, which stands in parentheses: see proc_pid_stat(5), of which the third is here the first.
    const fields = readFileSync('/proc/thread-self/stat', 'utf8').split(') ').at(-1)?.split(' ') ?? [];
    ctx.log.warn('thread', { nice: Number(fields[19 - 3]), policy: Number(fields[41 - 3]) });
  }

  process(): void {}
}
