import { SegmentBurial } from '../../../../server/runtime/commit/segment-burial.ts';
import type { LaneStep } from '../../../../server/runtime/lane/messages.ts';
import type { Delivery } from '../../../../server/runtime/vocabulary.ts';
import {
  accountedFor,
  activate,
  createSharedState,
  LaneDriver,
  nextLaneIndex,
  segment,
  step,
  TestLink,
} from '../../../support/lane-harness.ts';

const REGISTRY = new URL('../../../support/crash-processors.ts', import.meta.url).href;
const TYPES = { source: 'CrashSource', holder: 'CrashHolder', sink: 'CrashSink' } as const;

/** A processor with a lane of its own. */
export type Part = keyof typeof TYPES;
export const PARTS: readonly Part[] = ['source', 'holder', 'sink'];

interface WorldLink {
  readonly from: Part;
  readonly to: Part;
  readonly link: TestLink;
  readonly delivery: Delivery;
  readonly capacityFrames: number;
}

/** Three lanes between which frames flow in every way, any of which may end at any moment and come again. */
export class LaneWorld {
  readonly #shared = createSharedState();
  readonly #burial = new SegmentBurial(segment);
  readonly #indexes = new Map(PARTS.map((part) => [part, nextLaneIndex()]));
  readonly #lanes = new Map<Part, LaneDriver>();
  readonly #wired = new Set<WorldLink>();
  readonly #links: readonly WorldLink[] = [
    this.#createLink('source.data', 'holder.data_in', 'lossless', 8),
    this.#createLink('source.data', 'sink.data', 'every', 4),
    this.#createLink('source.picture', 'holder.picture_in', 'latest', 2),
    this.#createLink('source.picture', 'sink.picture', 'lossless', 2),
    this.#createLink('holder.data_out', 'sink.data', 'every', 4),
    this.#createLink('holder.picture_out', 'sink.picture', 'latest', 2),
  ];

  /** How many frames all links together have delivered. */
  get delivered(): number {
    return this.#links.reduce((sum, { link }) => sum + link.counts.delivered, 0);
  }

  /** How many frames lossy links have dropped because they were full. */
  get droppedFull(): number {
    return this.#links.reduce((sum, { link }) => sum + link.counts.dropped.full, 0);
  }

  get laneIndexes(): number[] {
    return [...this.#lanes.values()].map(({ laneIndex }) => laneIndex);
  }

  get ringPlaces(): number[] {
    return this.#links.flatMap(({ link }) => link.rings.map(({ place }) => place));
  }

  /** Starts the lanes that do not run, wires what is not wired, and lets everything flow. */
  async complete(): Promise<void> {
    const missing = PARTS.filter((part) => !this.#lanes.has(part));
    for (const part of missing) {
      const index = this.#indexes.get(part);
      this.#lanes.set(part, new LaneDriver('worker', this.#shared, index, REGISTRY));
    }
    await Promise.all(missing.map((part) => this.#lane(part).must(this.#lane(part).host(part, TYPES[part]))));
    const unwired = this.#links.filter((link) => !this.#wired.has(link));
    for (const each of unwired) {
      const { link, delivery, capacityFrames } = each;
      this.#wired.add(each);
      // A new link comes with its first ring.
      if (link.rings.length === 0) link.change(delivery, capacityFrames);
    }
    for (const { to, link } of unwired) await this.#lane(to).must(link.attach('to'));
    for (const { from, link } of unwired) await this.#lane(from).must(link.attach('from'));
    await Promise.all([...missing].reverse().map((part) => this.#lane(part).must(...activate(part))));
    await this.#all((part) => step('resume', part));
  }

  /** Ends lanes in the middle of what they do, and buries them as the runtime does. */
  async kill(victims: readonly Part[]): Promise<void> {
    await Promise.all(victims.map((part) => this.#lane(part).terminate()));
    const lost = this.#links.filter(({ from, to }) => victims.includes(from) || victims.includes(to));
    for (const { from, to, link } of lost) {
      if (!victims.includes(from)) await this.#lane(from).must(link.detach('from', 'lane_lost'));
      if (!victims.includes(to)) await this.#lane(to).must(link.detach('to', 'lane_lost'));
    }
    for (const part of victims) {
      this.#burial.buryLane(this.#lane(part).laneIndex);
      this.#lanes.delete(part);
    }
    for (const each of lost) {
      const { link } = each;
      this.#wired.delete(each);
      this.#burial.buryRings(link.rings.splice(0));
      link.counters.reconcileLaneLost();
    }
  }

  /** Stops calling the processors that are left. */
  async pause(): Promise<void> {
    await this.#all((part) => step('pause', part));
  }

  /** What processors found wrong. */
  complaints(): string[] {
    return [...this.#lanes].flatMap(([part, lane]) =>
      lane.states(part).includes('failed') ? [`${part}: ${lane.error(part)?.message}`] : [],
    );
  }

  /** The links whose counters do not add up. */
  wrongSums(): string[] {
    return this.#links.flatMap(({ link: { counts, link } }) =>
      counts.produced === accountedFor(counts) && counts.inFlight === 0
        ? []
        : [`${link.linkId}: ${JSON.stringify(counts)}`],
    );
  }

  async #all(stepOf: (part: Part) => LaneStep): Promise<void> {
    await Promise.all([...this.#lanes].map(([part, lane]) => lane.must(stepOf(part))));
  }

  #lane(part: Part): LaneDriver {
    return this.#lanes.get(part) as LaneDriver;
  }

  #createLink(from: string, to: string, delivery: Delivery, capacityFrames: number): WorldLink {
    const [source, sink] = [from, to].map((end) => end.split('.')[0] as Part) as [Part, Part];
    const lanes = [source, sink].map((part) => this.#indexes.get(part)) as [number, number];
    return {
      from: source,
      to: sink,
      link: new TestLink(from, to, { delivery, capacityFrames, lanes }),
      delivery,
      capacityFrames,
    };
  }
}
