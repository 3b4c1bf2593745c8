// The references of one lane to slots: how they are made, shared and given back.
//
//   refs   bit 31         20 19         12 11           0
//         ┌─────────────────┬─────────────┬──────────────┐        held[lane][slot]   how many of `count` are this lane's;
//         │ stamp sequence  │ stamp lane  │ count        │                           written by that lane alone
//         └─────────────────┴─────────────┴──────────────┘
//
// `count` is what all lanes hold plus what lies in rings. A slot with count 0 is free, and that is all that giving
// back is: its home lane looks at the count. A lane that holds the whole count is alone with the slot and stores the
// new count; otherwise it adds by compare-and-set and stamps the word, so that its successor can tell whether that
// happened. Who overwrites the latest stamp of another lane notes it in seen[] first.
//
// This is the era scheme of "Partial Failure Resilient Memory Management System for (CXL-based) Distributed Shared
// Memory" (SOSP 2023), with the era cut down to 12 bits and a note of the slot.
#pragma once

#include "owner_record.h"

namespace streamlib {

constexpr std::uint32_t count_of(std::uint32_t refs) noexcept { return refs & kCountMask; }
constexpr std::uint32_t stamp_lane_of(std::uint32_t refs) noexcept {
  return (refs >> kStampLaneShift) & kStampLaneMask;
}
constexpr std::uint32_t stamp_sequence_of(std::uint32_t refs) noexcept {
  return (refs >> kStampSequenceShift) & kStampSequenceMask;
}
constexpr std::uint32_t with_count(std::uint32_t refs, std::uint32_t count) noexcept {
  return (refs & ~static_cast<std::uint32_t>(kCountMask)) | count;
}
constexpr std::uint32_t stamped(std::uint32_t count, std::uint32_t lane, std::uint32_t sequence) noexcept {
  return count | lane << kStampLaneShift | sequence << kStampSequenceShift;
}
/// What seen[] holds of a stamp.
constexpr std::uint32_t seen_note(std::uint32_t sequence, std::uint32_t slot) noexcept {
  return sequence | slot << kSeenSlotShift;
}

/// One lane's references. Only that lane's thread uses it.
template <StepHook Step = NoStep>
class SlotReferences {
 public:
  SlotReferences(Segment segment, std::uint32_t lane, Step step = {}) noexcept
      : segment_(segment), lane_(lane), step_(step), record_(segment, lane, step) {}

  Segment segment() const noexcept { return segment_; }
  std::uint32_t lane() const noexcept { return lane_; }
  OwnerRecord<Step>& record() noexcept { return record_; }

  std::uint32_t held(std::uint32_t slot) const noexcept {
    return segment_.held(lane_, slot).load(std::memory_order_relaxed);
  }

  /// Takes a free slot, which must be of a span whose home is this lane. False when it is not free; that may be over
  /// by the time this returns, whereas a free slot stays free until its home lane takes it.
  [[nodiscard]] bool try_acquire(std::uint32_t slot) noexcept(kStepIsSilent<Step>) {
    SharedWord refs = segment_.refs(slot);
    // ORDERING: acquire, pairs with the release of whoever gave the last reference back: its reads are over.
    const std::uint32_t before = refs.load(std::memory_order_acquire);
    if (count_of(before) != 0) return false;
    step_();
    set_held(slot, 1);
    poke(segment_.generation(slot), peek(segment_.generation(slot)) + 1);
    step_();
    // ORDERING: release, so that the new generation is there before the count is.
    refs.store(with_count(before, 1), std::memory_order_release);
    step_();
    return true;
  }

  /// Makes `more` further references of a slot that this lane holds. False, and nothing changed, when the count
  /// would pass kReferenceLimit.
  [[nodiscard]] bool try_share(std::uint32_t slot, std::uint32_t more) noexcept(kStepIsSilent<Step>) {
    const std::uint32_t mine = held(slot);
    const std::uint32_t before = peek(segment_.refs(slot));
    if (count_of(before) == mine) {
      if (mine + more > kReferenceLimit) return false;
      change_sole(slot, before, mine, mine + more);
      return true;
    }
    return change_stamped(slot, mine, static_cast<std::int32_t>(more));
  }

  /// Gives `n` of the lane's references back. With the last reference of all, the slot is free.
  void release(std::uint32_t slot, std::uint32_t n = 1) noexcept(kStepIsSilent<Step>) {
    const std::uint32_t mine = held(slot);
    // ORDERING: acquire, so that in a slot that became this lane's alone all others' reads are over before it is
    // given away as free.
    const std::uint32_t before = segment_.refs(slot).load(std::memory_order_acquire);
    if (count_of(before) != mine) {
      change_stamped(slot, mine, -static_cast<std::int32_t>(n));
    } else if (n < mine) {
      change_sole(slot, before, mine, mine - n);
    } else {
      release_sole(slot, before, mine);
    }
  }

  /// Notes that the lane holds one more or one less. For rings, whose hand-over is recorded by the caller.
  void set_held(std::uint32_t slot, std::uint32_t count) noexcept(kStepIsSilent<Step>) {
    segment_.held(lane_, slot).store(static_cast<std::uint16_t>(count), std::memory_order_relaxed);
    step_();
  }

 private:
  void change_sole(std::uint32_t slot, std::uint32_t before, std::uint32_t mine,
                   std::uint32_t after) noexcept(kStepIsSilent<Step>) {
    record_.note(kIntentSlotWord, slot);
    record_.note(kIntentHeldBeforeWord, mine);
    record_.note(kIntentCountAfterWord, after);
    record_.begin(kIntentShare);
    // Nobody else has a reference, so nobody else writes the word.
    poke(segment_.refs(slot), with_count(before, after));
    step_();
    set_held(slot, after);
    record_.end();
    step_();
  }

  void release_sole(std::uint32_t slot, std::uint32_t before,
                    std::uint32_t mine) noexcept(kStepIsSilent<Step>) {
    record_.note(kIntentSlotWord, slot);
    record_.note(kIntentHeldBeforeWord, mine);
    record_.note(kIntentGenerationWord, peek(segment_.generation(slot)));
    record_.begin(kIntentRelease);
    // ORDERING: release, pairs with try_acquire(): our reads and writes of the frame are over. From here on the
    // slot may be anybody's.
    segment_.refs(slot).store(with_count(before, 0), std::memory_order_release);
    step_();
    set_held(slot, 0);
    record_.end();
    step_();
  }

  bool change_stamped(std::uint32_t slot, std::uint32_t mine,
                      std::int32_t change) noexcept(kStepIsSilent<Step>) {
    SharedWord refs = segment_.refs(slot);
    // ORDERING: acquire, so that the record of the lane whose stamp this is, is at least as new as the stamp.
    std::uint32_t before = refs.load(std::memory_order_acquire);
    for (;;) {
      const std::int32_t after = static_cast<std::int32_t>(count_of(before)) + change;
      if (after > static_cast<std::int32_t>(kReferenceLimit)) return false;
      note_overwritten(slot, before);
      const std::uint32_t own = stamp_lane_of(before) == lane_ ? stamp_sequence_of(before) : UINT32_MAX;
      const std::uint32_t sequence = record_.next_stamp(own);
      record_.note(kIntentSlotWord, slot);
      record_.note(kIntentHeldBeforeWord, mine);
      record_.note(kIntentHeldAfterWord, mine + static_cast<std::uint32_t>(change));
      record_.begin(kIntentCount);
      // ORDERING: acq_rel: release, because a subtraction ends our use of the frame; acquire, because a retry reads
      // another lane's record.
      const bool done =
          refs.compare_exchange_strong(before, stamped(static_cast<std::uint32_t>(after), lane_, sequence),
                                       std::memory_order_acq_rel, std::memory_order_acquire);
      step_();
      if (done) set_held(slot, mine + static_cast<std::uint32_t>(change));
      record_.end();
      step_();
      if (done) return true;
    }
  }

  // Before the stamp of another lane's latest count is overwritten. That lane may have ended right after it, and
  // then this note is all that tells that its count was done. A lane that has gone on since needs no note.
  void note_overwritten(std::uint32_t slot, std::uint32_t refs) noexcept(kStepIsSilent<Step>) {
    const std::uint32_t other = stamp_lane_of(refs);
    if (other == lane_) return;
    const std::uint32_t sequence = stamp_sequence_of(refs);
    if (peek(segment_.record(other, kIntentSlotWord)) != slot) return;
    if (peek(segment_.record(other, kStampSequenceWord)) != sequence) return;
    poke(segment_.seen(lane_, other), seen_note(sequence, slot));
    step_();
  }

  Segment segment_;
  std::uint32_t lane_;
  [[no_unique_address]] Step step_;
  OwnerRecord<Step> record_;
};

}  // namespace streamlib
