import type { ProcessorId } from '../ids.ts';
import type { CommitRun } from './commit-run.ts';
import type { LaneHandle } from './lane-handle.ts';
import type { LaneSet } from './lane-set.ts';
import type { LinkAssembly } from './link-assembly.ts';
import { type LinkRecord, type ProcessorRecord, unplace } from './records.ts';

/** What ending lanes needs. */
export interface LaneEndingOptions {
  readonly lanes: LaneSet;
  /** The links of a processor in the graph. */
  linksOf(id: ProcessorId): readonly LinkRecord[];
  /** A lane was ended because it did not come back. */
  onLaneKilled(lane: LaneHandle, processorIds: readonly ProcessorId[]): void;
  /** How long a lane may take to answer before it is ended. */
  readonly unresponsiveMs: number;
}

/** What follows from lanes that end: what they hosted has no lane any more, and its links come apart. */
export class LaneEnding {
  readonly #options: LaneEndingOptions;
  readonly #links: LinkAssembly;

  constructor(options: LaneEndingOptions, links: LinkAssembly) {
    this.#options = options;
    this.#links = links;
  }

  /** Ends a lane that does not come back, and answers what it still hosted. */
  async kill(lane: LaneHandle, run: CommitRun): Promise<ProcessorRecord[]> {
    await lane.abort('did not come back from process and was ended');
    const lost = await this.forget(lane);
    for (const record of lost) run.restarted(record, 'lane_lost');
    this.#options.onLaneKilled(
      lane,
      lost.map(({ spec }) => spec.processorId),
    );
    return lost;
  }

  /** Takes every link of a lane that has ended apart, buries it, and answers what it hosted. */
  async forget(lane: LaneHandle): Promise<ProcessorRecord[]> {
    const { linksOf, unresponsiveMs } = this.#options;
    const hosted = [...lane.hosted];
    const links = new Set(hosted.flatMap(({ spec }) => linksOf(spec.processorId)));
    await this.#links.loseLane(links, lane, unresponsiveMs);
    for (const record of hosted) unplace(record);
    return hosted;
  }

  /** Lets lanes end that host nothing. */
  endEmpty(isWanted: (lane: LaneHandle) => boolean): void {
    for (const lane of this.#options.lanes.all()) {
      if (lane.hosted.size === 0 && isWanted(lane)) void lane.drain();
    }
  }
}
