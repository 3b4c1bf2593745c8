// A step hook that ends an operation as the end of its thread would, or lets another lane act in the middle of it.
#pragma once

#include <functional>

#include "../owner_record.h"

namespace streamlib::test {

/// Thrown where the thread of a lane ends.
struct LaneEnded {};

/// What happens at the steps of one operation.
struct Killer {
  /// The step after which the lane ends; 0 for none.
  int ends_after = 0;
  /// The step after which `interlude` runs; 0 for none.
  int interrupts_after = 0;
  std::function<void()> interlude = nullptr;
  int steps = 0;

  void step() {
    ++steps;
    if (steps == interrupts_after && interlude) interlude();
    if (steps == ends_after) throw LaneEnded();
  }
};

/// The hook of one lane. Copies share the lane's killer; without one nothing happens.
struct KillStep {
  Killer** killer;

  void operator()() const {
    if (*killer != nullptr) (*killer)->step();
  }
};

/// Runs `operation` with `killer` at its steps. False when the lane ended in it.
template <class Operation>
bool survives(Killer*& place, Killer& killer, Operation operation) {
  place = &killer;
  bool survived = true;
  try {
    operation();
  } catch (const LaneEnded&) {
    survived = false;
  }
  place = nullptr;
  return survived;
}

}  // namespace streamlib::test
