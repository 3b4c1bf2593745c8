#include <thread>
#include <vector>

#include "../doorbell.h"
#include "test_segment.h"

namespace streamlib::test {
namespace {

constexpr std::uint32_t kLane = 7;

CASE(rung_before, "a ring before the sleep keeps the owner awake") {
  TestSegment memory;
  const DoorbellOwner owner(memory.segment(), kLane);
  CHECK(!DoorbellRinger(memory.segment(), kLane).claim());
  CHECK(owner.wait(kPatienceNs));
  CHECK(!owner.wait(1'000'000));
}

CASE(claims, "of many who ring, one claims the sleep") {
  TestSegment memory;
  poke(memory.segment().doorbell(kLane, kDoorbellStateWord), kDoorbellAsleep);
  std::atomic<int> claims = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] { claims += DoorbellRinger(memory.segment(), kLane).claim(); });
  }
  for (auto& thread : threads) thread.join();
  CHECK_EQUAL(claims.load(), 1);
}

CASE(no_lost_ring, "a ring is never lost between two threads that answer each other") {
  TestSegment memory;
  std::atomic<int> turns = 0;
  bool answered[2] = {true, true};
  std::thread other([&] {
    const DoorbellOwner owner(memory.segment(), kLane);
    for (int turn = 1; turn < kRepetitions / 10; turn += 2) {
      while (turns.load() < turn) answered[1] = answered[1] && owner.wait(kPatienceNs);
      turns.store(turn + 1);
      DoorbellRinger(memory.segment(), kLane + 1).ring();
    }
  });
  const DoorbellOwner owner(memory.segment(), kLane + 1);
  for (int turn = 0; turn < kRepetitions / 10 - 1; turn += 2) {
    turns.store(turn + 1);
    DoorbellRinger(memory.segment(), kLane).ring();
    while (turns.load() < turn + 2) answered[0] = answered[0] && owner.wait(kPatienceNs);
  }
  other.join();
  CHECK(answered[0]);
  CHECK(answered[1]);
}

}  // namespace
}  // namespace streamlib::test
