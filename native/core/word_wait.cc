#include "word_wait.h"

#if defined(__linux__)

#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <ctime>

namespace streamlib {

// NB: without FUTEX_PRIVATE_FLAG, which would find only waiters of this process and this mapping.
void wait_while(std::uint32_t& word, std::uint32_t value, std::int64_t timeout_ns) noexcept {
  timespec timeout{.tv_sec = static_cast<time_t>(timeout_ns / 1'000'000'000),
                   .tv_nsec = static_cast<long>(timeout_ns % 1'000'000'000)};
  syscall(SYS_futex, &word, FUTEX_WAIT, value, &timeout, nullptr, 0);
}

void wake_one(std::uint32_t& word) noexcept { syscall(SYS_futex, &word, FUTEX_WAKE, 1, nullptr, nullptr, 0); }

}  // namespace streamlib

#else

#include <algorithm>
#include <chrono>
#include <thread>

namespace streamlib {

constexpr std::int64_t kLongestNapNs = 200'000;

void wait_while(std::uint32_t& word, std::uint32_t value, std::int64_t timeout_ns) noexcept {
  // ORDERING: none here; the caller reads the word again with the ordering that it needs.
  if (SharedWord(word).load(std::memory_order_relaxed) != value) return;
  std::this_thread::sleep_for(std::chrono::nanoseconds(std::min(timeout_ns, kLongestNapNs)));
}

void wake_one(std::uint32_t&) noexcept {}

}  // namespace streamlib

#endif
