// Native threads at the ends of a ring, as a hardware source or sink would be.
#pragma once

#include <atomic>
#include <cstdint>
#include <thread>

#include "../core/segment.h"

namespace streamlib::testing {

/// What a pump is to do.
struct PumpPlan {
  Segment segment;
  std::uint32_t ring = 0;
  std::uint64_t frames = 0;
  /// Of each frame, head included; a multiple of 4.
  std::uint32_t frame_bytes = 0;
  /// The time from one frame to the next; 0 for as fast as possible.
  std::int64_t interval_ns = 0;
};

/// A thread at one end of a ring. Frames are numbered from 1; every word of a frame's payload is its number.
class Pump {
 public:
  enum class Kind { kProducer, kConsumer };

  Pump(Kind kind, const PumpPlan& plan) : plan_(plan), thread_([this, kind] { run(kind); }) {}
  ~Pump() { stop(); }
  Pump(const Pump&) = delete;
  Pump& operator=(const Pump&) = delete;

  /// Ends the thread and waits for it, at most for one slice of its sleep.
  void stop() {
    stopping_.store(true, std::memory_order_relaxed);
    if (thread_.joinable()) thread_.join();
  }

  /// Waits until the thread has done all its frames.
  void finish() {
    if (thread_.joinable()) thread_.join();
  }

  std::uint64_t frames() const { return frames_.load(std::memory_order_relaxed); }
  /// Frames whose content or order was wrong.
  std::uint64_t faults() const { return faults_.load(std::memory_order_relaxed); }
  bool is_done() const {
    // ORDERING: acquire, so that the counts are final.
    return done_.load(std::memory_order_acquire);
  }
  std::int64_t elapsed_ns() const { return elapsed_ns_.load(std::memory_order_relaxed); }

 private:
  void run(Kind kind);
  void produce();
  void consume();
  bool stopping() const { return stopping_.load(std::memory_order_relaxed); }

  PumpPlan plan_;
  std::atomic<bool> stopping_ = false;
  std::atomic<bool> done_ = false;
  std::atomic<std::uint64_t> frames_ = 0;
  std::atomic<std::uint64_t> faults_ = 0;
  std::atomic<std::int64_t> elapsed_ns_ = 0;
  // Last: the thread uses the others.
  std::thread thread_;
};

}  // namespace streamlib::testing
