// Takes back what a lane held that has ended, wherever in an operation that was.
#pragma once

#include "ref_ring.h"
#include "span_table.h"

namespace streamlib {

/// What reclaim_lane() took back.
struct Reclaimed {
  std::uint32_t references = 0;
  std::uint32_t spans = 0;
};

/// The intent that an ended lane left, or one of a lane at rest.
class LeftIntent {
 public:
  LeftIntent(Segment segment, std::uint32_t lane) noexcept : segment_(segment), lane_(lane) {}

  std::uint32_t op() const noexcept {
    // ORDERING: acquire, pairs with the release in OwnerRecord::begin(): the operands are those of the op.
    return segment_.record(lane_, kIntentOpWord).load(std::memory_order_acquire);
  }
  std::uint32_t operand(std::uint64_t word) const noexcept { return peek(segment_.record(lane_, word)); }

  /// Finds out whether the operation happened, notes what the lane holds in consequence, and closes the intent.
  void resolve() const noexcept {
    if (op() == kIntentNone) return;
    const auto held = static_cast<std::uint16_t>(held_now());
    segment_.held(lane_, operand(kIntentSlotWord)).store(held, std::memory_order_relaxed);
    poke(segment_.record(lane_, kIntentOpWord), kIntentNone);
  }

 private:
  std::uint32_t held_now() const noexcept {
    const std::uint32_t before = operand(kIntentHeldBeforeWord);
    switch (op()) {
      case kIntentWrite:
        return tail_is_past() ? before - 1 : before;
      case kIntentTake:
        return settle_move(kRingTakenWord) ? before + 1 : before;
      case kIntentDrop:
        return settle_move(kRingDroppedWord) ? before + 1 : before;
      case kIntentRelease:
        return count_of(refs()) == 0 || generation_changed() ? 0 : before;
      case kIntentShare:
        return count_of(refs()) == operand(kIntentCountAfterWord) ? operand(kIntentCountAfterWord) : before;
      case kIntentCount:
        return was_counted() ? operand(kIntentHeldAfterWord) : before;
      default:
        return before;
    }
  }

  bool tail_is_past() const noexcept {
    const std::uint32_t tail = peek(ring().tail());
    return static_cast<std::int32_t>(tail - operand(kIntentIndexWord)) > 0;
  }

  // Whether this lane moved the ring's head past its index; if so, the ring's `taken` or `dropped` says so afterwards.
  // Both ends may have ended: then the other's intent tells whose move one is that nobody has recorded.
  bool settle_move(std::uint64_t recorded_word) const noexcept {
    SharedWord recorded = ring().word(recorded_word);
    if (peek(recorded) != operand(kIntentMovesBeforeWord)) return true;
    if (!head_is_past() || !an_unrecorded_move_is_mine(recorded_word)) return false;
    poke(recorded, operand(kIntentMovesBeforeWord) + 1);
    return true;
  }

  bool an_unrecorded_move_is_mine(std::uint64_t recorded_word) const noexcept {
    const std::uint32_t moves = peek(ring().word(kRingTakenWord)) + peek(ring().word(kRingDroppedWord));
    const std::uint32_t unrecorded = peek(ring().head()) - moves;
    const bool is_taker = recorded_word == kRingTakenWord;
    const LeftIntent other(segment_,
                           peek(ring().word(is_taker ? kRingProducerLaneWord : kRingConsumerLaneWord)));
    const bool other_may_have = other.op() == (is_taker ? kIntentDrop : kIntentTake) &&
                                other.operand(kIntentRingWord) == operand(kIntentRingWord) &&
                                peek(ring().word(is_taker ? kRingDroppedWord : kRingTakenWord)) ==
                                    other.operand(kIntentMovesBeforeWord) &&
                                other.head_is_past();
    if (!other_may_have) return unrecorded >= 1;
    if (unrecorded != 1) return unrecorded >= 2;
    // One of the two moved. Nobody but the one with the later index can have moved past that; with the same index
    // it does not matter which, since both ended and both would give the same reference back.
    return static_cast<std::int32_t>(operand(kIntentIndexWord) - other.operand(kIntentIndexWord)) >= 0;
  }

  bool head_is_past() const noexcept {
    return static_cast<std::int32_t>(peek(ring().head()) - operand(kIntentIndexWord)) > 0;
  }

  bool was_counted() const noexcept {
    const std::uint32_t sequence = operand(kStampSequenceWord);
    const std::uint32_t now = refs();
    if (stamp_lane_of(now) == lane_ && stamp_sequence_of(now) == sequence) return true;
    const std::uint32_t note = seen_note(sequence, operand(kIntentSlotWord));
    for (std::uint32_t by = 0; by < kLaneLimit; ++by) {
      if (by != lane_ && peek(segment_.seen(by, lane_)) == note) return true;
    }
    return false;
  }

  bool generation_changed() const noexcept {
    return peek(segment_.generation(operand(kIntentSlotWord))) != operand(kIntentGenerationWord);
  }

  std::uint32_t refs() const noexcept {
    // ORDERING: acquire, so that a note in seen[] is there if the stamp is overwritten.
    return segment_.refs(operand(kIntentSlotWord)).load(std::memory_order_acquire);
  }
  RefRing ring() const noexcept { return {segment_, operand(kIntentRingWord)}; }

  Segment segment_;
  std::uint32_t lane_;
};

/// Subtracts `n` from the count of a slot and keeps its stamp. Returns how many were really taken: none when an
/// acquire was cut short before it counted.
inline std::uint32_t subtract_references(Segment segment, std::uint32_t slot, std::uint32_t n) noexcept {
  SharedWord refs = segment.refs(slot);
  std::uint32_t before = peek(refs);
  for (;;) {
    const std::uint32_t taken = count_of(before) < n ? count_of(before) : n;
    if (taken == 0) return 0;
    const std::uint32_t after = with_count(before, count_of(before) - taken);
    // ORDERING: acq_rel, as any giving back: the ended lane's use of the frame is over.
    if (refs.compare_exchange_weak(before, after, std::memory_order_acq_rel, std::memory_order_relaxed))
      return taken;
  }
}

/// Takes back every reference of `lane` and orphans its spans, which other lanes may then adopt. After it returns, a
/// new lane may use the index. The thread of the lane must have ended; the other end of the ring that its intent
/// names must be at rest or have ended too. One thread at a time.
inline Reclaimed reclaim_lane(Segment segment, std::uint32_t lane) noexcept {
  LeftIntent(segment, lane).resolve();
  Reclaimed reclaimed;
  const std::uint32_t slots = peek(segment.header(kHeaderSlotsUsedWord));
  for (std::uint32_t slot = 0; slot < slots; ++slot) {
    const std::uint16_t held = segment.held(lane, slot).load(std::memory_order_relaxed);
    if (held == 0) continue;
    reclaimed.references += subtract_references(segment, slot, held);
    segment.held(lane, slot).store(0, std::memory_order_relaxed);
  }
  reclaimed.spans = SpanTable(segment).orphan_all(lane);
  return reclaimed;
}

}  // namespace streamlib
