// What the machine allows, without JavaScript: the limits that the benches show beside their figures.
#if defined(__linux__)
#include <pthread.h>
#include <sched.h>
#endif

#include <cstring>
#include <thread>
#include <vector>

#include "../binding/arguments.h"
#include "../core/media_clock.h"
#include "../core/ref_ring.h"
#include "../core/shared_memory.h"
#include "functions.h"
#include "pumps.h"

namespace streamlib::testing {
namespace {

constexpr std::int64_t kTurnTimeoutNs = 1'000'000'000;

// A word that one thread sets and the other sleeps for.
void sleep_until_set(std::uint32_t& word, std::uint32_t value) {
  // ORDERING: acquire, pairs with set().
  for (std::uint32_t now; (now = SharedWord(word).load(std::memory_order_acquire)) != value;) {
    wait_while(word, now, kTurnTimeoutNs);
  }
}

void set(std::uint32_t& word, std::uint32_t value) {
  // ORDERING: release, publishes the time stamp.
  SharedWord(word).store(value, std::memory_order_release);
  wake_one(word);
}

constexpr int kAnyCore = -1;

// Keeps the calling thread on the nth of the cores that it may run on. On other systems than Linux it runs anywhere.
void pin_to_core([[maybe_unused]] int nth) {
#if defined(__linux__)
  if (nth == kAnyCore) return;
  cpu_set_t allowed;
  if (pthread_getaffinity_np(pthread_self(), sizeof allowed, &allowed) != 0) return;
  for (int core = 0; core < CPU_SETSIZE; ++core) {
    if (!CPU_ISSET(core, &allowed) || nth-- > 0) continue;
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(core, &one);
    pthread_setaffinity_np(pthread_self(), sizeof one, &one);
    return;
  }
#endif
}

std::uint32_t make_ring(Segment segment, std::uint32_t entry_count) {
  const auto counters = static_cast<std::uint32_t>(kControlPlace);
  const auto place = static_cast<std::uint32_t>(counters + kLinkCountersBytes);
  const RefRing ring(segment, place);
  poke(ring.word(kRingEntryCountWord), entry_count);
  poke(ring.word(kRingCapacityWord), entry_count);
  poke(ring.word(kRingDeliveryWord), kDeliveryLossless);
  poke(ring.word(kRingProducerLaneWord), 1);
  poke(ring.word(kRingConsumerLaneWord), 2);
  poke(ring.word(kRingCountersWord), counters);
  return place;
}

}  // namespace

Napi::Value futex_latencies(const Napi::CallbackInfo& info) {
  std::int64_t wakes = 0;
  std::int64_t interval_us = 0;
  std::int64_t cores = 0;
  if (!binding::integer_argument(info, "futexLatencies", 0, 1, 1'000'000, &wakes) ||
      !binding::integer_argument(info, "futexLatencies", 1, 0, 1'000'000, &interval_us) ||
      !binding::integer_argument(info, "futexLatencies", 2, 0, 2, &cores)) {
    return info.Env().Undefined();
  }
  auto latencies = Napi::Float64Array::New(info.Env(), static_cast<std::size_t>(wakes));
  double* latency_ns = latencies.Data();
  std::uint32_t ping = 0;
  std::uint32_t pong = 0;
  std::int64_t sent_ns = 0;
  std::thread sleeper([&] {
    pin_to_core(cores == 2 ? 1 : cores == 1 ? 0 : kAnyCore);
    for (std::uint32_t turn = 1; turn <= wakes; ++turn) {
      sleep_until_set(ping, turn);
      latency_ns[turn - 1] = static_cast<double>(media_clock_now_ns() - sent_ns);
      set(pong, turn);
    }
  });
  std::thread waker([&] {
    pin_to_core(cores == 0 ? kAnyCore : 0);
    for (std::uint32_t turn = 1; turn <= wakes; ++turn) {
      std::this_thread::sleep_for(std::chrono::microseconds(interval_us));
      sent_ns = media_clock_now_ns();
      set(ping, turn);
      sleep_until_set(pong, turn);
    }
  });
  waker.join();
  sleeper.join();
  return latencies;
}

Napi::Value ring_rate(const Napi::CallbackInfo& info) {
  std::int64_t frames = 0;
  std::int64_t frame_bytes = 0;
  if (!binding::integer_argument(info, "ringRate", 0, 1, 1'000'000'000, &frames) ||
      !binding::integer_argument(info, "ringRate", 1, kFrameHeadBytes + 4, kChunkBytes, &frame_bytes)) {
    return info.Env().Undefined();
  }
  const SharedMemory memory = create_shared_memory(segment_bytes(64 * kChunkBytes));
  if (memory.base == nullptr) {
    Napi::Error::New(info.Env(), std::string("ringRate: ") + std::strerror(memory.error))
        .ThrowAsJavaScriptException();
    return info.Env().Undefined();
  }
  const Segment segment{memory.base, memory.byte_length};
  format_segment(segment);
  PumpPlan plan{.segment = segment,
                .ring = make_ring(segment, 1024),
                .frames = static_cast<std::uint64_t>(frames),
                .frame_bytes = static_cast<std::uint32_t>(frame_bytes) / 4 * 4};
  const std::int64_t begin_ns = media_clock_now_ns();
  std::uint64_t taken = 0;
  std::uint64_t faults = 0;
  {
    Pump consumer(Pump::Kind::kConsumer, plan);
    Pump producer(Pump::Kind::kProducer, plan);
    consumer.finish();
    producer.finish();
    taken = consumer.frames();
    faults = consumer.faults();
  }
  const std::int64_t elapsed_ns = media_clock_now_ns() - begin_ns;
  unmap_shared_memory(memory);
  auto result = Napi::Object::New(info.Env());
  result.Set("frames", Napi::Number::New(info.Env(), static_cast<double>(taken)));
  result.Set("faults", Napi::Number::New(info.Env(), static_cast<double>(faults)));
  result.Set("elapsedNs", Napi::Number::New(info.Env(), static_cast<double>(elapsed_ns)));
  return result;
}

Napi::Value copy_rate(const Napi::CallbackInfo& info) {
  std::int64_t bytes = 0;
  std::int64_t rounds = 0;
  if (!binding::integer_argument(info, "copyRate", 0, 1, 1'000'000'000, &bytes) ||
      !binding::integer_argument(info, "copyRate", 1, 1, 1'000'000, &rounds)) {
    return info.Env().Undefined();
  }
  std::vector<char> from(static_cast<std::size_t>(bytes), 1);
  std::vector<char> to(static_cast<std::size_t>(bytes), 2);
  const std::int64_t begin_ns = media_clock_now_ns();
  for (std::int64_t round = 0; round < rounds; ++round) {
    from[static_cast<std::size_t>(round % bytes)] = static_cast<char>(round);
    std::memcpy(to.data(), from.data(), to.size());
    // Keeps the compiler from leaving copies out that nobody reads.
    std::atomic_signal_fence(std::memory_order_seq_cst);
  }
  const std::int64_t elapsed_ns = media_clock_now_ns() - begin_ns;
  return Napi::Number::New(info.Env(), static_cast<double>(elapsed_ns) / static_cast<double>(rounds));
}

}  // namespace streamlib::testing
