import type { MediaClock } from '../clock.ts';
import type { LinkRecord, ProcessorRecord, Records } from '../commit/records.ts';
import type { LinkId, ProcessorId } from '../ids.ts';
import { readProcessorTotals } from '../lane/processor-counters.ts';
import type { ProcessorLoad } from '../plan/index.ts';

/** A load is the difference over so many intervals: long enough not to follow every burst. */
const WINDOW_INTERVALS = 3;

/** A shorter difference says little. */
const SHORTEST_SHARE_OF_INTERVAL = 0.5;

interface Reading {
  readonly timeUs: number;
  readonly busyUs: number;
  readonly calls: number;
}

interface ProcessorReadings {
  instance: number;
  processorType: string;
  readings: Reading[];
  load: ProcessorLoad | undefined;
}

interface LinkReadings {
  readings: { readonly timeUs: number; readonly produced: number }[];
  framesPerSecond: number | undefined;
}

/** What the sampler needs. */
export interface LoadSamplerOptions {
  readonly records: Records;
  readonly clock: Pick<MediaClock, 'nowUs'>;
  /** How often it looks. */
  readonly intervalMs: number;
  /** Called after it has looked. */
  onSampled(): void;
}

/**
 * What processors cost and links carry, from the counters that their lanes write: looked at now and then on the
 * runtime's thread, and only differences count. Over a restart the last figures are kept until there are new ones.
 */
export class LoadSampler implements Disposable {
  readonly #options: LoadSamplerOptions;
  readonly #processors = new WeakMap<ProcessorRecord, ProcessorReadings>();
  readonly #links = new WeakMap<LinkRecord, LinkReadings>();
  readonly #timer: NodeJS.Timeout;

  constructor(options: LoadSamplerOptions) {
    this.#options = options;
    this.#timer = setInterval(() => this.sample(), options.intervalMs);
    this.#timer.unref();
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }

  /** Undefined until it was measured. */
  loadOf(id: ProcessorId): ProcessorLoad | undefined {
    const record = this.#options.records.processors.get(id);
    const known = record && this.#processors.get(record);
    // What another type took says nothing about the one that replaced it.
    return known?.processorType === record?.spec.processorType ? known?.load : undefined;
  }

  /** What was written to a link per second; undefined until it was measured. */
  framesPerSecondOf(id: LinkId): number | undefined {
    const record = this.#options.records.links.get(id);
    return record && this.#links.get(record)?.framesPerSecond;
  }

  /** Looks at the counters of everything that runs. */
  sample(): void {
    const { records, clock } = this.#options;
    for (const record of records.processors.values())
      if (record.state === 'running') this.#sampleProcessor(record, clock.nowUs());
    for (const record of records.links.values())
      if (record.wiring !== undefined) this.#sampleLink(record, clock.nowUs());
    this.#options.onSampled();
  }

  #sampleProcessor(record: ProcessorRecord, timeUs: number): void {
    const { processorType } = record.spec;
    const totals = readProcessorTotals(record.counters);
    if (totals === undefined) return;
    const { calls, busyUs } = totals;
    let known = this.#processors.get(record);
    if (known === undefined || known.processorType !== processorType) {
      known = { instance: record.instance, processorType, readings: [], load: undefined };
      this.#processors.set(record, known);
    } else if (known.instance !== record.instance) {
      known.instance = record.instance;
      known.readings = [];
    }
    const seconds = this.#keep(known.readings, { timeUs, busyUs, calls });
    const [oldest] = known.readings;
    if (seconds === undefined || oldest === undefined) return;
    known.load = {
      busyShare: (busyUs - oldest.busyUs) / 1e6 / seconds,
      callsPerSecond: (calls - oldest.calls) / seconds,
    };
  }

  #sampleLink(record: LinkRecord, timeUs: number): void {
    let known = this.#links.get(record);
    if (known === undefined) {
      known = { readings: [], framesPerSecond: undefined };
      this.#links.set(record, known);
    }
    const { produced } = record.counters.read(record.wiring?.rings);
    const seconds = this.#keep(known.readings, { timeUs, produced });
    const [oldest] = known.readings;
    if (seconds !== undefined && oldest !== undefined)
      known.framesPerSecond = (produced - oldest.produced) / seconds;
  }

  /** Adds a reading and drops those that are too old; answers how many seconds lie between oldest and newest. */
  #keep<R extends { readonly timeUs: number }>(readings: R[], reading: R): number | undefined {
    const intervalUs = this.#options.intervalMs * 1000;
    readings.push(reading);
    while (readings.length > WINDOW_INTERVALS + 1) readings.shift();
    const elapsedUs = reading.timeUs - (readings[0]?.timeUs ?? reading.timeUs);
    return elapsedUs >= intervalUs * SHORTEST_SHARE_OF_INTERVAL ? elapsedUs / 1e6 : undefined;
  }
}
