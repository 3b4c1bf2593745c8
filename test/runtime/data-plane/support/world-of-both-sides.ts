import assert from 'node:assert/strict';
import {
  RING_DROPPED_WORD,
  RING_HEAD_WORD,
  RING_TAIL_WORD,
  RING_TAKEN_WORD,
} from '../../../../native/index.ts';
import type { ControlMemory } from '../../../../server/runtime/link/control-memory.ts';
import { DROP_REASONS, LinkCounters } from '../../../../server/runtime/link/link-counters.ts';
import { RingMemory } from '../../../../server/runtime/link/ring-memory.ts';
import type { Delivery } from '../../../../server/runtime/vocabulary.ts';
import { SegmentAudit } from '../../../support/segment-audit.ts';
import type { ConsumerSide, HeldFrame, LaneSide, ProducerSide } from './lane-side.ts';
import { LinkModel } from './link-model.ts';

interface Holding {
  readonly held: HeldFrame;
  readonly mark: number;
}

interface LinkUnderTest {
  readonly from: LaneSide;
  readonly to: LaneSide;
  readonly model: LinkModel;
  readonly counters: LinkCounters;
  readonly rings: RingMemory[];
  readonly producer: ProducerSide;
  readonly consumer: ConsumerSide;
}

/** Three lanes, links from the first to the second and third and from the second to the third, and their models. */
export class WorldOfBothSides {
  readonly #control: ControlMemory;
  readonly #audit: SegmentAudit;
  readonly #lanes: readonly LaneSide[];
  readonly #links: readonly LinkUnderTest[];
  readonly #holdings = new Map<LaneSide, Holding[]>();
  /** Whether other lanes were shown the slot since it was acquired: until then JavaScript counts it nowhere. */
  readonly #isShown = new Map<number, boolean>();
  #lastMark = 0;

  constructor(control: ControlMemory, lanes: readonly [LaneSide, LaneSide, LaneSide], delivery: Delivery) {
    this.#control = control;
    this.#audit = new SegmentAudit(control.segment);
    this.#lanes = lanes;
    for (const lane of lanes) this.#holdings.set(lane, []);
    const [first, second, third] = lanes;
    this.#links = (
      [
        [first, second],
        [first, third],
        [second, third],
      ] as const
    ).map(([from, to]) => this.#createLink(from, to, delivery));
  }

  acquire(laneAt: number): void {
    const lane = this.#lane(laneAt);
    const mark = ++this.#lastMark;
    const held = lane.acquire(mark);
    this.#isShown.set(held.slotId, lane.language === 'C++');
    this.#held(lane).push({ held, mark });
  }

  share(laneAt: number, at: number): void {
    const lane = this.#lane(laneAt);
    const chosen = this.#chosen(lane, at);
    if (chosen === undefined) return;
    this.#held(lane).push({ held: lane.share(chosen.held), mark: chosen.mark });
  }

  release(laneAt: number, at: number): void {
    const lane = this.#lane(laneAt);
    const chosen = this.#chosen(lane, at);
    if (chosen === undefined) return;
    lane.release(chosen.held);
    this.#forget(lane, chosen);
  }

  write(linkAt: number, at: number): void {
    const { from, model, producer } = this.#link(linkAt);
    const chosen = this.#chosen(from, at);
    if (chosen === undefined) return;
    const { slotId } = chosen.held;
    const isTaken = model.write({ slotId, mark: chosen.mark });
    assert.equal(producer.tryWrite(chosen.held), isTaken);
    if (!isTaken) return;
    this.#isShown.set(slotId, true);
    this.#forget(from, chosen);
  }

  read(linkAt: number): void {
    const { to, model, consumer } = this.#link(linkAt);
    const wanted = model.read();
    const held = consumer.tryRead();
    assert.equal(held?.slotId, wanted?.slotId);
    if (held !== undefined && wanted !== undefined) this.#held(to).push({ held, mark: wanted.mark });
  }

  discard(linkAt: number): void {
    const { model, consumer } = this.#link(linkAt);
    assert.equal(consumer.discard('failed'), model.discard());
  }

  setPaused(linkAt: number, paused: boolean): void {
    const { model, consumer } = this.#link(linkAt);
    model.paused = paused;
    consumer.setPaused(paused);
  }

  resize(linkAt: number, delivery: Delivery, capacityFrames: number): void {
    const link = this.#link(linkAt);
    link.model.resize(delivery, capacityFrames);
    const ring = this.#createRing(link.from, link.to, link.counters, delivery, capacityFrames);
    link.rings.push(ring);
    link.consumer.followWith(ring.place);
    link.producer.continueWith(ring.place);
  }

  /** Asserts that memory and counters are what the models say. */
  assertAsModelled(): void {
    for (const link of this.#links) this.#assertLink(link);
    for (const [slotId, isShown] of this.#isShown) this.#assertSlot(slotId, isShown);
    for (const held of this.#holdings.values())
      for (const { held: frame, mark } of held) assert.equal(frame.mark(), mark);
  }

  /** Closes every link, gives everything back, and asserts that nothing is held. */
  end(): void {
    for (const { producer, consumer, model } of this.#links) {
      producer.close();
      assert.equal(consumer.discard('failed'), model.discard());
    }
    for (const [lane, held] of this.#holdings) for (const each of held.splice(0)) lane.release(each.held);
    this.assertAsModelled();
    for (const slotId of this.#isShown.keys()) assert.equal(this.#audit.count(slotId), 0);
    for (const { rings, counters } of this.#links) {
      for (const ring of rings) ring.free();
      counters.free();
    }
  }

  #createLink(from: LaneSide, to: LaneSide, delivery: Delivery): LinkUnderTest {
    const counters = new LinkCounters(this.#control);
    const ring = this.#createRing(from, to, counters, delivery, 4);
    return {
      from,
      to,
      counters,
      model: new LinkModel(delivery, 4),
      rings: [ring],
      producer: from.producer(ring.place),
      consumer: to.consumer(ring.place),
    };
  }

  #createRing(
    from: LaneSide,
    to: LaneSide,
    counters: LinkCounters,
    delivery: Delivery,
    capacityFrames: number,
  ): RingMemory {
    return new RingMemory(this.#control, {
      capacityFrames,
      delivery,
      producerLane: from.laneIndex,
      consumerLane: to.laneIndex,
      countersPlace: counters.place,
    });
  }

  #assertLink({ model, counters, rings }: LinkUnderTest): void {
    for (const [i, ring] of rings.entries()) {
      const { waiting, written, taken, dropped } = model.rings[i] as LinkModel['last'];
      const word = (index: number) => this.#audit.ringWord(ring.place, index);
      assert.deepEqual(
        {
          tail: word(RING_TAIL_WORD),
          head: word(RING_HEAD_WORD),
          taken: word(RING_TAKEN_WORD),
          dropped: word(RING_DROPPED_WORD),
          entries: this.#audit.ringEntries(ring.place),
        },
        {
          tail: written,
          head: taken + dropped,
          taken,
          dropped,
          entries: waiting.map(({ slotId }) => slotId),
        },
      );
    }
    const noDrops = Object.fromEntries(DROP_REASONS.map((reason) => [reason, 0]));
    assert.deepEqual(counters.read(rings), {
      produced: model.produced,
      delivered: model.delivered,
      queued: model.rings.reduce((sum, { waiting }) => sum + waiting.length, 0),
      inFlight: 0,
      dropped: { ...noDrops, ...model.dropped },
    });
  }

  #assertSlot(slotId: number, isShown: boolean): void {
    let count = 0;
    for (const { model } of this.#links)
      for (const { waiting } of model.rings)
        count += waiting.filter((frame) => frame.slotId === slotId).length;
    for (const lane of this.#lanes) {
      const references = this.#held(lane).filter(({ held }) => held.slotId === slotId).length;
      const held = this.#audit.held(lane.laneIndex, slotId);
      count += held;
      // In JavaScript the views of one thread are counted in that thread, and have one reference or more in common.
      if (lane.language === 'C++') assert.equal(held, references);
      else assert.equal(held > 0, isShown && references > 0);
    }
    assert.equal(this.#audit.count(slotId), count);
  }

  #lane(at: number): LaneSide {
    return this.#lanes[at % this.#lanes.length] as LaneSide;
  }

  #link(at: number): LinkUnderTest {
    return this.#links[at % this.#links.length] as LinkUnderTest;
  }

  #held(lane: LaneSide): Holding[] {
    return this.#holdings.get(lane) as Holding[];
  }

  #chosen(lane: LaneSide, at: number): Holding | undefined {
    const held = this.#held(lane);
    return held[at % Math.max(1, held.length)];
  }

  #forget(lane: LaneSide, holding: Holding): void {
    const held = this.#held(lane);
    held.splice(held.indexOf(holding), 1);
  }
}
