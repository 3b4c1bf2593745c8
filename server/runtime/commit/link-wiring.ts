import { mediaClock } from '../clock.ts';
import type { LaneLink } from '../lane/messages.ts';
import { reconcileLaneLost } from '../link/link-counters.ts';
import { createRing } from '../link/ring.ts';
import type { CommitReportBuilder } from './commit-report.ts';
import type { LaneHandle } from './lane-handle.ts';
import type { LinkRecord, Records } from './records.ts';
import type { StepBatch } from './step-batch.ts';

/** How many frames a link holds that does not say. A deeper link hides bursts and adds latency. */
export const DEFAULT_CAPACITY_FRAMES = 64;

/** The steps that wire links and take them apart. Consumers are attached first and detached last. */
export class LinkWiring {
  readonly #records: Records;

  constructor(records: Records) {
    this.#records = records;
  }

  /** Plans the two halves of detaching; the consumer's half counts what was still queued. */
  detach(
    record: LinkRecord,
    reason: 'rewired' | 'stopped' | 'lane_lost',
    producers: StepBatch,
    consumers: StepBatch,
    report: CommitReportBuilder,
  ): void {
    const { wiring } = record;
    if (wiring === undefined) return;
    const { linkId } = record.spec;
    const onResult = ({ framesDropped = 0, pauseUs = 0 }: { framesDropped?: number; pauseUs?: number }) =>
      report.impact(linkId, framesDropped, pauseUs);
    if (wiring.transport === 'direct') {
      producers.add(wiring.from, { step: 'detach', linkId, side: 'both', reason }, onResult);
    } else {
      producers.add(wiring.from, { step: 'detach', linkId, side: 'from', reason });
      consumers.add(wiring.to, { step: 'detach', linkId, side: 'to', reason }, onResult);
    }
  }

  /** Forgets the wiring of a link that was detached. */
  forget(record: LinkRecord): void {
    record.wiring = undefined;
    record.applied = undefined;
  }

  /** Takes a link apart one of whose lanes has ended: what was queued is counted as `lane_lost`. */
  loseLane(record: LinkRecord, lane: LaneHandle, others: StepBatch): void {
    const { wiring } = record;
    if (wiring === undefined) return;
    const { linkId } = record.spec;
    if (wiring.from !== lane)
      others.add(wiring.from, { step: 'detach', linkId, side: 'from', reason: 'lane_lost' });
    if (wiring.to !== lane)
      others.add(wiring.to, { step: 'detach', linkId, side: 'to', reason: 'lane_lost' });
  }

  /** Makes the counters of a link add up whose lane has ended, and forgets its wiring. */
  reconcile(record: LinkRecord): void {
    reconcileLaneLost(record.counters, record.wiring?.ring);
    this.forget(record);
  }

  /** Plans the two halves of attaching a link between hosted processors; false where one is not hosted. */
  attach(record: LinkRecord, producers: StepBatch, consumers: StepBatch): boolean {
    const from = this.#records.processors.get(record.spec.from.processorId)?.lane;
    const to = this.#records.processors.get(record.spec.to.processorId)?.lane;
    if (from === undefined || to === undefined) return false;
    const transport = from === to ? 'direct' : 'ring';
    record.wiring = {
      transport,
      from,
      to,
      ring: transport === 'ring' ? this.#createRing(record) : undefined,
    };
    record.applied = record.spec;
    const link = this.#laneLink(record);
    if (link === undefined) return false;
    if (transport === 'direct') consumers.add(from, { step: 'attach', link, side: 'both' });
    else {
      consumers.add(to, { step: 'attach', link, side: 'to' });
      producers.add(from, { step: 'attach', link, side: 'from' });
    }
    return true;
  }

  /** Plans a live change of delivery or capacity: the consumer hears of a new ring before the producer uses it. */
  update(record: LinkRecord, producers: StepBatch, consumers: StepBatch, report: CommitReportBuilder): void {
    const { wiring } = record;
    if (wiring === undefined) return;
    if (wiring.transport === 'ring') wiring.ring = this.#createRing(record);
    record.applied = record.spec;
    const link = this.#laneLink(record);
    if (link === undefined) return;
    const { linkId } = record.spec;
    const sinceUs = mediaClock.nowUs();
    const onResult = ({ framesDropped = 0, pauseUs }: { framesDropped?: number; pauseUs?: number }) =>
      report.impact(linkId, framesDropped, pauseUs ?? mediaClock.nowUs() - sinceUs);
    if (wiring.transport === 'direct')
      consumers.add(wiring.from, { step: 'update_link', link, side: 'both' }, onResult);
    else {
      consumers.add(wiring.to, { step: 'update_link', link, side: 'to' }, onResult);
      producers.add(wiring.from, { step: 'update_link', link, side: 'from' }, onResult);
    }
  }

  #createRing({ spec, portDelivery }: LinkRecord): SharedArrayBuffer {
    return createRing({
      capacityFrames: spec.capacityFrames ?? DEFAULT_CAPACITY_FRAMES,
      delivery: spec.delivery ?? portDelivery,
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
      delivery: spec.delivery ?? record.portDelivery,
      capacityFrames: spec.capacityFrames ?? DEFAULT_CAPACITY_FRAMES,
      counters,
      ring: wiring.ring,
    };
  }
}
