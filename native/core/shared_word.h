// A word of shared memory, and the casts to it: the only place where the core reads memory as words.
#pragma once

#include <atomic>
#include <bit>
#include <cstdint>

namespace streamlib {

static_assert(std::endian::native == std::endian::little, "the layout is little-endian");
static_assert(std::atomic_ref<std::uint32_t>::is_always_lock_free, "shared words must need no lock");

/// A word that threads share. Its accesses name their ordering.
using SharedWord = std::atomic_ref<std::uint32_t>;

/// The word number `index` after `base`, which must be 4-byte aligned.
inline SharedWord word_at(std::byte* base, std::uint64_t index) noexcept {
  return SharedWord(reinterpret_cast<std::uint32_t*>(base)[index]);
}

/// Reads a word that needs no ordering: one that only this thread writes, or one that is only a hint.
inline std::uint32_t peek(SharedWord word) noexcept { return word.load(std::memory_order_relaxed); }

/// Writes a word whose order to others does not matter.
inline void poke(SharedWord word, std::uint64_t value) noexcept {
  word.store(static_cast<std::uint32_t>(value), std::memory_order_relaxed);
}

}  // namespace streamlib
