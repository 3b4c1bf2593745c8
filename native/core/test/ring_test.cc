#include <thread>

#include "../frame_pool.h"
#include "../parking.h"
#include "test_segment.h"

namespace streamlib::test {
namespace {

constexpr std::uint32_t kProducer = 1;
constexpr std::uint32_t kConsumer = 2;

// Both ends of one ring, on the thread of the test.
struct Pair {
  TestSegment memory;
  SlotReferences<> producer{memory.segment(), kProducer};
  SlotReferences<> consumer{memory.segment(), kConsumer};
  FramePool<> pool{producer};
  std::uint32_t ring;

  Pair(std::uint32_t entries, std::uint32_t capacity, std::uint64_t delivery, std::uint32_t start = 0)
      : ring(memory.make_ring(entries, capacity, delivery, kProducer, kConsumer, start)) {}

  std::uint32_t acquire() {
    const auto slot = pool.acquire(100);
    CHECK(slot.has_value());
    return *slot;
  }
};

CASE(fifo, "a ring gives slots in the order in which they were written") {
  Pair pair(8, 8, kDeliveryLossless);
  RingProducer<> producer(pair.producer, pair.ring);
  RingConsumer<> consumer(pair.consumer, pair.ring);
  std::uint32_t written[8];
  for (auto& slot : written) {
    slot = pair.acquire();
    CHECK(producer.try_write(slot) == WriteResult::kWritten);
    CHECK_EQUAL(pair.producer.held(slot), 0);
  }
  for (const auto slot : written) {
    CHECK_EQUAL(consumer.try_take().value_or(UINT32_MAX), slot);
    CHECK_EQUAL(pair.consumer.held(slot), 1);
    pair.consumer.release(slot);
    CHECK_EQUAL(count_of(peek(pair.memory.segment().refs(slot))), 0);
  }
  CHECK(!consumer.try_take().has_value());
}

CASE(lossless_full, "a full lossless ring refuses, and the producer keeps its reference") {
  Pair pair(8, 3, kDeliveryLossless);
  RingProducer<> producer(pair.producer, pair.ring);
  RingConsumer<> consumer(pair.consumer, pair.ring);
  for (int i = 0; i < 3; ++i) CHECK(producer.try_write(pair.acquire()) == WriteResult::kWritten);
  const std::uint32_t slot = pair.acquire();
  CHECK(producer.try_write(slot) == WriteResult::kFull);
  CHECK_EQUAL(pair.producer.held(slot), 1);
  CHECK(!producer.want_space());
  CHECK(consumer.try_take().has_value());
  CHECK(consumer.claim_space_wanted());
  CHECK(!consumer.claim_space_wanted());
  CHECK(producer.want_space());
  CHECK(producer.try_write(slot) == WriteResult::kWritten);
}

CASE(closed, "a closed ring takes nothing more and gives what it has") {
  Pair pair(4, 4, kDeliveryEvery);
  RingProducer<> producer(pair.producer, pair.ring);
  RingConsumer<> consumer(pair.consumer, pair.ring);
  CHECK(producer.try_write(pair.acquire()) == WriteResult::kWritten);
  poke(RefRing(pair.memory.segment(), pair.ring).word(kRingClosedWord), 1);
  const std::uint32_t slot = pair.acquire();
  CHECK(producer.try_write(slot) == WriteResult::kClosed);
  CHECK_EQUAL(pair.producer.held(slot), 1);
  CHECK(producer.want_space());
  CHECK(consumer.try_take().has_value());
}

CASE(drops_oldest, "a full ring that is not lossless drops its oldest and counts it by its reason") {
  Pair pair(4, 2, kDeliveryEvery);
  RingProducer<> producer(pair.producer, pair.ring);
  RingConsumer<> consumer(pair.consumer, pair.ring);
  std::uint32_t slots[5];
  for (auto& slot : slots) slot = pair.acquire();
  for (int i = 0; i < 4; ++i) CHECK(producer.try_write(slots[i]) == WriteResult::kWritten);
  poke(RefRing(pair.memory.segment(), pair.ring).word(kRingPausedWord), 1);
  CHECK(producer.try_write(slots[4]) == WriteResult::kWritten);
  CHECK_EQUAL(pair.memory.counted(pair.ring, kCounterProduced), 5);
  CHECK_EQUAL(pair.memory.counted(pair.ring, kCounterDropped + kDroppedFull), 2);
  CHECK_EQUAL(pair.memory.counted(pair.ring, kCounterDropped + kDroppedPaused), 1);
  for (int i = 0; i < 3; ++i) CHECK_EQUAL(count_of(peek(pair.memory.segment().refs(slots[i]))), 0);
  CHECK_EQUAL(consumer.try_take().value_or(UINT32_MAX), slots[3]);
}

CASE(wraps, "the indices wrap at 2^32") {
  for (const std::uint64_t delivery : {kDeliveryEvery, kDeliveryLossless}) {
    Pair pair(4, 4, delivery, UINT32_MAX - 5);
    RingProducer<> producer(pair.producer, pair.ring);
    RingConsumer<> consumer(pair.consumer, pair.ring);
    for (int round = 0; round < 12; ++round) {
      std::uint32_t slots[4];
      for (auto& slot : slots) CHECK(producer.try_write(slot = pair.acquire()) == WriteResult::kWritten);
      for (const auto slot : slots) {
        CHECK_EQUAL(consumer.try_take().value_or(UINT32_MAX), slot);
        pair.consumer.release(slot);
      }
      CHECK(!consumer.try_take().has_value());
    }
  }
}

// A frame's number, in all of its 64 words, so that a torn or reused frame shows.
void fill(std::byte* frame, std::uint64_t number) {
  auto* words = reinterpret_cast<std::uint64_t*>(frame);
  for (int i = 0; i < 64; ++i) words[i] = number;
}

std::uint64_t read_whole(const std::byte* frame) {
  const auto* words = reinterpret_cast<const std::uint64_t*>(frame);
  std::uint64_t bits = 0;
  for (int i = 1; i < 64; ++i) bits |= words[i] ^ words[0];
  return bits == 0 ? words[0] : UINT64_MAX;
}

CASE(lossy_race, "a producer that drops and a consumer that takes account for every frame") {
  TestSegment memory;
  const std::uint32_t place = memory.make_ring(4, 3, kDeliveryEvery, kProducer, kConsumer, UINT32_MAX - 1000);
  std::uint64_t taken = 0;
  bool in_order = true;
  std::thread consuming([&] {
    SlotReferences<> references(memory.segment(), kConsumer);
    RingConsumer<> consumer(references, place);
    const DoorbellOwner doorbell(memory.segment(), kConsumer);
    for (std::uint64_t last = 0; last < kRepetitions;) {
      std::optional<std::uint32_t> slot;
      if (!attempt_or_park(
              doorbell, kPatienceNs, [&] { return (slot = consumer.try_take()).has_value(); },
              [] { return false; })) {
        break;
      }
      const std::uint64_t number = read_whole(memory.segment().slot(*slot) + kSlotPrefixBytes);
      in_order = in_order && number > last && number <= kRepetitions;
      last = number;
      ++taken;
      references.release(*slot);
    }
  });
  SlotReferences<> references(memory.segment(), kProducer);
  FramePool<> pool(references);
  RingProducer<> producer(references, place);
  for (std::uint64_t number = 1; number <= kRepetitions; ++number) {
    const auto slot = pool.acquire(64 * 8);
    if (!slot) break;
    fill(pool.frame(*slot), number);
    (void)producer.try_write(*slot);
    producer.consumer_doorbell().ring();
  }
  consuming.join();
  CHECK(in_order);
  CHECK_EQUAL(memory.counted(place, kCounterProduced), kRepetitions);
  CHECK_EQUAL(taken + static_cast<std::uint64_t>(memory.counted(place, kCounterDropped)), kRepetitions);
  const RefRing ring(memory.segment(), place);
  CHECK_EQUAL(peek(ring.head()), peek(ring.tail()));
  CHECK_EQUAL(peek(ring.head()) - peek(ring.word(kRingTakenWord)), peek(ring.word(kRingDroppedWord)));
}

CASE(lossless_threads, "a lossless ring loses nothing, and its producer parks when it is full") {
  TestSegment memory;
  const std::uint32_t place = memory.make_ring(16, 9, kDeliveryLossless, kProducer, kConsumer);
  bool complete = true;
  std::thread consuming([&] {
    SlotReferences<> references(memory.segment(), kConsumer);
    RingConsumer<> consumer(references, place);
    const DoorbellOwner doorbell(memory.segment(), kConsumer);
    for (std::uint64_t number = 1; number <= kRepetitions; ++number) {
      std::optional<std::uint32_t> slot;
      if (!attempt_or_park(
              doorbell, kPatienceNs, [&] { return (slot = consumer.try_take()).has_value(); },
              [] { return false; })) {
        complete = false;
        return;
      }
      complete = complete && read_whole(memory.segment().slot(*slot) + kSlotPrefixBytes) == number;
      references.release(*slot);
      if (consumer.claim_space_wanted()) consumer.producer_doorbell().ring();
    }
  });
  SlotReferences<> references(memory.segment(), kProducer);
  FramePool<> pool(references);
  RingProducer<> producer(references, place);
  const DoorbellOwner doorbell(memory.segment(), kProducer);
  bool written = true;
  for (std::uint64_t number = 1; number <= kRepetitions && written; ++number) {
    const auto slot = pool.acquire(64 * 8);
    written = slot.has_value();
    if (!written) break;
    fill(pool.frame(*slot), number);
    written = attempt_or_park(
        doorbell, kPatienceNs, [&] { return producer.try_write(*slot) == WriteResult::kWritten; },
        [&] { return producer.want_space(); });
    producer.consumer_doorbell().ring();
  }
  consuming.join();
  CHECK(written);
  CHECK(complete);
}

CASE(fan_out, "a slot shared by three consumers is free when the last gives it back") {
  constexpr std::uint32_t kConsumers = 3;
  TestSegment memory;
  std::uint32_t places[kConsumers];
  for (std::uint32_t i = 0; i < kConsumers; ++i) {
    places[i] = memory.make_ring(16, 16, kDeliveryLossless, kProducer, kConsumer + i);
  }
  std::uint64_t sums[kConsumers] = {};
  std::vector<std::thread> consuming;
  for (std::uint32_t i = 0; i < kConsumers; ++i) {
    consuming.emplace_back([&, i] {
      SlotReferences<> references(memory.segment(), kConsumer + i);
      RingConsumer<> consumer(references, places[i]);
      const DoorbellOwner doorbell(memory.segment(), kConsumer + i);
      for (int taken = 0; taken < kRepetitions / 4; ++taken) {
        std::optional<std::uint32_t> slot;
        if (!attempt_or_park(
                doorbell, kPatienceNs, [&] { return (slot = consumer.try_take()).has_value(); },
                [] { return false; })) {
          return;
        }
        sums[i] += read_whole(memory.segment().slot(*slot) + kSlotPrefixBytes);
        references.release(*slot);
        if (consumer.claim_space_wanted()) consumer.producer_doorbell().ring();
      }
    });
  }
  SlotReferences<> references(memory.segment(), kProducer);
  FramePool<> pool(references);
  const DoorbellOwner doorbell(memory.segment(), kProducer);
  std::vector<RingProducer<>> producers;
  for (const std::uint32_t place : places) producers.emplace_back(references, place);
  std::uint64_t want = 0;
  bool written = true;
  for (std::uint64_t number = 1; number <= kRepetitions / 4 && written; ++number) {
    const auto slot = pool.acquire(64 * 8);
    written = slot.has_value() && references.try_share(*slot, kConsumers - 1);
    if (!written) break;
    fill(pool.frame(*slot), number);
    want += number;
    for (auto& producer : producers) {
      written = written &&
                attempt_or_park(
                    doorbell, kPatienceNs, [&] { return producer.try_write(*slot) == WriteResult::kWritten; },
                    [&] { return producer.want_space(); });
      producer.consumer_doorbell().ring();
    }
  }
  for (auto& thread : consuming) thread.join();
  CHECK(written);
  for (const std::uint64_t sum : sums) CHECK_EQUAL(sum, want);
  for (std::uint32_t slot = 0; slot < peek(memory.segment().header(kHeaderSlotsUsedWord)); ++slot) {
    CHECK_EQUAL(count_of(peek(memory.segment().refs(slot))), 0);
  }
}

}  // namespace
}  // namespace streamlib::test
