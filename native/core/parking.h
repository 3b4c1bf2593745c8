// Trying something again and again without spinning for long.
#pragma once

#include "doorbell.h"

namespace streamlib {

/// How often a thread tries before it sleeps. Spinning longer starves the very thread that is waited for as soon as
/// there are more runnable threads than cores.
inline constexpr int kPollsBeforeParking = 200;

/// Calls `attempt` until it returns true, at most kPollsBeforeParking times in a row; then sleeps in the doorbell
/// until rung, unless `prepare`, called right before, returns true because something may have changed. Returns what
/// `attempt` did last; false when `timeout_ns` has passed.
template <class Attempt, class Prepare>
bool attempt_or_park(const DoorbellOwner& doorbell, std::int64_t timeout_ns, Attempt attempt,
                     Prepare prepare) {
  const std::int64_t deadline_ns = media_clock_now_ns() + timeout_ns;
  for (;;) {
    for (int poll = 0; poll < kPollsBeforeParking; ++poll) {
      if (attempt()) return true;
    }
    if (prepare()) continue;
    const std::int64_t left_ns = deadline_ns - media_clock_now_ns();
    if (left_ns <= 0) return attempt();
    doorbell.wait(left_ns);
  }
}

}  // namespace streamlib
