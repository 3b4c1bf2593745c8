// Spans: groups of slots of one size, each with a home lane that alone acquires them.
//
//   span   first chunk │ chunk count │ first slot │ slot count │ slot bytes │ home │ – │ –
//             │                           │
//             ▼                           ▼
//   data   ┌──────┬──────┬─ … ┐   slots ┌───────────────┬───────────────┬─ … ┐
//          │ slot │ slot │    │         │ place │ bytes │ place │ bytes │    │
//          └──────┴──────┴─ … ┘         └───────────────┴───────────────┴─ … ┘
//
// A span is made once and never changes its size. Its home changes twice per life of a lane: taken by
// compare-and-set out of kOrphanSpan, given back by whoever reclaims the lane.
#pragma once

#include <bit>
#include <optional>

#include "segment.h"

namespace streamlib {

/// The size of the slots that hold `bytes`, prefix included: the next of 256, 384, 512, 768, … 131,072, above that
/// whole chunks. `bytes` must be at most kLargestSlotBytes.
constexpr std::uint64_t slot_bytes_for(std::uint64_t bytes) noexcept {
  if (bytes <= kSmallestSlotBytes) return kSmallestSlotBytes;
  if (bytes > kLargestClassBytes) return (bytes + kChunkBytes - 1) / kChunkBytes * kChunkBytes;
  const std::uint64_t octave = std::bit_ceil(bytes);
  const std::uint64_t between = octave / 4 * 3;
  return bytes <= between ? between : octave;
}

/// How many chunks a span of such slots has.
constexpr std::uint64_t span_chunks(std::uint64_t slot_bytes) noexcept {
  if (slot_bytes > kLargestClassBytes) return slot_bytes / kChunkBytes;
  return (slot_bytes * kSpanSlotsLeast + kChunkBytes - 1) / kChunkBytes;
}

/// How many slots such a span has.
constexpr std::uint64_t span_slots(std::uint64_t slot_bytes) noexcept {
  return span_chunks(slot_bytes) * kChunkBytes / slot_bytes;
}

/// All spans of a segment. Any thread.
class SpanTable {
 public:
  explicit SpanTable(Segment segment) noexcept : segment_(segment) {}

  /// The span that lane `home` now has more than before, with slots of `slot_bytes` (a size that slot_bytes_for()
  /// answers): an orphan if there is one, whose slots may still be held by others, or else a new one. Nothing when
  /// the segment is exhausted, which later calls may find otherwise only through orphans.
  std::optional<std::uint32_t> grow(std::uint32_t home, std::uint64_t slot_bytes) const noexcept {
    if (const auto orphan = adopt(home, slot_bytes)) return orphan;
    return make(home, slot_bytes);
  }

  /// Gives up every span of `home`, a lane that has ended. Returns how many there were.
  std::uint32_t orphan_all(std::uint32_t home) const noexcept {
    std::uint32_t orphaned = 0;
    for (std::uint32_t span = 0; span < count(); ++span) {
      if (!is_made(span) || peek(segment_.span(span, kSpanHomeWord)) != home) continue;
      // ORDERING: release, so that who adopts it sees the counts as the reclaimer left them.
      segment_.span(span, kSpanHomeWord)
          .store(static_cast<std::uint32_t>(kOrphanSpan), std::memory_order_release);
      ++orphaned;
    }
    return orphaned;
  }

  std::uint32_t count() const noexcept {
    // ORDERING: acquire, so that a span below the count is at least zeroed memory of its own.
    return segment_.header(kHeaderSpansUsedWord).load(std::memory_order_acquire);
  }

 private:
  bool is_made(std::uint32_t span) const noexcept {
    // ORDERING: acquire, pairs with the release at the end of make().
    return segment_.span(span, kSpanSlotBytesWord).load(std::memory_order_acquire) != 0;
  }

  std::optional<std::uint32_t> adopt(std::uint32_t home, std::uint64_t slot_bytes) const noexcept {
    for (std::uint32_t span = 0; span < count(); ++span) {
      if (!is_made(span) || peek(segment_.span(span, kSpanSlotBytesWord)) != slot_bytes) continue;
      auto orphan = static_cast<std::uint32_t>(kOrphanSpan);
      // ORDERING: acquire, pairs with the release in orphan_all(); one of several adopters wins.
      if (segment_.span(span, kSpanHomeWord)
              .compare_exchange_strong(orphan, home, std::memory_order_acquire, std::memory_order_relaxed)) {
        return span;
      }
    }
    return std::nullopt;
  }

  std::optional<std::uint32_t> make(std::uint32_t home, std::uint64_t slot_bytes) const noexcept {
    const std::uint64_t chunks = span_chunks(slot_bytes);
    const std::uint64_t slots = span_slots(slot_bytes);
    const std::uint64_t chunk_limit = peek(segment_.header(kHeaderChunkLimitWord));
    // Looked at before anything is taken: what a call takes in vain is lost, and callers do try again.
    if (left(kHeaderSpansUsedWord, kSpanLimit) < 1 || left(kHeaderSlotsUsedWord, kSlotLimit) < slots ||
        left(kHeaderChunksUsedWord, chunk_limit) < chunks) {
      return std::nullopt;
    }
    const auto span = take(kHeaderSpansUsedWord, 1, kSpanLimit);
    if (!span) return std::nullopt;
    const auto first_slot = take(kHeaderSlotsUsedWord, slots, kSlotLimit);
    if (!first_slot) return std::nullopt;
    const auto first_chunk = take(kHeaderChunksUsedWord, chunks, chunk_limit);
    if (!first_chunk) return std::nullopt;

    poke(segment_.span(*span, kSpanFirstChunkWord), *first_chunk);
    poke(segment_.span(*span, kSpanChunkCountWord), chunks);
    poke(segment_.span(*span, kSpanFirstSlotWord), *first_slot);
    poke(segment_.span(*span, kSpanSlotCountWord), slots);
    poke(segment_.span(*span, kSpanHomeWord), home);
    const std::uint64_t place = kDataPlace + *first_chunk * kChunkBytes;
    for (std::uint32_t i = 0; i < slots; ++i) {
      poke(segment_.slot_entry(*first_slot + i, kSlotEntryPlaceWord), (place + i * slot_bytes) / kLineBytes);
      poke(segment_.slot_entry(*first_slot + i, kSlotEntryBytesWord), slot_bytes);
    }
    // ORDERING: release, publishes the whole span to is_made().
    segment_.span(*span, kSpanSlotBytesWord)
        .store(static_cast<std::uint32_t>(slot_bytes), std::memory_order_release);
    return span;
  }

  std::uint64_t left(std::uint64_t word, std::uint64_t limit) const noexcept {
    return limit - peek(segment_.header(word));
  }

  // Moves a "used" word on by `amount` and returns where it was; nothing when that would pass `limit`.
  std::optional<std::uint32_t> take(std::uint64_t word, std::uint64_t amount,
                                    std::uint64_t limit) const noexcept {
    SharedWord used = segment_.header(word);
    std::uint32_t before = peek(used);
    while (before + amount <= limit) {
      const auto after = static_cast<std::uint32_t>(before + amount);
      // ORDERING: acq_rel, so that count() covers the spans of all who came before.
      if (used.compare_exchange_weak(before, after, std::memory_order_acq_rel, std::memory_order_relaxed)) {
        return before;
      }
    }
    return std::nullopt;
  }

  Segment segment_;
};

}  // namespace streamlib
