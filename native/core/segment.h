// A segment: shared memory that every lane maps, and the places in it.
//
//   header │ doorbells │ lanes │ seen │ spans │ slots │ held │ control │ data …
//
// Reserved at its maximum; only the pages that are touched cost anything.
#pragma once

#include <cstddef>
#include <cstdint>

#include "layout.h"
#include "shared_word.h"

namespace streamlib {

/// A mapped segment. A plain view: copying it copies no memory, and nothing unmaps it before the process ends, so
/// that no thread can be left with a place that is gone.
struct Segment {
  std::byte* base = nullptr;
  std::uint64_t byte_length = 0;

  SharedWord header(std::uint64_t word) const noexcept { return word_at(base + kHeaderPlace, word); }

  SharedWord doorbell(std::uint32_t lane, std::uint64_t word) const noexcept {
    return word_at(base + kDoorbellsPlace, lane * kLineWords + word);
  }

  /// A word of the owner record of `lane`.
  SharedWord record(std::uint32_t lane, std::uint64_t word) const noexcept {
    return word_at(base + kLanesPlace, lane * kLineWords + word);
  }

  /// What lane `by` overwrote of lane `of`'s latest stamp.
  SharedWord seen(std::uint32_t by, std::uint32_t of) const noexcept {
    return word_at(base + kSeenPlace, by * kLaneLimit + of);
  }

  SharedWord span(std::uint32_t span, std::uint64_t word) const noexcept {
    return word_at(base + kSpansPlace, span * kSpanWords + word);
  }

  SharedWord slot_entry(std::uint32_t slot, std::uint64_t word) const noexcept {
    return word_at(base + kSlotsPlace, slot * kSlotEntryWords + word);
  }

  /// Where the slot's prefix begins; its frame follows after kSlotPrefixBytes.
  std::byte* slot(std::uint32_t slot) const noexcept {
    return base + std::uint64_t{peek(slot_entry(slot, kSlotEntryPlaceWord))} * kLineBytes;
  }

  SharedWord refs(std::uint32_t slot_id) const noexcept { return word_at(slot(slot_id), kSlotRefsWord); }

  SharedWord generation(std::uint32_t slot_id) const noexcept {
    return word_at(slot(slot_id), kSlotGenerationWord);
  }

  /// How many references of a slot a lane holds. That lane alone writes it, or who reclaims it after its end.
  std::atomic_ref<std::uint16_t> held(std::uint32_t lane, std::uint32_t slot_id) const noexcept {
    auto* first = reinterpret_cast<std::uint16_t*>(base + kHeldPlace);
    return std::atomic_ref<std::uint16_t>(first[lane * kSlotLimit + slot_id]);
  }
};

/// The bytes of a segment whose data region has `data_bytes`, which is rounded up to chunks.
constexpr std::uint64_t segment_bytes(std::uint64_t data_bytes) noexcept {
  return kDataPlace + (data_bytes + kChunkBytes - 1) / kChunkBytes * kChunkBytes;
}

/// Writes the header of new, zeroed memory.
inline void format_segment(Segment segment) noexcept {
  poke(segment.header(kHeaderVersionWord), kLayoutVersion);
  poke(segment.header(kHeaderLaneLimitWord), kLaneLimit);
  poke(segment.header(kHeaderChunkLimitWord), (segment.byte_length - kDataPlace) / kChunkBytes);
  poke(segment.header(kHeaderDataPageWord), kDataPlace / kPageBytes);
  poke(segment.header(kHeaderTotalPagesWord), segment.byte_length / kPageBytes);
  // ORDERING: release, so that a process that finds the magic finds the rest of the header.
  segment.header(kHeaderMagicWord)
      .store(static_cast<std::uint32_t>(kSegmentMagic), std::memory_order_release);
}

/// Why `segment` is none that this build can use, or nullptr. Nothing but the header is read.
inline const char* segment_fault(Segment segment) noexcept {
  if (segment.byte_length < segment_bytes(kChunkBytes)) return "it is too small";
  // ORDERING: acquire, pairs with the release in format_segment().
  if (segment.header(kHeaderMagicWord).load(std::memory_order_acquire) != kSegmentMagic) {
    return "it does not begin as one";
  }
  if (peek(segment.header(kHeaderVersionWord)) != kLayoutVersion) return "its layout has another version";
  const std::uint64_t pages = peek(segment.header(kHeaderTotalPagesWord));
  const std::uint64_t chunks = peek(segment.header(kHeaderChunkLimitWord));
  const bool fits =
      pages == segment.byte_length / kPageBytes && kDataPlace + chunks * kChunkBytes == segment.byte_length;
  return fits ? nullptr : "its size is not that of its header";
}

}  // namespace streamlib
