import type {
  ConfigOf,
  Processor,
  ProcessorDescriptor,
  ProcessorIo,
  RuntimeContext,
} from '../../server/runtime/processor.ts';
import { BENCH_TOPIC } from '../support/ask-processor.ts';
import { EDITED_CONFIG } from '../support/edited-config.ts';
import { frameNumber } from '../support/frame-number.ts';
import { REPORT } from '../support/reports.ts';

const descriptor = {
  name: 'bench.Watcher',
  version: 1,
  description: 'Reads numbered frames and reports what was missing or out of order.',
  tags: ['bench'],
  inputs: { in: { frame: 'any', delivery: 'every', description: 'Numbered frames.' } },
  outputs: {},
  configSchema: EDITED_CONFIG,
} as const satisfies ProcessorDescriptor;

/** Reports {count, disordered, missing, silence_us}: the longest time between two frames. */
export class Watcher implements Processor<typeof descriptor> {
  static readonly descriptor: ProcessorDescriptor = descriptor;
  #count = 0;
  #disordered = 0;
  #missing = 0;
  #last = -1;
  #lastUs = 0;
  #silenceUs = 0;

  process({ inputs }: ProcessorIo<typeof descriptor>, { clock }: RuntimeContext<typeof descriptor>): void {
    const frame = inputs.in.read();
    if (frame === undefined) return;
    const number = frameNumber(frame);
    frame.release();
    const nowUs = clock.nowUs();
    if (this.#count++ > 0) this.#silenceUs = Math.max(this.#silenceUs, nowUs - this.#lastUs);
    this.#lastUs = nowUs;
    if (number <= this.#last) this.#disordered++;
    else this.#missing += number - this.#last - 1;
    this.#last = number;
  }

  configure({ live = true }: ConfigOf<typeof descriptor>): boolean {
    return live;
  }

  teardown({ events }: RuntimeContext<typeof descriptor>): void {
    const data = {
      count: this.#count,
      disordered: this.#disordered,
      missing: this.#missing,
      silence_us: this.#silenceUs,
    };
    events.publish(BENCH_TOPIC, { name: REPORT, data });
  }
}

/** The same under another name, which a Watcher can be replaced by. */
export class OtherWatcher extends Watcher {
  static override readonly descriptor = { ...descriptor, name: 'bench.OtherWatcher' };
}
