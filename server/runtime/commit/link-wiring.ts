import { mediaClock } from '../clock.ts';
import type { LaneLink } from '../lane/messages.ts';
import type { ControlMemory } from '../link/control-memory.ts';
import { RingMemory } from '../link/ring-memory.ts';
import type { PathLatencies } from '../metrics/path-latencies.ts';
import type { Delivery } from '../vocabulary.ts';
import type { CommitRun } from './commit-run.ts';
import type { LaneHandle } from './lane-handle.ts';
import type { LinkRecord, Records, Wiring } from './records.ts';
import type { SegmentBurial } from './segment-burial.ts';
import type { StepBatch } from './step-batch.ts';

/** How many frames a link holds that does not say. A deeper link hides bursts and adds latency. */
export const DEFAULT_CAPACITY_FRAMES = 64;

/** What a link does with frames that it cannot hold. */
export const deliveryOf = ({ spec, portDelivery }: LinkRecord): Delivery => spec.delivery ?? portDelivery;

/** What wiring links needs. */
export interface LinkWiringOptions {
  readonly records: Records;
  /** Where rings and counters lie. */
  readonly control: ControlMemory;
  readonly burial: SegmentBurial;
  readonly latencies: PathLatencies;
}

/** The steps that wire links and take them apart. Consumers are attached first and detached last. */
export class LinkWiring {
  readonly #records: Records;
  readonly #control: ControlMemory;
  readonly #burial: SegmentBurial;
  readonly #latencies: PathLatencies;

  constructor({ records, control, burial, latencies }: LinkWiringOptions) {
    this.#records = records;
    this.#control = control;
    this.#burial = burial;
    this.#latencies = latencies;
  }

  /** Plans the two halves of detaching: each counts what it still held. */
  detach(
    record: LinkRecord,
    reason: 'rewired' | 'stopped' | 'lane_lost',
    producers: StepBatch,
    consumers: StepBatch,
    run: CommitRun,
  ): void {
    const { wiring, suspendedIn } = record;
    const { linkId } = record.spec;
    record.suspendedIn = undefined;
    if (suspendedIn !== undefined && !suspendedIn.ended)
      producers.add(suspendedIn, { step: 'detach', linkId, side: 'from', reason });
    if (wiring === undefined) return;
    const onResult = ({ framesDropped = 0, pauseUs = 0 }: { framesDropped?: number; pauseUs?: number }) =>
      run.impact(linkId, framesDropped, pauseUs);
    if (wiring.transport === 'direct') {
      producers.add(wiring.from, { step: 'detach', linkId, side: 'both', reason }, onResult);
    } else {
      // What waited at the producer for a full link to take it is lost with the link, too.
      producers.add(wiring.from, { step: 'detach', linkId, side: 'from', reason }, onResult);
      consumers.add(wiring.to, { step: 'detach', linkId, side: 'to', reason }, onResult);
    }
  }

  /** Plans the two halves of taking a link apart whose producer stays and waits for the consumer to come back. */
  suspend(record: LinkRecord, producers: StepBatch, consumers: StepBatch, run: CommitRun): void {
    const { wiring } = record;
    if (wiring === undefined) return;
    const { linkId } = record.spec;
    const onResult = ({ framesDropped = 0 }: { framesDropped?: number }) =>
      run.impact(linkId, framesDropped, 0);
    record.suspendedIn = wiring.from;
    producers.add(wiring.from, { step: 'suspend', linkId, reason: 'rewired', holds: true }, onResult);
    if (wiring.transport === 'ring')
      consumers.add(wiring.to, { step: 'detach', linkId, side: 'to', reason: 'rewired' }, onResult);
  }

  /** Forgets the wiring of a link that was detached. */
  forget(record: LinkRecord): void {
    record.wiring = undefined;
    record.applied = undefined;
  }

  /**
   * Takes a link apart one of whose lanes has ended. What was queued, and what its producer goes on to write, is counted
   * as `lane_lost`.
   */
  loseLane(record: LinkRecord, lane: LaneHandle, others: StepBatch): void {
    const { wiring } = record;
    if (wiring === undefined) return;
    const { linkId } = record.spec;
    if (wiring.from !== lane) {
      record.suspendedIn = wiring.from;
      others.add(wiring.from, { step: 'suspend', linkId, reason: 'lane_lost', holds: false });
    }
    if (wiring.to !== lane)
      others.add(wiring.to, { step: 'detach', linkId, side: 'to', reason: 'lane_lost' });
  }

  /**
   * Plans the two halves of attaching a link between hosted processors; nothing where one is not hosted. Throws QUOTA
   * and plans nothing where there is no memory for it.
   */
  attach(record: LinkRecord, producers: StepBatch, consumers: StepBatch, run: CommitRun): void {
    const from = this.#records.processors.get(record.spec.from.processorId)?.lane;
    const to = this.#records.processors.get(record.spec.to.processorId)?.lane;
    if (from === undefined || to === undefined) return;
    const transport = from === to ? 'direct' : 'ring';
    // NB: it throws where there is no memory for it, and then nothing of the link has changed.
    const rings = transport === 'ring' ? [this.#createRing(record, { from, to })] : [];
    record.wiring = { transport, delivery: deliveryOf(record), from, to, rings };
    record.applied = record.spec;
    this.#latencies.measure(record);
    const link = this.#laneLink(record);
    if (link === undefined) return;
    const { linkId } = record.spec;
    const onResult = ({ framesDropped = 0 }: { framesDropped?: number }) => {
      if (framesDropped > 0) run.impact(linkId, framesDropped, 0);
    };
    record.suspendedIn = undefined;
    if (transport === 'direct') consumers.add(from, { step: 'attach', link, side: 'both' }, onResult);
    else {
      consumers.add(to, { step: 'attach', link, side: 'to' });
      producers.add(from, { step: 'attach', link, side: 'from' }, onResult);
    }
  }

  /**
   * Plans a live change of delivery or capacity: the consumer hears of a new ring before the producer uses it. Throws
   * QUOTA and plans nothing where there is no memory for it.
   */
  update(record: LinkRecord, producers: StepBatch, consumers: StepBatch, run: CommitRun): void {
    const { wiring } = record;
    if (wiring === undefined) return;
    if (wiring.transport === 'ring') wiring.rings.push(this.#createRing(record, wiring));
    record.wiring = { ...wiring, delivery: deliveryOf(record) };
    record.applied = record.spec;
    const link = this.#laneLink(record);
    if (link === undefined) return;
    const { linkId } = record.spec;
    const sinceUs = mediaClock.nowUs();
    const onResult = ({ framesDropped = 0, pauseUs }: { framesDropped?: number; pauseUs?: number }) =>
      run.impact(linkId, framesDropped, pauseUs ?? mediaClock.nowUs() - sinceUs);
    if (wiring.transport === 'direct')
      consumers.add(wiring.from, { step: 'update_link', link, side: 'both' }, onResult);
    else {
      consumers.add(wiring.to, { step: 'update_link', link, side: 'to' }, (result) => {
        onResult(result);
        const { ringsInUse = wiring.rings.length } = result;
        this.#burial.buryRings(wiring.rings.splice(0, wiring.rings.length - ringsInUse));
      });
      producers.add(wiring.from, { step: 'update_link', link, side: 'from' }, onResult);
    }
  }

  #createRing(record: LinkRecord, { from, to }: Pick<Wiring, 'from' | 'to'>): RingMemory {
    const { spec, counters } = record;
    return new RingMemory(this.#control, {
      capacityFrames: spec.capacityFrames ?? DEFAULT_CAPACITY_FRAMES,
      delivery: deliveryOf(record),
      producerLane: from.laneIndex,
      consumerLane: to.laneIndex,
      countersPlace: counters.place,
    });
  }

  #laneLink(record: LinkRecord): LaneLink | undefined {
    const { spec, wiring, counters } = record;
    if (wiring === undefined) return undefined;
    return {
      linkId: spec.linkId,
      from: { processorId: spec.from.processorId, port: spec.from.port, laneIndex: wiring.from.laneIndex },
      to: { processorId: spec.to.processorId, port: spec.to.port, laneIndex: wiring.to.laneIndex },
      transport: wiring.transport,
      delivery: wiring.delivery,
      capacityFrames: spec.capacityFrames ?? DEFAULT_CAPACITY_FRAMES,
      countersPlace: counters.place,
      ringPlace: wiring.rings.at(-1)?.place,
      latency: record.latency,
    };
  }
}
