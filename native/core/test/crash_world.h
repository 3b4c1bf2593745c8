// Three lanes with rings between them, each of which can end anywhere, and what must be true afterwards.
#pragma once

#include <memory>

#include "../frame_pool.h"
#include "../reclaim_lane.h"
#include "killer.h"
#include "test_segment.h"

namespace streamlib::test {

inline constexpr std::uint32_t kWorldLanes = 3;
inline constexpr std::uint32_t kWorldSlots = 8;

/// One lane and the ends of rings that it has.
struct CrashLane {
  Killer* killer = nullptr;
  SlotReferences<KillStep> references;

  CrashLane(Segment segment, std::uint32_t lane) : references(segment, lane, KillStep{&killer}) {}
  CrashLane(const CrashLane&) = delete;
  CrashLane& operator=(const CrashLane&) = delete;
};

/// Lane 0 is the home of eight slots. Rings: 0 → 1 and 1 → 2 drop, 0 → 2 is lossless.
struct CrashWorld {
  TestSegment memory{2 * kChunkBytes};
  std::unique_ptr<CrashLane> lanes[kWorldLanes];
  std::uint32_t rings[3];

  CrashWorld() {
    for (std::uint32_t lane = 0; lane < kWorldLanes; ++lane) start(lane);
    // 32 KiB each: the span has exactly eight.
    CHECK(SpanTable(segment()).grow(0, 32768).has_value());
    rings[0] = memory.make_ring(2, 2, kDeliveryEvery, 0, 1, UINT32_MAX - 20);
    rings[1] = memory.make_ring(4, 2, kDeliveryEvery, 1, 2);
    rings[2] = memory.make_ring(2, 2, kDeliveryLossless, 0, 2);
  }

  Segment segment() const { return memory.segment(); }
  SlotReferences<KillStep>& references(std::uint32_t lane) { return lanes[lane]->references; }

  /// A new lane takes the index. A home lane finds its old spans among the orphans.
  void start(std::uint32_t lane) { lanes[lane] = std::make_unique<CrashLane>(segment(), lane); }

  Reclaimed reclaim(std::uint32_t lane) {
    const Reclaimed reclaimed = reclaim_lane(segment(), lane);
    start(lane);
    if (lane == 0) CHECK(SpanTable(segment()).grow(0, 32768).has_value());
    return reclaimed;
  }

  std::uint32_t producer_of(std::uint32_t ring) const {
    return peek(RefRing(segment(), rings[ring]).word(kRingProducerLaneWord));
  }
  std::uint32_t consumer_of(std::uint32_t ring) const {
    return peek(RefRing(segment(), rings[ring]).word(kRingConsumerLaneWord));
  }

  void write(std::uint32_t ring, std::uint32_t slot) {
    CrashLane& lane = *lanes[producer_of(ring)];
    RingProducer<KillStep>(lane.references, rings[ring], KillStep{&lane.killer}).try_write(slot);
  }
  std::optional<std::uint32_t> take(std::uint32_t ring) {
    CrashLane& lane = *lanes[consumer_of(ring)];
    return RingConsumer<KillStep>(lane.references, rings[ring], KillStep{&lane.killer}).try_take();
  }

  /// With every ended lane reclaimed and no operation under way: each count is the number of references that there
  /// are, and each ring's moves add up.
  void check_at_rest() const {
    for (std::uint32_t slot = 0; slot < kWorldSlots; ++slot) {
      std::uint32_t references = 0;
      for (std::uint32_t lane = 0; lane < kWorldLanes; ++lane)
        references += segment().held(lane, slot).load();
      for (const std::uint32_t place : rings) references += entries_with(place, slot);
      CHECK_EQUAL(count_of(peek(segment().refs(slot))), references);
    }
    for (const std::uint32_t place : rings) check_ring(place);
  }

 private:
  std::uint32_t entries_with(std::uint32_t place, std::uint32_t slot) const {
    const RefRing ring(segment(), place);
    std::uint32_t found = 0;
    for (std::uint32_t i = peek(ring.head()); i != peek(ring.tail()); ++i)
      found += peek(ring.entry(i)) == slot;
    return found;
  }

  void check_ring(std::uint32_t place) const {
    const RefRing ring(segment(), place);
    const std::uint32_t head = peek(ring.head());
    CHECK(peek(ring.tail()) - head <= peek(ring.word(kRingCapacityWord)));
    CHECK_EQUAL(head, peek(ring.word(kRingTakenWord)) + peek(ring.word(kRingDroppedWord)));
  }
};

}  // namespace streamlib::test
