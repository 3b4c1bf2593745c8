// A ring of slot ids between two lanes: one end writes, one end takes.
//
//   line 0  settings   entry count │ capacity │ delivery │ producer lane │ consumer lane │ counters
//   line 1  flags      closed │ paused │ space wanted │ detached
//   line 2  consumer   head │ taken          head ≤ tail, tail - head ≤ capacity ≤ entry count (a power of two)
//   line 3  producer   tail │ dropped        head = taken + dropped, all modulo 2^32
//   line 4… entries    ┌────┬────┬────┬────┬────┬─ … ┐
//                      │ id │ id │    │    │ id │    │
//                      └────┴────┴────┴────┴────┴─ … ┘
//                             ▲ tail         ▲ head
//
//   index     moved by                                         delivery
//   tail      the producer, by a store                         all
//   head      the consumer, by compare-and-set                 all
//   head      the producer, by compare-and-set, when full      latest, every: the oldest entry is dropped
//
// The mover of `head` owns the reference of the entry that it moved past; the reference travels by nothing else.
#pragma once

#include <optional>

#include "doorbell.h"
#include "link_counters.h"
#include "slot_references.h"

namespace streamlib {

/// The words of a ring, at `place` bytes from the start of the segment.
class RefRing {
 public:
  RefRing(Segment segment, std::uint32_t place) noexcept : base_(segment.base + place), place_(place) {}

  SharedWord word(std::uint64_t index) const noexcept { return word_at(base_, index); }
  SharedWord head() const noexcept { return word(kRingHeadWord); }
  SharedWord tail() const noexcept { return word(kRingTailWord); }
  SharedWord entry(std::uint32_t index) const noexcept {
    return word(kRingEntriesWord + (index & (peek(word(kRingEntryCountWord)) - 1)));
  }
  std::uint32_t place() const noexcept { return place_; }

 private:
  std::byte* base_;
  std::uint32_t place_;
};

/// The bytes of a ring with `entry_count` entries.
constexpr std::uint64_t ring_bytes(std::uint64_t entry_count) noexcept {
  return (kRingEntriesWord + entry_count) * 4;
}

/// Notes the operands of a take or a drop.
template <StepHook Step>
void note_move(OwnerRecord<Step>& record, const RefRing& ring, std::uint32_t slot, std::uint32_t index,
               std::uint32_t held_before, std::uint32_t moves_before) noexcept(kStepIsSilent<Step>) {
  record.note(kIntentSlotWord, slot);
  record.note(kIntentRingWord, ring.place());
  record.note(kIntentIndexWord, index);
  record.note(kIntentHeldBeforeWord, held_before);
  record.note(kIntentMovesBeforeWord, moves_before);
}

/// What became of a frame that was to be written.
enum class WriteResult {
  kWritten,
  /// Lossless and full: the producer keeps its reference.
  kFull,
  /// The producer keeps its reference.
  kClosed,
};

/// The end of a ring that writes. Only the producer lane's thread uses it; `references` must be that lane's.
template <StepHook Step = NoStep>
class RingProducer {
 public:
  RingProducer(SlotReferences<Step>& references, std::uint32_t place, Step step = {}) noexcept
      : references_(references),
        ring_(references.segment(), place),
        counters_(references.segment(), peek(ring_.word(kRingCountersWord)), kCounterBankProducer),
        step_(step) {}

  /// Gives one reference of `slot`, which the lane must hold, to the consumer. A full ring that is not lossless
  /// drops its oldest frame and counts it. Never blocks. The caller then rings the consumer's doorbell.
  WriteResult try_write(std::uint32_t slot) noexcept(kStepIsSilent<Step>) {
    const std::uint32_t tail = peek(ring_.tail());  // we own it
    while (is_full(tail)) {
      if (peek(ring_.word(kRingDeliveryWord)) == kDeliveryLossless) return WriteResult::kFull;
      drop_oldest();
    }
    if (peek(ring_.word(kRingClosedWord)) != 0) return WriteResult::kClosed;
    const std::uint32_t mine = references_.held(slot);
    auto& record = references_.record();
    record.note(kIntentSlotWord, slot);
    record.note(kIntentRingWord, ring_.place());
    record.note(kIntentIndexWord, tail);
    record.note(kIntentHeldBeforeWord, mine);
    record.begin(kIntentWrite);
    poke(ring_.entry(tail), slot);
    step_();
    counters_.count_produced();
    step_();
    // ORDERING: seq_cst: publishes the entry, the count and the frame, and comes before the look at the consumer's
    // doorbell (the other half is in DoorbellOwner::wait).
    ring_.tail().store(tail + 1, std::memory_order_seq_cst);
    step_();
    references_.set_held(slot, mine - 1);
    references_.record().end();
    step_();
    return WriteResult::kWritten;
  }

  /// Says that the producer will sleep until there is room; the consumer then rings its doorbell. True when there is
  /// room after all, and the producer must not sleep.
  [[nodiscard]] bool want_space() noexcept {
    // ORDERING: seq_cst, store before the look at head; claim_space_wanted() moves head before it looks here.
    ring_.word(kRingSpaceWantedWord).store(1, std::memory_order_seq_cst);
    const std::uint32_t head = ring_.head().load(std::memory_order_seq_cst);
    const bool has_room = peek(ring_.tail()) - head < peek(ring_.word(kRingCapacityWord));
    return has_room || peek(ring_.word(kRingClosedWord)) != 0;
  }

  DoorbellRinger consumer_doorbell() const noexcept {
    return {references_.segment(), peek(ring_.word(kRingConsumerLaneWord))};
  }

 private:
  bool is_full(std::uint32_t tail) noexcept {
    const std::uint32_t capacity = peek(ring_.word(kRingCapacityWord));
    if (tail - cached_head_ < capacity) return false;
    // ORDERING: acquire, pairs with the consumer's move: it has read the entry that may now be overwritten.
    cached_head_ = ring_.head().load(std::memory_order_acquire);
    return tail - cached_head_ >= capacity;
  }

  // Moves head past the oldest entry, unless the consumer does so first.
  void drop_oldest() noexcept(kStepIsSilent<Step>) {
    const std::uint32_t head = cached_head_;
    const std::uint32_t slot = peek(ring_.entry(head));  // we wrote it
    const std::uint32_t mine = references_.held(slot);
    SharedWord dropped = ring_.word(kRingDroppedWord);
    const std::uint32_t dropped_before = peek(dropped);
    note_move(references_.record(), ring_, slot, head, mine, dropped_before);
    references_.record().begin(kIntentDrop);
    references_.set_held(slot, mine + 1);
    std::uint32_t expected = head;
    // ORDERING: acq_rel, against the consumer's move of the same index.
    const bool moved = ring_.head().compare_exchange_strong(expected, head + 1, std::memory_order_acq_rel,
                                                            std::memory_order_acquire);
    step_();
    if (moved) poke(dropped, dropped_before + 1);
    else references_.set_held(slot, mine);
    step_();
    references_.record().end();
    step_();
    cached_head_ = moved ? head + 1 : expected;
    if (!moved) return;
    references_.release(slot);
    counters_.count_dropped(peek(ring_.word(kRingPausedWord)) != 0 ? kDroppedPaused : kDroppedFull);
    step_();
  }

  SlotReferences<Step>& references_;
  RefRing ring_;
  LinkCounters counters_;
  // NB: never past the real head, so the ring only looks fuller than it is.
  std::uint32_t cached_head_ = peek(ring_.head());
  [[no_unique_address]] Step step_;
};

/// The end of a ring that takes. Only the consumer lane's thread uses it; `references` must be that lane's.
template <StepHook Step = NoStep>
class RingConsumer {
 public:
  RingConsumer(SlotReferences<Step>& references, std::uint32_t place, Step step = {}) noexcept
      : references_(references), ring_(references.segment(), place), step_(step) {}

  /// The oldest frame, of which the lane now holds one reference more; nothing when the ring is empty. Never blocks.
  /// Counting it as delivered, or dropped, is the caller's.
  std::optional<std::uint32_t> try_take() noexcept(kStepIsSilent<Step>) {
    // ORDERING: acquire: the producer moves it too, and what it dropped before is settled.
    std::uint32_t head = ring_.head().load(std::memory_order_acquire);
    for (;;) {
      if (is_empty(head)) return std::nullopt;
      // May be stale: the producer may drop this entry and write over it. The compare-and-set below then fails.
      const std::uint32_t slot = peek(ring_.entry(head));
      if (move_past(slot, &head)) return slot;
    }
  }

  /// True when the producer sleeps until there is room, and it is on the caller to ring its doorbell. Once per sleep.
  [[nodiscard]] bool claim_space_wanted() noexcept {
    SharedWord wanted = ring_.word(kRingSpaceWantedWord);
    // ORDERING: seq_cst, after the move of head; see RingProducer::want_space().
    return wanted.load(std::memory_order_seq_cst) != 0 && wanted.exchange(0, std::memory_order_seq_cst) != 0;
  }

  DoorbellRinger producer_doorbell() const noexcept {
    return {references_.segment(), peek(ring_.word(kRingProducerLaneWord))};
  }

 private:
  bool is_empty(std::uint32_t head) noexcept {
    if (static_cast<std::int32_t>(cached_tail_ - head) > 0) return false;
    // ORDERING: seq_cst: acquires the entry and the frame, and comes after the exchange that ended the last sleep.
    cached_tail_ = ring_.tail().load(std::memory_order_seq_cst);
    return cached_tail_ == head;
  }

  bool move_past(std::uint32_t slot, std::uint32_t* head) noexcept(kStepIsSilent<Step>) {
    const std::uint32_t mine = references_.held(slot);
    SharedWord taken = ring_.word(kRingTakenWord);
    const std::uint32_t taken_before = peek(taken);
    note_move(references_.record(), ring_, slot, *head, mine, taken_before);
    references_.record().begin(kIntentTake);
    references_.set_held(slot, mine + 1);
    // ORDERING: seq_cst: releases the entry to the producer, and comes before the look at its wish for space.
    const bool moved = ring_.head().compare_exchange_strong(*head, *head + 1, std::memory_order_seq_cst,
                                                            std::memory_order_acquire);
    step_();
    if (moved) poke(taken, taken_before + 1);
    else references_.set_held(slot, mine);
    step_();
    references_.record().end();
    step_();
    return moved;
  }

  SlotReferences<Step>& references_;
  RefRing ring_;
  // NB: never past the real tail, so the ring only looks emptier than it is.
  std::uint32_t cached_tail_ = peek(ring_.head());
  [[no_unique_address]] Step step_;
};

}  // namespace streamlib
