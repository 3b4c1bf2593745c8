import { DataFrame } from '../../server/runtime/frame/data-frame.ts';
import type {
  Processor,
  ProcessorDescriptor,
  ProcessorIo,
  RuntimeContext,
} from '../../server/runtime/processor.ts';
import { BENCH_TOPIC } from '../support/ask-processor.ts';
import { REPORT } from '../support/reports.ts';

const descriptor = {
  name: 'bench.HeapSink',
  version: 1,
  description:
    'Counts frames and reports by how much the heap of its lane grew meanwhile. Needs --expose-gc.',
  tags: ['bench'],
  inputs: { data: { frame: DataFrame, delivery: 'lossless', description: 'Frames of any kind.' } },
  outputs: {},
  configSchema: {
    type: 'object',
    properties: {
      count: {
        type: 'integer',
        minimum: 1,
        default: 1,
        description: 'After which frame the heap is measured.',
      },
      skipped: {
        type: 'integer',
        minimum: 0,
        default: 0,
        description: 'Frames before it is measured first.',
      },
    },
    additionalProperties: false,
  },
} as const satisfies ProcessorDescriptor;

/** Reports {count, grown_bytes}: what was reachable after the last frame beyond what was after the skipped ones. */
export class HeapSink implements Processor<typeof descriptor> {
  static readonly descriptor = descriptor;
  #count = 0;
  #first = 0;
  #last = 0;
  #beforeBytes = 0;
  #grownBytes = 0;

  setup({ config }: RuntimeContext<typeof descriptor>): void {
    this.#first = config.skipped ?? 0;
    this.#last = config.count ?? 1;
  }

  process({ inputs }: ProcessorIo<typeof descriptor>): void {
    const frame = inputs.data.read();
    if (frame === undefined) return;
    frame.release();
    this.#count++;
    if (this.#count === this.#first) this.#beforeBytes = reachableBytes();
    if (this.#count === this.#last) this.#grownBytes = reachableBytes() - this.#beforeBytes;
  }

  teardown({ events }: RuntimeContext<typeof descriptor>): void {
    const data = { count: this.#count, grown_bytes: this.#grownBytes };
    events.publish(BENCH_TOPIC, { name: REPORT, data });
  }
}

function reachableBytes(): number {
  if (gc === undefined) throw new Error('node must be started with --expose-gc');
  gc();
  gc();
  return process.memoryUsage().heapUsed;
}
