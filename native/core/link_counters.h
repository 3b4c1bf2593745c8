// The counters of a link: three banks of f64 words, so that every word has one writer. Readers add the banks up.
//
//   word   0          1           2         3…10
//        ┌──────────┬───────────┬─────────┬─────────────────┬ … to word 15     × producer, consumer, runtime
//        │ produced │ delivered │ queued  │ dropped by why  │
//        └──────────┴───────────┴─────────┴─────────────────┴
//
// `produced` is counted before a frame becomes visible, the others after it has left its ring: who reads in the
// opposite order may miss a frame and can count none twice.
#pragma once

#include <atomic>

#include "segment.h"

namespace streamlib {

/// One bank of one link, for the side that writes it.
class LinkCounters {
 public:
  /// `place` is where the link's counters begin, `bank` one of kCounterBank….
  LinkCounters(Segment segment, std::uint32_t place, std::uint64_t bank) noexcept
      : words_(reinterpret_cast<double*>(segment.base + place) + bank * kCounterBankWords) {}

  void count_produced() noexcept { add(kCounterProduced); }
  void count_delivered() noexcept { add(kCounterDelivered); }
  /// `reason` is one of kDropped….
  void count_dropped(std::uint64_t reason) noexcept { add(kCounterDropped + reason); }

  double read(std::uint64_t word) const noexcept {
    // ORDERING: acquire, so that counters read later are at least as new.
    return std::atomic_ref<double>(words_[word]).load(std::memory_order_acquire);
  }

 private:
  void add(std::uint64_t word) noexcept {
    std::atomic_ref<double> counter(words_[word]);
    // ORDERING: release, so that a reader that sees this count sees those counted before it.
    counter.store(counter.load(std::memory_order_relaxed) + 1, std::memory_order_release);
  }

  double* words_;
};

}  // namespace streamlib
