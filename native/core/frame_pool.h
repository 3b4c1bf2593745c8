// The slots of one lane: where a native source gets its frames.
//
//   by size   free   ┌───┬───┐                  known to be free; the last one in is the first one out
//                    │ s │ s │ ◀─▶
//                    └───┴───┘
//             away   ┌───┬───┬───┬───┬───┐      others may hold them: the oldest is the likeliest to have come back
//             out ◀─ │ s │ s │ s │ s │ s │ ◀─ in
//                    └───┴───┴───┴───┴───┘
//
// Nobody tells the pool that a slot has come back: it looks at the count. A slot that has just come back is taken
// first, so that a lane whose frames are used up at once goes on using the same few.
#pragma once

#include <bit>
#include <map>
#include <optional>
#include <vector>

#include "slot_references.h"
#include "span_table.h"

namespace streamlib {

/// One lane's slots. Only that lane's thread uses it. Allocates when it grows, never in steady state.
template <StepHook Step = NoStep>
class FramePool {
 public:
  explicit FramePool(SlotReferences<Step>& references) : references_(references) {}

  /// A free slot for a frame of `bytes` (at most kLargestSlotBytes less the prefix), of which the lane now holds the
  /// only reference; nothing when the segment is exhausted and every slot of that size is in use. The frame's words
  /// are as they were left.
  std::optional<std::uint32_t> acquire(std::uint64_t bytes) {
    SizedSlots& slots = slots_for(slot_bytes_for(bytes + kSlotPrefixBytes));
    if (const auto slot = take_returned(slots, 1)) return slot;
    if (const auto slot = take_free(slots)) return slot;
    if (const auto slot = take_returned(slots, kLooks)) return slot;
    while (grow(slots)) {
      if (const auto slot = take_free(slots)) return slot;
    }
    return take_returned(slots, slots.total);
  }

  /// Where the frame of a slot begins.
  std::byte* frame(std::uint32_t slot) const noexcept {
    return references_.segment().slot(slot) + kSlotPrefixBytes;
  }

 private:
  /// How many slots are looked at before the pool grows: a few may be held for long.
  static constexpr std::uint32_t kLooks = 8;

  struct SizedSlots {
    std::uint64_t slot_bytes = 0;
    std::uint32_t total = 0;
    std::vector<std::uint32_t> free;
    // A ring with room for all slots, a power of two.
    std::vector<std::uint32_t> away;
    std::uint32_t out = 0;
    std::uint32_t in = 0;

    void push_away(std::uint32_t slot) { away[in++ & (away.size() - 1)] = slot; }
    std::uint32_t pop_away() { return away[out++ & (away.size() - 1)]; }
  };

  SizedSlots& slots_for(std::uint64_t slot_bytes) {
    if (last_ == nullptr || last_->slot_bytes != slot_bytes) {
      last_ = &slots_[slot_bytes];
      last_->slot_bytes = slot_bytes;
    }
    return *last_;
  }

  std::optional<std::uint32_t> take_returned(SizedSlots& slots, std::uint32_t looks) {
    for (; looks > 0 && slots.in != slots.out; --looks) {
      const std::uint32_t slot = slots.pop_away();
      slots.push_away(slot);
      if (references_.try_acquire(slot)) return slot;
    }
    return std::nullopt;
  }

  // A slot of an adopted span may be held by others still; it is away.
  std::optional<std::uint32_t> take_free(SizedSlots& slots) {
    while (!slots.free.empty()) {
      const std::uint32_t slot = slots.free.back();
      slots.free.pop_back();
      slots.push_away(slot);
      if (references_.try_acquire(slot)) return slot;
    }
    return std::nullopt;
  }

  bool grow(SizedSlots& slots) {
    const Segment segment = references_.segment();
    const auto span = SpanTable(segment).grow(references_.lane(), slots.slot_bytes);
    if (!span) return false;
    const std::uint32_t first = peek(segment.span(*span, kSpanFirstSlotWord));
    const std::uint32_t count = peek(segment.span(*span, kSpanSlotCountWord));
    slots.total += count;
    slots.free.reserve(slots.total);
    make_room_away(slots);
    for (std::uint32_t i = count; i > 0; --i) slots.free.push_back(first + i - 1);
    return true;
  }

  static void make_room_away(SizedSlots& slots) {
    std::vector<std::uint32_t> away;
    while (slots.out != slots.in) away.push_back(slots.pop_away());
    slots.out = 0;
    slots.in = static_cast<std::uint32_t>(away.size());
    away.resize(std::bit_ceil(std::size_t{slots.total}));
    slots.away = std::move(away);
  }

  SlotReferences<Step>& references_;
  std::map<std::uint64_t, SizedSlots> slots_;
  SizedSlots* last_ = nullptr;
};

}  // namespace streamlib
