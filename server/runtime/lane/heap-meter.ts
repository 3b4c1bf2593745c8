import { getHeapStatistics } from 'node:v8';
import type { LaneHeartbeat } from './lane-heartbeat.ts';

/** How often the heap is looked at, which takes some 10 µs. */
const INTERVAL_US = 1_000_000;

/** Shows in a lane's heartbeat what lies on the heap of its thread. */
export class HeapMeter {
  readonly #heartbeat: Pick<LaneHeartbeat, 'showHeap'>;
  /** NB: a number in a field would be an object on the heap, one for each that is written. */
  readonly #dueUs = new Float64Array(1);

  constructor(heartbeat: Pick<LaneHeartbeat, 'showHeap'>) {
    this.#heartbeat = heartbeat;
  }

  /** To be called with each turn of the lane's event loop: looks once a second. */
  look(nowUs: number): void {
    if (nowUs < (this.#dueUs[0] as number)) return;
    this.#dueUs[0] = nowUs + INTERVAL_US;
    this.#heartbeat.showHeap(getHeapStatistics().used_heap_size);
  }
}
