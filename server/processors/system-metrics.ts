import { Pacer } from '../recordings/pacer.ts';
import { StreamlibError } from '../runtime/errors.ts';
import { DataFrame, type DataLayout, dataLayout } from '../runtime/frame/data-frame.ts';
import type {
  ConfigOf,
  Processor,
  ProcessorDescriptor,
  ProcessorIo,
  RuntimeContext,
} from '../runtime/processor.ts';
import type { ReadSystemCounters, SystemCounters } from './system-metrics/system-counters.ts';
import { systemFigures } from './system-metrics/system-figures.ts';

const descriptor = {
  name: 'SystemMetrics',
  version: 1,
  description:
    'Measures this machine: processors, load, memory, network and disks. Channels: cpu_percent and cpu_{n}_percent for each core, load_1m, load_5m, load_15m, memory_used_bytes, memory_total_bytes, memory_percent, network_rx_bytes_per_s, network_tx_bytes_per_s, disk_read_bytes_per_s, disk_write_bytes_per_s, disk_used_bytes, disk_total_bytes, disk_percent. Network and disk traffic are measured on Linux only; load is not on Windows.',
  tags: ['data', 'source', 'system'],
  inputs: {},
  outputs: {
    data: {
      frame: DataFrame,
      description: 'One frame per period; rates and percentages are those of the period.',
    },
  },
  configSchema: {
    type: 'object',
    additionalProperties: false,
    properties: {
      rate_hz: {
        type: 'number',
        description: 'Frames per second. Changes take effect live.',
        minimum: 0.001,
        maximum: 50,
        default: 1,
      },
      disk_path: {
        type: 'string',
        description: 'A path on the file system whose usage is measured.',
        minLength: 1,
        maxLength: 4096,
        default: '/',
      },
    },
  },
  scheduling: { kind: 'loop', intervalUs: 10_000 },
} as const satisfies ProcessorDescriptor;

/** The figures of the machine it runs on, the first of them one period after the start. */
export default class SystemMetrics implements Processor<typeof descriptor> {
  static readonly descriptor = descriptor;
  #config!: ConfigOf<typeof descriptor>;
  #pacer!: Pacer;
  #readCounters!: ReadSystemCounters;
  #last!: SystemCounters;
  #layout: DataLayout = dataLayout({});
  #sequence = 0;

  async setup(ctx: RuntimeContext<typeof descriptor>): Promise<void> {
    this.#config = ctx.config;
    this.#readCounters =
      process.platform === 'linux'
        ? (await import('./system-metrics/linux.ts')).readLinuxCounters
        : (await import('./system-metrics/portable.ts')).readPortableCounters;
    try {
      this.#last = this.#readCounters(ctx.clock.nowUs(), ctx.config.disk_path);
    } catch (cause) {
      const text = `cannot measure with config.disk_path ${JSON.stringify(ctx.config.disk_path)}: ${(cause as Error).message}`;
      throw new StreamlibError('SETUP_FAILED', text, { path: 'config.disk_path', cause });
    }
    this.#beginPeriod(ctx);
  }

  configure(config: ConfigOf<typeof descriptor>, ctx: RuntimeContext<typeof descriptor>): boolean {
    if (config.disk_path !== this.#config.disk_path) return false;
    this.#config = config;
    this.#beginPeriod(ctx);
    return true;
  }

  process({ outputs }: ProcessorIo<typeof descriptor>, ctx: RuntimeContext<typeof descriptor>): void {
    if (!this.#pacer.take(1e6 / this.#config.rate_hz)) return;
    const now = this.#readCounters(ctx.clock.nowUs(), this.#config.disk_path);
    const figures = systemFigures(this.#last, now);
    this.#last = now;
    const frame = outputs.data.acquire(this.#layoutOf(figures));
    frame.timestampUs = ctx.clock.utcUs();
    frame.sequenceId = this.#sequence++;
    this.#layout.channelNames.forEach((name, index) => {
      frame.channelAt(index)[0] = figures[name] as number;
    });
    outputs.data.write(frame);
  }

  #beginPeriod(ctx: RuntimeContext<typeof descriptor>): void {
    this.#pacer = new Pacer(ctx.clock);
    this.#pacer.take(1e6 / this.#config.rate_hz);
  }

  /** The same layout again as long as the same things are measured; a core or a disk may come and go. */
  #layoutOf(figures: Record<string, number>): DataLayout {
    const names = Object.keys(figures);
    const known = this.#layout.channelNames;
    if (names.length !== known.length || names.some((name, index) => name !== known[index])) {
      this.#layout = dataLayout(Object.fromEntries(names.map((name) => [name, 1])));
    }
    return this.#layout;
  }
}
