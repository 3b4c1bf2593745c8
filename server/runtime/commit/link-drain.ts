import { mediaClock } from '../clock.ts';
import type { LaneHandle } from './lane-handle.ts';
import type { LinkRecord, Records } from './records.ts';
import { StepBatch } from './step-batch.ts';

/** How long it is worth waiting for frames to be read; what is left after that is dropped and counted. */
const DRAIN_MS = 1_000;
const POLL_MS = 1;

/**
 * Reads lossless links empty before they are taken apart. Their producers are held back as by a full link, those
 * furthest upstream first, so that what a processor still writes about its last frames is read as well. Links that
 * may lose frames are left alone: holding their producers would stop links that nobody touches.
 */
export class LinkDrain {
  readonly #records: Records;
  readonly #stuck: Set<LaneHandle>;
  readonly #held = new Map<string, LinkRecord>();

  constructor(records: Records, stuck: Set<LaneHandle>) {
    this.#records = records;
    this.#stuck = stuck;
  }

  /** Holds producers back until their links are empty, or for a second in all. They stay held until `release`. */
  async run(links: Iterable<LinkRecord>): Promise<void> {
    const remaining = new Set([...links].filter(isLossless));
    const deadlineUs = mediaClock.nowUs() + DRAIN_MS * 1000;
    while (remaining.size > 0) {
      const ready = [...remaining].filter((link) => !isFed(link, remaining));
      await this.#drain(ready, deadlineUs);
      for (const link of ready) remaining.delete(link);
    }
  }

  /** Lets the producers go on that are still where they were. */
  async release(): Promise<void> {
    await this.#step('release', [...this.#held.values()], DRAIN_MS);
    this.#held.clear();
  }

  async #drain(links: readonly LinkRecord[], deadlineUs: number): Promise<void> {
    for (const link of links) this.#held.set(`${link.spec.from.processorId} ${link.spec.from.port}`, link);
    for (;;) {
      const leftMs = (deadlineUs - mediaClock.nowUs()) / 1000;
      // NB: first that nothing waits for the link to take it, then that nothing is in it. A held producer adds nothing.
      const isSettled = await this.#step('hold', links, Math.max(leftMs, POLL_MS));
      if ((isSettled && links.every(isEmpty)) || leftMs <= 0 || this.#stuck.size > 0) return;
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
  }

  /** Answers whether every lane took the step and has nothing waiting at those outputs. */
  async #step(step: 'hold' | 'release', links: readonly LinkRecord[], timeoutMs: number): Promise<boolean> {
    const batch = new StepBatch();
    let settled = 0;
    for (const { spec } of links) {
      const { processorId, port } = spec.from;
      const lane = this.#records.processors.get(processorId)?.lane;
      if (lane === undefined || lane.ended) continue;
      batch.add(lane, { step, processorId, port }, (result) => {
        if (result.settled === true) settled++;
      });
    }
    await batch.run(timeoutMs, this.#stuck);
    return settled === links.length;
  }
}

/** Whether what waits in a link that comes apart is read before, unless that takes too long. */
export function isReadEmptyFirst(link: LinkRecord, processors: Records['processors']): boolean {
  const from = processors.get(link.spec.from.processorId);
  const to = processors.get(link.spec.to.processorId);
  // A producer that is being set up can neither be held nor add anything; a consumer that does not run reads nothing.
  const canBeHeld = from?.lane !== undefined && !from.isSettingUp;
  return isLossless(link) && canBeHeld && to?.state === 'running' && !to.isSettingUp;
}

const isLossless = ({ spec, portDelivery, wiring }: LinkRecord): boolean =>
  wiring !== undefined && (spec.delivery ?? portDelivery) === 'lossless';

/** Whether one of the links brings frames to the producer of this one. */
function isFed({ spec }: LinkRecord, links: Iterable<LinkRecord>): boolean {
  for (const other of links) if (other.spec.to.processorId === spec.from.processorId) return true;
  return false;
}

const isEmpty = ({ counters, wiring }: LinkRecord): boolean => counters.read(wiring?.rings).queued === 0;
