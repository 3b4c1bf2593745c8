import type {
  Processor,
  ProcessorDescriptor,
  ProcessorTypeEntry,
  RuntimeContext,
} from '../../server/runtime/processor.ts';
import { processorEntry } from './processor-entry.ts';

/* A processor that publishes events of its own. Its module's URL is a registry. */

const descriptor = {
  name: 'Publisher',
  version: 1,
  description: 'Publishes numbered events when it is set up, and then `done` with how many were taken.',
  tags: ['test'],
  inputs: {},
  outputs: {},
  configSchema: {
    type: 'object',
    properties: {
      topic: { type: 'string', default: 'custom-topic', description: 'where' },
      count: { type: 'integer', minimum: 1, default: 1, description: 'how many' },
      characters: { type: 'integer', minimum: 0, default: 0, description: 'how much text each has' },
    },
    additionalProperties: false,
  },
  scheduling: { kind: 'manual' },
} as const satisfies ProcessorDescriptor;

class Publisher implements Processor<typeof descriptor> {
  static readonly descriptor = descriptor;

  setup({ config, events, id }: RuntimeContext<typeof descriptor>): void {
    const text = 'x'.repeat(config.characters);
    let taken = 0;
    for (let number = 0; number < config.count; number++)
      if (events.publish(config.topic, { name: 'measured', data: { number, text } })) taken++;
    events.publish(`processor:${id}`, { name: 'done', data: { taken } });
  }

  process(): void {}
}

/** The list that makes this module a registry. */
export const processorTypes: readonly ProcessorTypeEntry[] = [processorEntry(Publisher)];
