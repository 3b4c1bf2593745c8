// A segment of a test's own, and rings in it.
#pragma once

#include "../ref_ring.h"
#include "../shared_memory.h"
#include "check.h"

namespace streamlib::test {

/// How long the threads of a test wait for each other before it fails.
inline constexpr std::int64_t kPatienceNs = 20'000'000'000;

#if defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__)
inline constexpr int kRepetitions = 20'000;
#else
inline constexpr int kRepetitions = 300'000;
#endif

class TestSegment {
 public:
  explicit TestSegment(std::uint64_t data_bytes = 4 * kChunkBytes)
      : memory_(create_shared_memory(segment_bytes(data_bytes))) {
    CHECK(memory_.base != nullptr);
    format_segment(segment());
  }
  ~TestSegment() { unmap_shared_memory(memory_); }
  TestSegment(const TestSegment&) = delete;
  TestSegment& operator=(const TestSegment&) = delete;

  Segment segment() const { return {memory_.base, memory_.byte_length}; }

  /// Makes a ring and its link's counters; both indices begin at `start`.
  std::uint32_t make_ring(std::uint32_t entry_count, std::uint32_t capacity, std::uint64_t delivery,
                          std::uint32_t producer, std::uint32_t consumer, std::uint32_t start = 0) {
    const std::uint32_t counters = allocate(kLinkCountersBytes);
    const std::uint32_t place = allocate(ring_bytes(entry_count));
    const RefRing ring(segment(), place);
    poke(ring.word(kRingEntryCountWord), entry_count);
    poke(ring.word(kRingCapacityWord), capacity);
    poke(ring.word(kRingDeliveryWord), delivery);
    poke(ring.word(kRingProducerLaneWord), producer);
    poke(ring.word(kRingConsumerLaneWord), consumer);
    poke(ring.word(kRingCountersWord), counters);
    for (const auto word : {kRingHeadWord, kRingTakenWord, kRingTailWord}) poke(ring.word(word), start);
    return place;
  }

  double counted(std::uint32_t ring, std::uint64_t word) const {
    const std::uint32_t place = peek(RefRing(segment(), ring).word(kRingCountersWord));
    return LinkCounters(segment(), place, kCounterBankProducer).read(word);
  }

 private:
  std::uint32_t allocate(std::uint64_t bytes) {
    const auto place = static_cast<std::uint32_t>(kControlPlace) + allocated_;
    allocated_ += static_cast<std::uint32_t>((bytes + kLineBytes - 1) / kLineBytes * kLineBytes);
    return place;
  }

  SharedMemory memory_;
  std::uint32_t allocated_ = 0;
};

}  // namespace streamlib::test
