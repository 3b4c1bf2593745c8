// A doorbell: how a lane sleeps, and how everybody else wakes it.
//
//   word 0  state    0 awake ──(owner, compare-and-set)──▶ 2 asleep
//                    any ──(whoever rings, exchange)──▶ 1 rung ──(owner, exchange)──▶ 0 awake
//   word 1  sleeper  0 futex, 1 event loop; the owner writes it before it first sleeps
//
// Whoever rings takes the `asleep` out of the word, so that one sleep costs one wake, however many ring.
#pragma once

#include "media_clock.h"
#include "segment.h"
#include "word_wait.h"

namespace streamlib {

/// The ringing side of a lane's doorbell. Any thread, any process.
class DoorbellRinger {
 public:
  DoorbellRinger(Segment segment, std::uint32_t lane) noexcept : segment_(segment), lane_(lane) {}

  /// Marks the doorbell rung. True when the owner was asleep and it is on the caller to wake it: by wake(), or by
  /// its event loop's waker if sleeps_in_event_loop().
  [[nodiscard]] bool claim() const noexcept {
    // ORDERING: seq_cst, so that what the caller published before is either seen by the owner's look before it
    // falls asleep, or this sees the owner asleep. (Dekker: store, then load, on both sides.)
    if (state().load(std::memory_order_seq_cst) == kDoorbellRung) return false;
    // ORDERING: seq_cst for the same reason; the release in it publishes the caller's work to the owner.
    return state().exchange(kDoorbellRung, std::memory_order_seq_cst) == kDoorbellAsleep;
  }

  bool sleeps_in_event_loop() const noexcept {
    return peek(segment_.doorbell(lane_, kDoorbellSleeperWord)) == kSleeperEventLoop;
  }

  /// Wakes an owner that sleeps in its futex.
  void wake() const noexcept { wake_one(*word()); }

  /// Claims and wakes. For owners that sleep in a futex.
  void ring() const noexcept {
    if (claim()) wake();
  }

 private:
  std::uint32_t* word() const noexcept {
    return reinterpret_cast<std::uint32_t*>(segment_.base + kDoorbellsPlace + lane_ * kLineBytes);
  }
  SharedWord state() const noexcept { return SharedWord(*word()); }

  Segment segment_;
  std::uint32_t lane_;
};

/// The sleeping side: one thread per lane has it.
class DoorbellOwner {
 public:
  DoorbellOwner(Segment segment, std::uint32_t lane) noexcept : segment_(segment), lane_(lane) {}

  /// Sleeps until rung, for at most `timeout_ns`. True when it was rung, also when that was before the call. The
  /// owner looks for work after this returns, since a ring says only that there may be some.
  bool wait(std::int64_t timeout_ns) const noexcept {
    auto& word = *reinterpret_cast<std::uint32_t*>(segment_.base + kDoorbellsPlace + lane_ * kLineBytes);
    SharedWord state(word);
    const std::int64_t deadline_ns = media_clock_now_ns() + timeout_ns;
    std::uint32_t awake = kDoorbellAwake;
    // ORDERING: seq_cst, the owner's half of the argument in DoorbellRinger::claim().
    if (state.compare_exchange_strong(awake, kDoorbellAsleep, std::memory_order_seq_cst)) {
      for (std::int64_t left_ns = timeout_ns; left_ns > 0; left_ns = deadline_ns - media_clock_now_ns()) {
        wait_while(word, kDoorbellAsleep, left_ns);
        if (peek(state) != kDoorbellAsleep) break;
      }
    }
    // ORDERING: seq_cst; acquires what ringers published, and comes before the owner's look for work.
    return state.exchange(kDoorbellAwake, std::memory_order_seq_cst) == kDoorbellRung;
  }

 private:
  Segment segment_;
  std::uint32_t lane_;
};

}  // namespace streamlib
