#include <thread>

#include "../frame_pool.h"
#include "../reclaim_lane.h"
#include "test_segment.h"

namespace streamlib::test {
namespace {

constexpr std::uint32_t kHome = 3;
constexpr std::uint32_t kOther = 4;

std::uint32_t count(const TestSegment& memory, std::uint32_t slot) {
  return count_of(peek(memory.segment().refs(slot)));
}

CASE(size_classes, "slots have two sizes per octave, and whole chunks above the largest") {
  constexpr std::uint64_t kWanted[][2] = {
      {1, 256},         {256, 256},       {257, 384},       {385, 512},        {513, 768},
      {768, 768},       {769, 1024},      {1040, 1536},     {98304, 98304},    {98305, 131072},
      {131072, 131072}, {131073, 262144}, {262145, 524288}, {8294416, 8388608}};
  for (const auto& [bytes, slot_bytes] : kWanted) {
    CHECK_EQUAL(slot_bytes_for(bytes), slot_bytes);
    CHECK_EQUAL(slot_bytes % kLineBytes, 0);
    CHECK(span_slots(slot_bytes) == 1 || span_slots(slot_bytes) >= kSpanSlotsLeast);
  }
}

CASE(acquire_release, "a slot is free again when its last reference is given back") {
  TestSegment memory;
  SlotReferences<> home(memory.segment(), kHome);
  FramePool<> pool(home);
  const auto slot = pool.acquire(1024);
  CHECK(slot.has_value());
  CHECK_EQUAL(count(memory, *slot), 1);
  CHECK_EQUAL(peek(memory.segment().generation(*slot)), 1);
  CHECK(!home.try_acquire(*slot));
  CHECK(home.try_share(*slot, 2));
  CHECK_EQUAL(home.held(*slot), 3);
  home.release(*slot, 2);
  CHECK_EQUAL(count(memory, *slot), 1);
  home.release(*slot);
  CHECK_EQUAL(count(memory, *slot), 0);
  CHECK(home.try_acquire(*slot));
  CHECK_EQUAL(peek(memory.segment().generation(*slot)), 2);
}

CASE(reference_limit, "a count that would pass its limit is refused, alone and shared") {
  TestSegment memory;
  SlotReferences<> home(memory.segment(), kHome);
  SlotReferences<> other(memory.segment(), kOther);
  FramePool<> pool(home);
  const std::uint32_t slot = pool.acquire(100).value_or(UINT32_MAX);
  CHECK(home.try_share(slot, kReferenceLimit - 1));
  CHECK(!home.try_share(slot, 1));
  CHECK_EQUAL(home.held(slot), kReferenceLimit);
  // As if handed over by a ring.
  home.set_held(slot, kReferenceLimit - 5);
  other.set_held(slot, 5);
  CHECK(!other.try_share(slot, 1));
  other.release(slot, 5);
  CHECK_EQUAL(count(memory, slot), kReferenceLimit - 5);
  CHECK(home.try_share(slot, 5));
  home.release(slot, kReferenceLimit);
  CHECK_EQUAL(count(memory, slot), 0);
}

CASE(exhaustion, "an exhausted segment answers with nothing, and again gives what comes back") {
  TestSegment memory(2 * kChunkBytes);
  SlotReferences<> home(memory.segment(), kHome);
  FramePool<> pool(home);
  std::vector<std::uint32_t> slots;
  while (const auto slot = pool.acquire(60'000)) slots.push_back(*slot);
  CHECK_EQUAL(slots.size(), 8);
  for (int again = 0; again < 100; ++again) CHECK(!pool.acquire(60'000).has_value());
  CHECK(!pool.acquire(300'000).has_value());
  CHECK_EQUAL(peek(memory.segment().header(kHeaderSpansUsedWord)), 1);
  CHECK_EQUAL(peek(memory.segment().header(kHeaderSlotsUsedWord)), 8);
  home.release(slots[5]);
  CHECK_EQUAL(pool.acquire(60'000).value_or(UINT32_MAX), slots[5]);
}

CASE(dedicated, "a frame larger than any class has a span of its own") {
  TestSegment memory(40 * kChunkBytes);
  SlotReferences<> home(memory.segment(), kHome);
  FramePool<> pool(home);
  const auto slot = pool.acquire(8'294'400);
  CHECK(slot.has_value());
  CHECK_EQUAL(peek(memory.segment().slot_entry(*slot, kSlotEntryBytesWord)), 32 * kChunkBytes);
  CHECK(!pool.acquire(8'294'400).has_value());
  home.release(*slot);
  CHECK(pool.acquire(8'294'400).has_value());
}

CASE(adoption, "a lane that needs slots adopts the spans that a lane left behind") {
  TestSegment memory(2 * kChunkBytes);
  SlotReferences<> ended(memory.segment(), kHome);
  SlotReferences<> reader(memory.segment(), kOther);
  const std::uint32_t kept = [&] {
    FramePool<> pool(ended);
    std::vector<std::uint32_t> slots;
    while (const auto slot = pool.acquire(60'000)) slots.push_back(*slot);
    ended.set_held(slots[2], 0);
    reader.set_held(slots[2], 1);
    return slots[2];
  }();
  const Reclaimed reclaimed = reclaim_lane(memory.segment(), kHome);
  CHECK_EQUAL(reclaimed.references, 7);
  CHECK_EQUAL(reclaimed.spans, 1);

  SlotReferences<> heir(memory.segment(), 9);
  FramePool<> pool(heir);
  for (int i = 0; i < 7; ++i) CHECK(pool.acquire(60'000).has_value());
  CHECK(!pool.acquire(60'000).has_value());
  reader.release(kept);
  CHECK_EQUAL(pool.acquire(60'000).value_or(UINT32_MAX), kept);
  CHECK_EQUAL(peek(memory.segment().header(kHeaderSpansUsedWord)), 1);
}

CASE(adoption_race, "an orphan is adopted by one of many") {
  for (int round = 0; round < 50; ++round) {
    TestSegment memory(kChunkBytes);
    const SpanTable spans(memory.segment());
    CHECK(spans.grow(kHome, 1024).has_value());
    CHECK_EQUAL(spans.orphan_all(kHome), 1);
    std::atomic<int> adopted = 0;
    std::vector<std::thread> threads;
    for (std::uint32_t lane = 0; lane < 4; ++lane) {
      threads.emplace_back(
          [&, lane] { adopted += SpanTable(memory.segment()).grow(lane, 1024).has_value(); });
    }
    for (auto& thread : threads) thread.join();
    CHECK_EQUAL(adopted.load(), 1);
  }
}

CASE(growth_race, "lanes that grow at once get chunks and slots of their own") {
  constexpr std::uint32_t kLanes = 4;
  constexpr std::uint64_t kChunks = 64;
  TestSegment memory(kChunks * kChunkBytes);
  std::vector<std::thread> threads;
  for (std::uint32_t lane = 0; lane < kLanes; ++lane) {
    threads.emplace_back([&, lane] {
      while (SpanTable(memory.segment()).grow(lane, 65536)) {
      }
    });
  }
  for (auto& thread : threads) thread.join();
  std::vector<int> users(kChunks, 0);
  const SpanTable spans(memory.segment());
  for (std::uint32_t span = 0; span < spans.count(); ++span) {
    const std::uint32_t first = peek(memory.segment().span(span, kSpanFirstChunkWord));
    for (std::uint32_t i = 0; i < peek(memory.segment().span(span, kSpanChunkCountWord)); ++i)
      ++users[first + i];
  }
  for (const int user : users) CHECK_EQUAL(user, 1);
}

CASE(counts_over_threads, "counts are exact when lanes share and release one slot at once") {
  constexpr std::uint32_t kLanes = 4;
  TestSegment memory;
  SlotReferences<> home(memory.segment(), kHome);
  FramePool<> pool(home);
  const std::uint32_t slot = pool.acquire(100).value_or(UINT32_MAX);
  CHECK(home.try_share(slot, kLanes));
  home.set_held(slot, 1);
  std::vector<std::thread> threads;
  for (std::uint32_t lane = 10; lane < 10 + kLanes; ++lane) {
    threads.emplace_back([&, lane] {
      SlotReferences<> references(memory.segment(), lane);
      references.set_held(slot, 1);
      for (std::uint32_t i = 0; i < static_cast<std::uint32_t>(kRepetitions) / 10; ++i) {
        if (references.try_share(slot, i % 7 + 1)) references.release(slot, i % 7 + 1);
      }
      references.release(slot);
    });
  }
  for (auto& thread : threads) thread.join();
  CHECK_EQUAL(count(memory, slot), 1);
  home.release(slot);
  CHECK_EQUAL(count(memory, slot), 0);
}

}  // namespace
}  // namespace streamlib::test
