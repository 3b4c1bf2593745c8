import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  COUNT_MASK,
  HELD_PLACE,
  INTENT_COUNT,
  INTENT_OP_WORD,
  LANES_PLACE,
  LINE_BYTES,
  laneReclaim,
  poolGrow,
  REFERENCE_LIMIT,
  SLOT_LIMIT,
  SMALLEST_SLOT_BYTES,
  SPAN_FIRST_SLOT_WORD,
  SPAN_WORDS,
  SPANS_PLACE,
  STAMP_SEQUENCE_MASK,
  segmentFd,
} from '../../../native/index.ts';
import { testAddon } from '../../../native/testing/index.ts';
import { createSegment } from '../../../server/runtime/frame/segment.ts';
import { SlotLedger } from '../../../server/runtime/frame/slot-ledger.ts';
import { ControlMemory } from '../../../server/runtime/link/control-memory.ts';
import { LinkCounters } from '../../../server/runtime/link/link-counters.ts';
import { RingMemory } from '../../../server/runtime/link/ring-memory.ts';
import { SegmentAudit } from '../../support/segment-audit.ts';

const segment = createSegment(16 * 1024 * 1024);
const control = new ControlMemory(segment);
const audit = new SegmentAudit(segment);
const mapped = testAddon.segmentMap(segmentFd(segment.handle));
const LANES = [1, 2, 3] as const;

/** Slots of which lane 1 is the home. */
function growHome(): number {
  const span = poolGrow(segment.handle, 1, SMALLEST_SLOT_BYTES);
  return segment.words[SPANS_PLACE / 4 + span * SPAN_WORDS + SPAN_FIRST_SLOT_WORD] as number;
}

const firstSlot = growHome();
const ledgers = new Map(LANES.map((lane) => [lane as number, new SlotLedger(segment, lane)]));
const ledgerOf = (lane: number): SlotLedger => ledgers.get(lane) as SlotLedger;
const rings = new Map(
  LANES.flatMap((from) =>
    LANES.filter((to) => to !== from).map((to) => {
      const { place: countersPlace } = new LinkCounters(control);
      const lanes = { producerLane: from, consumerLane: to, countersPlace };
      return [
        `${from} ${to}`,
        new RingMemory(control, { delivery: 'lossless', capacityFrames: 1, ...lanes }),
      ];
    }),
  ),
);

/** Moves one reference from one lane to another. */
function hand(from: number, to: number, slotId: number): void {
  const { place } = rings.get(`${from} ${to}`) as RingMemory;
  assert.equal(testAddon.ringWrite(mapped, place, slotId), 'written');
  assert.equal(testAddon.ringTake(mapped, place), slotId);
}

const step = fc.record({
  kind: fc.constantFrom('acquire', 'share', 'share', 'release', 'hand', 'hand'),
  lane: fc.constantFrom(...LANES),
  to: fc.constantFrom(...LANES),
  slot: fc.nat(2),
  isNative: fc.boolean(),
});

describe('the references of a lane', () => {
  it('are changed by either language, call by call, as a plain model says', () => {
    fc.assert(
      fc.property(fc.array(step, { minLength: 10, maxLength: 120 }), (steps) => {
        const held = new Map<string, number>();
        const of = (lane: number, slotId: number) => held.get(`${lane} ${slotId}`) ?? 0;
        const add = (lane: number, slotId: number, by: number) =>
          held.set(`${lane} ${slotId}`, of(lane, slotId) + by);
        for (const { kind, lane, to, slot, isNative } of steps) {
          const slotId = firstSlot + slot;
          const refsWord = audit.refsWord(slotId);
          const isFree = LANES.every((each) => of(each, slotId) === 0);
          if (kind === 'acquire') {
            if (isNative) assert.equal(testAddon.slotAcquire(mapped, 1, slotId), isFree);
            else {
              assert.equal(ledgerOf(1).isFree(refsWord), isFree);
              if (isFree) ledgerOf(1).acquire(slotId, refsWord);
            }
            if (isFree) add(1, slotId, 1);
          } else if (of(lane, slotId) === 0) continue;
          else if (kind === 'share') {
            const isShared = isNative
              ? testAddon.slotShare(mapped, lane, slotId, 1)
              : ledgerOf(lane).tryShare(slotId, refsWord);
            assert.equal(isShared, true);
            add(lane, slotId, 1);
          } else if (kind === 'release') {
            if (isNative) testAddon.slotRelease(mapped, lane, slotId, 1);
            else ledgerOf(lane).releaseOne(slotId, refsWord);
            add(lane, slotId, -1);
          } else if (lane !== to) {
            hand(lane, to, slotId);
            add(lane, slotId, -1);
            add(to, slotId, 1);
          }
          for (const each of LANES) assert.equal(audit.held(each, slotId), of(each, slotId));
          const count = LANES.reduce((sum, each) => sum + of(each, slotId), 0);
          assert.equal((segment.words[refsWord] as number) & COUNT_MASK, count);
        }
        for (const lane of LANES)
          for (let slotId = firstSlot; slotId < firstSlot + 3; slotId++)
            if (of(lane, slotId) > 0) ledgerOf(lane).release(slotId, audit.refsWord(slotId));
        audit.assertCounted([], []);
      }),
      { numRuns: 300 },
    );
  });

  it('are at most so many for one slot, and one more changes nothing', () => {
    const slotId = firstSlot + 10;
    const refsWord = audit.refsWord(slotId);
    assert.equal(testAddon.slotAcquire(mapped, 1, slotId), true);
    assert.equal(testAddon.slotShare(mapped, 1, slotId, REFERENCE_LIMIT - 1), true);
    hand(1, 2, slotId);
    for (const lane of [1, 2]) {
      assert.equal(ledgerOf(lane).tryShare(slotId, refsWord), false);
      assert.equal(testAddon.slotShare(mapped, lane, slotId, 1), false);
    }
    assert.equal(audit.count(slotId), REFERENCE_LIMIT);
    for (const lane of [1, 2]) ledgerOf(lane).release(slotId, refsWord);
    assert.equal(audit.count(slotId), 0);
  });
});

/** Where a lane stands between its change of a count and the note of what it now holds. */
function endInsideCount(lane: number, slotId: number, heldBefore: number): void {
  const held = new Uint16Array(segment.buffer, HELD_PLACE + lane * SLOT_LIMIT * 2, SLOT_LIMIT);
  held[slotId] = heldBefore;
  segment.words[(LANES_PLACE + lane * LINE_BYTES) / 4 + INTENT_OP_WORD] = INTENT_COUNT;
}

describe('a lane that ended inside a change of a count', () => {
  it('is understood however much the others did since', () => {
    const [older, last] = [firstSlot + 20, firstSlot + 21];
    for (const slotId of [older, last]) {
      ledgerOf(1).acquire(slotId, audit.refsWord(slotId));
      ledgerOf(1).tryShare(slotId, audit.refsWord(slotId));
      hand(1, 2, slotId);
    }
    // Lane 2 leaves its stamp in both slots, and ends right after the second.
    for (const slotId of [older, last])
      assert.equal(ledgerOf(2).tryShare(slotId, audit.refsWord(slotId)), true);
    endInsideCount(2, last, 1);
    // Lane 1 overwrites the latest stamp, then one that tells nothing any more.
    for (const slotId of [last, older]) ledgerOf(1).release(slotId, audit.refsWord(slotId));
    assert.equal(laneReclaim(segment.handle, 2).references, 4);
    audit.assertCounted([], []);
  });

  it('is not taken to have done what an equal stamp of long ago did', () => {
    const slotId = firstSlot + 30;
    const other = firstSlot + 31;
    for (const each of [slotId, other]) {
      ledgerOf(1).acquire(each, audit.refsWord(each));
      ledgerOf(1).tryShare(each, audit.refsWord(each));
      hand(1, 3, each);
    }
    assert.equal(ledgerOf(3).tryShare(slotId, audit.refsWord(slotId)), true);
    // As many stamps elsewhere as bring the sequence back to just before where it was.
    ledgerOf(3).tryShare(other, audit.refsWord(other));
    for (let stamps = 1; stamps < STAMP_SEQUENCE_MASK; stamps += 2) {
      ledgerOf(3).releaseOne(other, audit.refsWord(other));
      ledgerOf(3).tryShare(other, audit.refsWord(other));
    }
    const before = (segment.words[audit.refsWord(slotId)] as number) & ~COUNT_MASK;
    ledgerOf(3).tryShare(slotId, audit.refsWord(slotId));
    const after = (segment.words[audit.refsWord(slotId)] as number) & ~COUNT_MASK;
    assert.notEqual(after, before);
    for (const lane of [1, 3])
      for (const each of [slotId, other]) ledgerOf(lane).release(each, audit.refsWord(each));
    audit.assertCounted([], []);
  });
});
