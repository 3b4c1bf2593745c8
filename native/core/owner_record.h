// The owner record of a lane: what the lane is just about to do, written before it does it.
//
//   word   0     1      2      3       4             5         6            7             8            9
//        ┌────┬──────┬──────┬───────┬─────────────┬─────────┬────────────┬─────────────┬────────────┬──────────────┐
//        │ op │ slot │ ring │ index │ held before │ stamp   │ generation │ count after │ held after │ moves before │
//        └────┴──────┴──────┴───────┴─────────────┴─────────┴────────────┴─────────────┴────────────┴──────────────┘
//          ▲ last                                   last used stamp sequence; goes on for ever
//
// The thread of a lane may end between any two of its memory operations. Each operation therefore writes its operands,
// then its op word, acts, and sets the op word to none; reclaim_lane() reads what is left. Only the lane's own thread
// writes its record; other lanes read `slot` and `stamp` to learn whether a stamp is the lane's latest.
#pragma once

#include <concepts>
#include <type_traits>

#include "segment.h"

namespace streamlib {

/// Called between every two memory operations of an operation. This one is nothing, and compiles away; a test's ends
/// the operation there by throwing, as the end of its thread would.
struct NoStep {
  void operator()() const noexcept {}
};

/// What stands in for NoStep.
template <class Step>
concept StepHook = std::invocable<Step&>;

/// Operations may throw only what a test's hook throws.
template <class Step>
inline constexpr bool kStepIsSilent = std::is_nothrow_invocable_v<Step&>;

/// The record as its lane's thread sees it.
template <StepHook Step>
class OwnerRecord {
 public:
  OwnerRecord(Segment segment, std::uint32_t lane, Step step) noexcept
      : segment_(segment), lane_(lane), step_(step) {}

  /// Notes one operand of the intent that begin() will make valid. Only the operands that its op needs.
  void note(std::uint64_t word, std::uint32_t value) noexcept(kStepIsSilent<Step>) {
    poke(segment_.record(lane_, word), value);
    step_();
  }

  void begin(std::uint64_t op) noexcept(kStepIsSilent<Step>) {
    // ORDERING: release, so that the op is never seen without its operands, by whoever reclaims the lane.
    segment_.record(lane_, kIntentOpWord).store(static_cast<std::uint32_t>(op), std::memory_order_release);
    step_();
  }

  void end() noexcept {
    // ORDERING: release, so that the op is gone only after what it did is there.
    segment_.record(lane_, kIntentOpWord).store(kIntentNone, std::memory_order_release);
  }

  /// The next stamp sequence that is not `avoid`. Kept before it is used.
  std::uint32_t next_stamp(std::uint32_t avoid) noexcept(kStepIsSilent<Step>) {
    SharedWord last = segment_.record(lane_, kStampSequenceWord);
    std::uint32_t next = (peek(last) + 1) & kStampSequenceMask;
    if (next == avoid) next = (next + 1) & kStampSequenceMask;
    poke(last, next);
    step_();
    return next;
  }

 private:
  Segment segment_;
  std::uint32_t lane_;
  [[no_unique_address]] Step step_;
};

}  // namespace streamlib
