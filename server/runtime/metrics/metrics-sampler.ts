import type { MediaClock } from '../clock.ts';
import type { LaneHandle } from '../commit/lane-handle.ts';
import type { LinkRecord, ProcessorRecord, Records } from '../commit/records.ts';
import { type LaneLoad, readLaneLoad } from '../lane/lane-heartbeat.ts';
import { type ProcessorTimes, readProcessorTimes } from '../lane/processor-counters.ts';
import type { LinkCounts } from '../link/link-counters.ts';

/** How many samples are kept: the answer is taken over two to three intervals. */
const KEPT_SAMPLES = 3;
/** Sampling a large graph may take this share of the runtime's thread; it is done less often then. */
const MOST_SHARE = 0.02;

/** What the sampler looks at. */
export interface MetricsSamplerOptions {
  readonly records: Records;
  lanes(): Iterable<LaneHandle>;
  readonly heartbeats: SharedArrayBuffer;
  readonly clock: Pick<MediaClock, 'nowUs'>;
  /** How often it looks; undefined looks once, and the answer is taken over all the time since. */
  readonly intervalMs: number | undefined;
}

interface LinkReading {
  readonly counts: LinkCounts;
  /** The most that waited at once since the reading before. */
  readonly mostQueued: number;
}

interface Sample {
  readonly timeUs: number;
  readonly processors: ReadonlyMap<ProcessorRecord, ProcessorTimes>;
  readonly links: ReadonlyMap<LinkRecord, LinkReading>;
  readonly lanes: ReadonlyMap<LaneHandle, LaneLoad>;
}

/** How something went in an interval. */
export interface ProcessorRates {
  readonly framesInPerSecond: number;
  readonly framesOutPerSecond: number;
  readonly busyFraction: number;
  readonly blockedFraction: number;
}

/** How a link went in an interval. */
export interface LinkRates {
  readonly deliveredPerSecond: number;
  readonly droppedPerSecond: number;
  readonly fullPerSecond: number;
  readonly maxQueuedFrames: number;
}

/** How a lane went in an interval. */
export interface LaneRates {
  readonly busyFraction: number;
  readonly heapBytes: number;
}

/**
 * Keeps what was counted at a few moments, so that whoever asks gets differences: how often others ask makes no
 * difference to them. On the runtime's thread; no lane is asked or stopped.
 */
export class MetricsSampler implements Disposable {
  readonly #options: MetricsSamplerOptions;
  readonly #samples: Sample[] = [];
  #timer: NodeJS.Timeout | undefined;

  constructor(options: MetricsSamplerOptions) {
    this.#options = options;
    this.#samples.push(this.#look(true));
    if (options.intervalMs !== undefined) this.#plan(options.intervalMs);
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
  }

  /** What changed up to now since the oldest of the samples. */
  measure(): MeasuredInterval {
    return new MeasuredInterval(this.#samples, this.#look(false));
  }

  /** Keeps how things stand now. It is called by itself. */
  sample(): void {
    this.#samples.push(this.#look(true));
    if (this.#samples.length > KEPT_SAMPLES) this.#samples.shift();
  }

  #plan(intervalMs: number): void {
    const { clock } = this.#options;
    this.#timer = setTimeout(() => {
      const startedUs = clock.nowUs();
      this.sample();
      const tookMs = (clock.nowUs() - startedUs) / 1000;
      this.#plan(Math.max(this.#options.intervalMs ?? intervalMs, tookMs / MOST_SHARE));
    }, intervalMs).unref();
  }

  /** NB: the most that waited begins anew with each sample, and not because somebody asks. */
  #look(isSample: boolean): Sample {
    const { records, lanes, heartbeats, clock } = this.#options;
    const timeUs = clock.nowUs();
    const processors = new Map<ProcessorRecord, ProcessorTimes>();
    for (const record of records.processors.values())
      processors.set(record, readProcessorTimes(new Float64Array(record.counters), timeUs));
    const links = new Map<LinkRecord, LinkReading>();
    for (const record of records.links.values()) {
      const { counters, wiring } = record;
      const counts = counters.read(wiring?.rings);
      const mostQueued = isSample ? counters.takeMostQueued() : counters.mostQueued;
      links.set(record, { counts, mostQueued: Math.max(mostQueued, counts.queued) });
    }
    const loads = new Map<LaneHandle, LaneLoad>();
    for (const lane of lanes()) loads.set(lane, readLaneLoad(heartbeats, lane.laneIndex, timeUs));
    return { timeUs, processors, links, lanes: loads };
  }
}

/** What changed between samples and one moment. */
export class MeasuredInterval {
  readonly #samples: readonly Sample[];
  readonly #now: Sample;

  constructor(samples: readonly Sample[], now: Sample) {
    this.#samples = [...samples];
    this.#now = now;
  }

  /** Between the oldest sample and now; parts that are younger were measured over less. */
  get intervalUs(): number {
    return this.#now.timeUs - (this.#samples[0]?.timeUs ?? this.#now.timeUs);
  }

  /** All of 0 for a part that has come since the last sample. */
  processor(record: ProcessorRecord): ProcessorRates {
    const now = this.#now.processors.get(record);
    const { before, perSecond } = this.#since(({ processors }) => processors.get(record));
    const rate = (of: (times: ProcessorTimes) => number) =>
      now === undefined || before === undefined ? 0 : perSecond(of(now) - of(before));
    return {
      framesInPerSecond: rate(({ framesIn }) => framesIn),
      framesOutPerSecond: rate(({ framesOut }) => framesOut),
      busyFraction: fraction(rate(({ busyUs }) => busyUs)),
      blockedFraction: fraction(rate(({ blockedUs }) => blockedUs)),
    };
  }

  /** All of 0 for a part that has come since the last sample, but what waits on it. */
  link(record: LinkRecord): LinkRates {
    const now = this.#now.links.get(record);
    const { before, perSecond, samples } = this.#since(({ links }) => links.get(record));
    const rate = (of: (counts: LinkCounts) => number) =>
      now === undefined || before === undefined ? 0 : perSecond(of(now.counts) - of(before.counts));
    const later = samples.slice(1).map(({ links }) => links.get(record)?.mostQueued ?? 0);
    return {
      deliveredPerSecond: rate(({ delivered }) => delivered),
      droppedPerSecond: rate(({ dropped }) => Object.values(dropped).reduce((sum, count) => sum + count, 0)),
      fullPerSecond: rate(({ dropped }) => dropped.full),
      maxQueuedFrames: Math.max(now?.mostQueued ?? 0, ...later),
    };
  }

  /** Its share is 0 for one that has come since the last sample. */
  lane(lane: LaneHandle): LaneRates {
    const now = this.#now.lanes.get(lane);
    const { before, perSecond } = this.#since(({ lanes }) => lanes.get(lane));
    const busyUs = now === undefined || before === undefined ? 0 : now.busyUs - before.busyUs;
    return { busyFraction: fraction(perSecond(busyUs)), heapBytes: now?.heapBytes ?? 0 };
  }

  #since<Reading>(of: (sample: Sample) => Reading | undefined) {
    const first = this.#samples.findIndex((sample) => of(sample) !== undefined);
    const samples = first < 0 ? [] : this.#samples.slice(first);
    const [oldest] = samples;
    const seconds = oldest === undefined ? 0 : (this.#now.timeUs - oldest.timeUs) / 1e6;
    const perSecond = (difference: number) => (seconds > 0 ? Math.max(0, difference / seconds) : 0);
    return { before: oldest && of(oldest), perSecond, samples };
  }
}

/** Of microseconds a second. Samples that stand for several calls may say a little more than there is. */
const fraction = (usPerSecond: number): number => Math.min(1, usPerSecond / 1e6);
