#include "pumps.h"

#include <algorithm>
#include <optional>

#include "../core/frame_pool.h"
#include "../core/parking.h"
#include "../core/ref_ring.h"

namespace streamlib::testing {
namespace {

/// How long a pump sleeps before it looks whether it is to stop.
constexpr std::int64_t kSliceNs = 20'000'000;

void fill(std::byte* frame, std::uint32_t bytes, std::uint64_t number) {
  auto* words = reinterpret_cast<std::uint32_t*>(frame);
  words[kFrameBytesWord] = bytes;
  words[kFrameTypeWord] = 0;
  const std::int64_t now_ns = media_clock_now_ns();
  words[kFrameTimeWord] = static_cast<std::uint32_t>(now_ns);
  words[kFrameTimeWord + 1] = static_cast<std::uint32_t>(now_ns >> 32);
  std::fill(words + kFrameHeadBytes / 4, words + bytes / 4, static_cast<std::uint32_t>(number));
}

// The number of a frame, or nothing when its words are not all the same.
std::optional<std::uint32_t> number_of(const std::byte* frame) {
  const auto* words = reinterpret_cast<const std::uint32_t*>(frame);
  const auto* first = words + kFrameHeadBytes / 4;
  const auto* end = words + words[kFrameBytesWord] / 4;
  if (first >= end) return std::nullopt;
  std::uint32_t different = 0;
  // Without a way out in the middle, so that it becomes vector code.
  for (const auto* word = first; word < end; ++word) different |= *word ^ *first;
  return different == 0 ? std::optional(*first) : std::nullopt;
}

void sleep_until(std::int64_t wake_ns) {
  const std::int64_t left_ns = wake_ns - media_clock_now_ns();
  if (left_ns > 0) std::this_thread::sleep_for(std::chrono::nanoseconds(left_ns));
}

}  // namespace

void Pump::run(Kind kind) {
  const std::int64_t begin_ns = media_clock_now_ns();
  kind == Kind::kProducer ? produce() : consume();
  elapsed_ns_.store(media_clock_now_ns() - begin_ns, std::memory_order_relaxed);
  // ORDERING: release, see is_done().
  done_.store(true, std::memory_order_release);
}

void Pump::produce() {
  const RefRing ring(plan_.segment, plan_.ring);
  SlotReferences<> references(plan_.segment, peek(ring.word(kRingProducerLaneWord)));
  FramePool<> pool(references);
  RingProducer<> producer(references, plan_.ring);
  const DoorbellOwner doorbell(plan_.segment, references.lane());
  std::int64_t due_ns = media_clock_now_ns();
  for (std::uint64_t number = 1; number <= plan_.frames && !stopping(); ++number) {
    if (plan_.interval_ns > 0) sleep_until(due_ns += plan_.interval_ns);
    std::optional<std::uint32_t> slot;
    while (!slot && !stopping()) {
      attempt_or_park(
          doorbell, kSliceNs, [&] { return (slot = pool.acquire(plan_.frame_bytes)).has_value(); },
          [] { return false; });
    }
    if (!slot) return;
    fill(pool.frame(*slot), plan_.frame_bytes, number);
    WriteResult result = WriteResult::kFull;
    while (result == WriteResult::kFull && !stopping()) {
      attempt_or_park(
          doorbell, kSliceNs, [&] { return (result = producer.try_write(*slot)) != WriteResult::kFull; },
          [&] { return producer.want_space(); });
    }
    if (result != WriteResult::kWritten) {
      references.release(*slot);
      return;
    }
    producer.consumer_doorbell().ring();
    frames_.store(number, std::memory_order_relaxed);
  }
}

void Pump::consume() {
  const RefRing ring(plan_.segment, plan_.ring);
  SlotReferences<> references(plan_.segment, peek(ring.word(kRingConsumerLaneWord)));
  RingConsumer<> consumer(references, plan_.ring);
  LinkCounters counters(plan_.segment, peek(ring.word(kRingCountersWord)), kCounterBankConsumer);
  const DoorbellOwner doorbell(plan_.segment, references.lane());
  std::uint32_t last = 0;
  for (std::uint64_t taken = 0; taken < plan_.frames && !stopping();) {
    std::optional<std::uint32_t> slot;
    if (!attempt_or_park(
            doorbell, kSliceNs, [&] { return (slot = consumer.try_take()).has_value(); },
            [] { return false; })) {
      continue;
    }
    counters.count_delivered();
    const auto number = number_of(plan_.segment.slot(*slot) + kSlotPrefixBytes);
    // Lossy rings leave frames out; none may come twice or late.
    if (!number || static_cast<std::int32_t>(*number - last) <= 0)
      faults_.fetch_add(1, std::memory_order_relaxed);
    last = number.value_or(last);
    references.release(*slot);
    if (consumer.claim_space_wanted()) consumer.producer_doorbell().ring();
    frames_.store(++taken, std::memory_order_relaxed);
  }
}

}  // namespace streamlib::testing
