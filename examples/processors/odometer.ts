import {
  DataFrame,
  dataLayout,
  type JsonObject,
  type Processor,
  type ProcessorDescriptor,
  type ProcessorIo,
  type RuntimeContext,
  type StateOrigin,
} from '../../server/processor.ts';

const descriptor = {
  name: 'Odometer',
  version: 1,
  description: 'Adds up every value of a channel, and never forgets the sum.',
  tags: ['example'],
  inputs: { data_in: { frame: DataFrame, description: 'Distances.' } },
  outputs: { data_out: { frame: DataFrame, description: 'One frame for each, with the channel `total`.' } },
  configSchema: {
    type: 'object',
    additionalProperties: false,
    properties: { channel: { type: 'string', default: 'distance', description: 'What is added up.' } },
  },
} as const satisfies ProcessorDescriptor;

const TOTAL = dataLayout({ total: 1 });

/** A processor with a state: its restart, its move to another lane, even the loss of its lane is no end of its sum. */
export default class Odometer implements Processor<typeof descriptor> {
  static readonly descriptor = descriptor;
  #total = 0;

  process(io: ProcessorIo<typeof descriptor>, { config }: RuntimeContext<typeof descriptor>): void {
    using frame = io.inputs.data_in.read();
    if (frame === undefined) return;
    for (const value of frame.channel(config.channel ?? 'distance')) this.#total += value;
    const result = io.outputs.data_out.acquire(TOTAL);
    result.timestampUs = frame.timestampUs;
    result.sequenceId = frame.sequenceId;
    result.channelAt(0)[0] = this.#total;
    io.outputs.data_out.write(result);
  }

  checkpoint(): JsonObject {
    return { total: this.#total };
  }

  restore({ total }: JsonObject, { processorType }: StateOrigin): void {
    // What another type has left, before this one took its place, means nothing here.
    if (processorType !== descriptor.name) return;
    if (typeof total !== 'number')
      throw new Error(`state.total must be a number, was ${JSON.stringify(total)}`);
    this.#total = total;
  }
}
