import type { MediaClock } from '../clock.ts';
import type { LaneHandle } from '../commit/lane-handle.ts';
import type { ProcessorRecord } from '../commit/records.ts';
import { sightLane } from '../lane/lane-heartbeat.ts';
import { stallLimitMs } from './stall-policy.ts';
import { type TurnWatch, watchTurn } from './turn-watch.ts';

/** How often it looks: a stall is noticed at most so much later than the limit says. */
const INTERVAL_MS = 100;

/** What is told of a lane that does not come back from `process`, and of one that came back after all. */
export interface WatchdogListener {
  onStalled(lane: LaneHandle, record: ProcessorRecord, stalledForMs: number): void;
  onRecovered(lane: LaneHandle, record: ProcessorRecord, stalledForMs: number): void;
}

/** What the watchdog looks at. */
export interface WatchdogOptions {
  lanes(): Iterable<LaneHandle>;
  readonly heartbeats: SharedArrayBuffer;
  readonly clock: Pick<MediaClock, 'nowUs'>;
  readonly listener: WatchdogListener;
}

/**
 * Notices lanes that do not come back from `process`, on the runtime's thread. It sees neither a promise that never
 * settles, since its lane goes on turning, nor the main lane, whose thread it needs itself.
 */
export class Watchdog implements Disposable {
  readonly #options: WatchdogOptions;
  readonly #watches = new WeakMap<LaneHandle, TurnWatch>();
  readonly #timer: NodeJS.Timeout;

  constructor(options: WatchdogOptions) {
    this.#options = options;
    this.#timer = setInterval(() => this.#look(), INTERVAL_MS);
    this.#timer.unref();
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }

  #look(): void {
    for (const lane of this.#options.lanes()) if (lane.kind !== 'main' && !lane.ended) this.#lookAt(lane);
  }

  #lookAt(lane: LaneHandle): void {
    const { heartbeats, clock, listener } = this.#options;
    const sighting = sightLane(heartbeats, lane.laneIndex);
    // NB: what a lane that ended left behind under the same index is the number of nobody that this one hosts.
    const current = hostedUnder(lane, sighting.startNumber);
    const limitMs = current && stallLimitMs(current.spec.supervision);
    const { watch, verdict } = watchTurn(this.#watches.get(lane), sighting, clock.nowUs(), limitMs);
    if (watch === undefined) this.#watches.delete(lane);
    else this.#watches.set(lane, watch);
    const record = verdict && hostedUnder(lane, verdict.startNumber);
    if (verdict === undefined || record === undefined) return;
    if (verdict.kind === 'stalled') listener.onStalled(lane, record, verdict.stalledForMs);
    else listener.onRecovered(lane, record, verdict.stalledForMs);
  }
}

function hostedUnder(lane: LaneHandle, startNumber: number): ProcessorRecord | undefined {
  if (startNumber === 0) return undefined;
  for (const record of lane.hosted) if (record.startNumber === startNumber) return record;
  return undefined;
}
