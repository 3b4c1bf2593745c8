// Waiting for a shared word to change: a futex on Linux, short timed sleeps elsewhere.
#pragma once

#include <cstdint>

#include "shared_word.h"

namespace streamlib {

/// Sleeps until `word` is no longer `value`, for at most `timeout_ns`. May return early for no reason. The waker
/// may sit in another process.
void wait_while(std::uint32_t& word, std::uint32_t value, std::int64_t timeout_ns) noexcept;

/// Wakes one thread that waits for `word`, if any.
void wake_one(std::uint32_t& word) noexcept;

}  // namespace streamlib
