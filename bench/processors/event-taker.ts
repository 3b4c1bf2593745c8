import type { EventListener } from '../../server/runtime/events/bus.ts';
import type { Processor, ProcessorDescriptor, RuntimeContext } from '../../server/runtime/processor.ts';

const descriptor = {
  name: 'bench.EventTaker',
  version: 1,
  description: 'Listens to every topic and says what it heard when an event `report` comes.',
  tags: ['bench'],
  inputs: {},
  outputs: {},
  configSchema: { type: 'object', properties: {}, additionalProperties: false },
  scheduling: { kind: 'manual' },
} as const satisfies ProcessorDescriptor;

/** Publishes `heard` with {count, missed, in_order}. */
export class EventTaker implements Processor<typeof descriptor> {
  static readonly descriptor = descriptor;
  #listener: EventListener | undefined;
  #count = 0;
  #missed = 0;
  #last = 0n;
  #inOrder = true;

  setup({ events }: RuntimeContext<typeof descriptor>): void {
    this.#listener = events.subscribe(
      '*',
      ({ sequence, payload }, { missed }) => {
        this.#count++;
        this.#missed += missed;
        this.#inOrder &&= sequence > this.#last;
        this.#last = sequence;
        if (payload.case !== 'custom' || payload.value.name !== 'report') return;
        const data = { count: this.#count, missed: this.#missed, in_order: this.#inOrder };
        events.publish('bench', { name: 'heard', data });
      },
      { queueLimit: 65_536 },
    );
  }

  process(): void {}

  teardown(): void {
    this.#listener?.[Symbol.dispose]();
  }
}
