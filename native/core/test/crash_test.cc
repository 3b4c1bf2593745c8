// Ends a lane after each step of each operation, alone and in the middle of another lane's, and looks whether what is
// reclaimed is exactly what it held.
#include <random>

#include "crash_world.h"

namespace streamlib::test {
namespace {

// An operation of one lane, and the state that it begins in.
struct Scenario {
  const char* name;
  std::uint32_t lane;
  void (*prepare)(CrashWorld& world);
  void (*operate)(CrashWorld& world);
};

void acquire(CrashWorld& world, std::uint32_t slot) { CHECK(world.references(0).try_acquire(slot)); }

void fill_first_ring(CrashWorld& world) {
  for (const std::uint32_t slot : {1u, 2u}) {
    acquire(world, slot);
    world.write(0, slot);
  }
}

// Slot 0 with one reference in lane 0 and one in lane 1, which lane 1 stamped.
void share_with_lane_1(CrashWorld& world) {
  acquire(world, 0);
  CHECK(world.references(0).try_share(0, 1));
  world.write(0, 0);
  CHECK(world.take(0).has_value());
  CHECK(world.references(1).try_share(0, 1));
}

constexpr Scenario kScenarios[] = {
    {"acquire", 0, [](CrashWorld&) {}, [](CrashWorld& world) { acquire(world, 0); }},
    {"share alone", 0, [](CrashWorld& world) { acquire(world, 0); },
     [](CrashWorld& world) { (void)world.references(0).try_share(0, 2); }},
    {"share a shared slot", 0, share_with_lane_1,
     [](CrashWorld& world) { (void)world.references(0).try_share(0, 2); }},
    {"share one's own stamp", 1, share_with_lane_1,
     [](CrashWorld& world) { (void)world.references(1).try_share(0, 2); }},
    {"release alone", 0, [](CrashWorld& world) { acquire(world, 0); },
     [](CrashWorld& world) { world.references(0).release(0); }},
    {"release one of several alone", 0,
     [](CrashWorld& world) {
       acquire(world, 0);
       CHECK(world.references(0).try_share(0, 2));
     },
     [](CrashWorld& world) { world.references(0).release(0, 2); }},
    {"release a shared slot", 1, share_with_lane_1,
     [](CrashWorld& world) { world.references(1).release(0, 2); }},
    {"write", 0, [](CrashWorld& world) { acquire(world, 0); }, [](CrashWorld& world) { world.write(2, 0); }},
    {"write one of several", 0,
     [](CrashWorld& world) {
       acquire(world, 0);
       CHECK(world.references(0).try_share(0, 1));
     },
     [](CrashWorld& world) { world.write(2, 0); }},
    {"write and drop the oldest", 0,
     [](CrashWorld& world) {
       fill_first_ring(world);
       acquire(world, 0);
     },
     [](CrashWorld& world) { world.write(0, 0); }},
    {"take", 1, fill_first_ring, [](CrashWorld& world) { (void)world.take(0); }},
    {"take the last", 1,
     [](CrashWorld& world) {
       fill_first_ring(world);
       (void)world.take(0);
     },
     [](CrashWorld& world) { (void)world.take(0); }},
};

int steps_of(const Scenario& scenario) {
  CrashWorld world;
  scenario.prepare(world);
  Killer killer;
  CHECK(survives(world.lanes[scenario.lane]->killer, killer, [&] { scenario.operate(world); }));
  return killer.steps;
}

// The reclaimed lane's index goes on being used.
void check_that_life_goes_on(CrashWorld& world) {
  world.check_at_rest();
  for (std::uint32_t slot = 0; slot < kWorldSlots; ++slot) {
    if (!world.references(0).try_acquire(slot)) continue;
    world.write(0, slot);
    while (const auto taken = world.take(0)) world.references(1).release(*taken);
  }
  world.check_at_rest();
}

CASE(each_step, "a lane that ends after any step of any operation is reclaimed exactly") {
  for (const Scenario& scenario : kScenarios) {
    const int steps = steps_of(scenario);
    CHECK(steps > 0);
    for (int step = 1; step <= steps; ++step) {
      CrashWorld world;
      scenario.prepare(world);
      Killer killer{.ends_after = step};
      CHECK(!survives(world.lanes[scenario.lane]->killer, killer, [&] { scenario.operate(world); }));
      world.reclaim(scenario.lane);
      check_that_life_goes_on(world);
    }
  }
}

// The ends of ring 0: lane 0 writes and has to drop, lane 1 takes.
void drop_by_lane_0(CrashWorld& world) { world.write(0, 0); }
void take_by_lane_1(CrashWorld& world) { (void)world.take(0); }

// One end begins; after `interrupt` steps the other runs and may end after `inner_end`; the first may end after
// `outer_end` (0: not at all).
void race(std::uint32_t first, int interrupt, int outer_end, int inner_end, std::uint32_t reclaimed_first) {
  CrashWorld world;
  fill_first_ring(world);
  acquire(world, 0);
  const std::uint32_t second = 1 - first;
  const auto operate = [&](std::uint32_t lane) { lane == 0 ? drop_by_lane_0(world) : take_by_lane_1(world); };
  bool ended[2] = {false, false};
  Killer inner{.ends_after = inner_end};
  Killer outer{.ends_after = outer_end, .interrupts_after = interrupt, .interlude = [&] {
                 ended[second] = !survives(world.lanes[second]->killer, inner, [&] { operate(second); });
               }};
  ended[first] = !survives(world.lanes[first]->killer, outer, [&] { operate(first); });
  for (const std::uint32_t lane : {reclaimed_first, 1 - reclaimed_first}) {
    if (ended[lane]) world.reclaim(lane);
  }
  check_that_life_goes_on(world);
}

int steps_of_end(std::uint32_t lane) {
  CrashWorld world;
  fill_first_ring(world);
  acquire(world, 0);
  Killer killer;
  CHECK(survives(world.lanes[lane]->killer, killer,
                 [&] { lane == 0 ? drop_by_lane_0(world) : take_by_lane_1(world); }));
  return killer.steps;
}

CASE(each_race, "both ends of a ring may end in any step of a race for the same entry") {
  const int steps[2] = {steps_of_end(0), steps_of_end(1)};
  for (const std::uint32_t first : {0u, 1u}) {
    for (int interrupt = 1; interrupt <= steps[first]; ++interrupt) {
      for (int outer_end = 0; outer_end <= steps[first];
           outer_end = outer_end == 0 ? interrupt : outer_end + 1) {
        for (int inner_end = 0; inner_end <= steps[1 - first]; ++inner_end) {
          race(first, interrupt, outer_end, inner_end, (interrupt + inner_end) % 2);
        }
      }
    }
  }
}

CASE(overtaken, "a take that was overtaken by a drop is not taken for a second drop that nobody recorded") {
  const int steps[2] = {steps_of_end(0), steps_of_end(1)};
  for (int interrupt = 1; interrupt <= steps[1]; ++interrupt) {
    for (int outer_end = interrupt; outer_end <= steps[1]; ++outer_end) {
      for (int inner_end = 1; inner_end <= steps[0]; ++inner_end) {
        CrashWorld world;
        fill_first_ring(world);
        acquire(world, 0);
        acquire(world, 3);
        bool producer_ended = false;
        Killer inner{.ends_after = inner_end};
        Killer outer{.ends_after = outer_end, .interrupts_after = interrupt, .interlude = [&] {
                       world.write(0, 3);
                       producer_ended =
                           !survives(world.lanes[0]->killer, inner, [&] { drop_by_lane_0(world); });
                     }};
        const bool consumer_ended = !survives(world.lanes[1]->killer, outer, [&] { take_by_lane_1(world); });
        if (consumer_ended) world.reclaim(1);
        if (producer_ended) world.reclaim(0);
        world.check_at_rest();
      }
    }
  }
}

// As if lane 1 had stamped 4,095 times since: its next stamp is the one that slot 0 bears.
void wind_back_stamps(CrashWorld& world) {
  const std::uint32_t sequence = stamp_sequence_of(peek(world.segment().refs(0)));
  poke(world.segment().record(1, kStampSequenceWord), (sequence - 1) & kStampSequenceMask);
}

CASE(own_stamp_again, "an old stamp with the same sequence is not taken for the one that was cut short") {
  const auto share = [](CrashWorld& world) { (void)world.references(1).try_share(0, 1); };
  CrashWorld whole;
  share_with_lane_1(whole);
  Killer counting;
  CHECK(survives(whole.lanes[1]->killer, counting, [&] { share(whole); }));
  for (int step = 1; step <= counting.steps; ++step) {
    CrashWorld world;
    share_with_lane_1(world);
    wind_back_stamps(world);
    Killer killer{.ends_after = step};
    CHECK(!survives(world.lanes[1]->killer, killer, [&] { share(world); }));
    world.reclaim(1);
    world.check_at_rest();
  }
}

CASE(note_is_kept,
     "the note of an overwritten stamp outlives the overwriting of an older one with its sequence") {
  CrashWorld world;
  for (const std::uint32_t slot : {0u, 1u}) {
    acquire(world, slot);
    CHECK(world.references(0).try_share(slot, 1));
    world.write(0, slot);
    CHECK(world.take(0).has_value());
  }
  CHECK(world.references(1).try_share(0, 1));
  wind_back_stamps(world);
  // Lane 1 ends in its share of slot 1, right after the count was changed; its stamps in both slots are equal.
  const std::uint32_t before = count_of(peek(world.segment().refs(1)));
  for (int step = 1; count_of(peek(world.segment().refs(1))) == before; ++step) {
    Killer killer{.ends_after = step};
    wind_back_stamps(world);
    CHECK(!survives(world.lanes[1]->killer, killer, [&] { (void)world.references(1).try_share(1, 1); }));
  }
  CHECK_EQUAL(stamp_sequence_of(peek(world.segment().refs(1))),
              stamp_sequence_of(peek(world.segment().refs(0))));
  CHECK(world.references(0).try_share(1, 1));
  CHECK(world.references(0).try_share(0, 1));
  world.reclaim(1);
  world.check_at_rest();
}

CASE(acquired_again, "a release that was done is not undone when the slot has a new life") {
  CrashWorld world;
  acquire(world, 0);
  world.write(0, 0);
  CHECK(world.take(0).has_value());
  for (int step = 1; count_of(peek(world.segment().refs(0))) != 0; ++step) {
    Killer killer{.ends_after = step};
    CHECK(!survives(world.lanes[1]->killer, killer, [&] { world.references(1).release(0); }));
  }
  acquire(world, 0);
  world.reclaim(1);
  world.check_at_rest();
  CHECK_EQUAL(world.references(0).held(0), 1);
}

// Random operations of random lanes, with lanes that end and others that act in the middle.
class RandomLife {
 public:
  explicit RandomLife(std::uint32_t seed) : random_(seed) {}

  void run(int turns) {
    for (int turn = 0; turn < turns; ++turn) {
      act(0);
      if (pick(6) != 0) continue;
      for (std::uint32_t lane = 0; lane < kWorldLanes; ++lane) {
        if (!ended_[lane]) continue;
        world_.reclaim(lane);
        ended_[lane] = false;
      }
      world_.check_at_rest();
    }
  }

 private:
  std::uint32_t pick(std::uint32_t choices) { return static_cast<std::uint32_t>(random_() % choices); }

  void act(int depth) {
    const std::uint32_t lane = pick(kWorldLanes);
    if (ended_[lane] || busy_[lane]) return;
    Killer killer{.ends_after = pick(4) == 0 ? static_cast<int>(pick(30)) : 0,
                  .interrupts_after = depth < 2 && pick(2) == 0 ? static_cast<int>(pick(30)) : 0,
                  .interlude = [this, depth] {
                    for (std::uint32_t acts = 1 + pick(5); acts > 0; --acts) act(depth + 1);
                  }};
    busy_[lane] = true;
    ended_[lane] = !survives(world_.lanes[lane]->killer, killer, [&] { operate(lane); });
    busy_[lane] = false;
  }

  void operate(std::uint32_t lane) {
    SlotReferences<KillStep>& references = world_.references(lane);
    const std::uint32_t slot = a_held_slot(lane);
    const std::uint32_t held = references.held(slot);
    const std::uint32_t ring = pick(3);
    const std::uint32_t choice = pick(6);
    if (choice == 0 && lane == 0) (void)references.try_acquire(pick(kWorldSlots));
    else if (choice == 1 && held > 0 && held < 100) (void)references.try_share(slot, 1 + pick(3));
    else if (choice == 2 && held > 0) references.release(slot, 1 + pick(held));
    else if (choice <= 4 && held > 0 && world_.producer_of(ring) == lane) world_.write(ring, slot);
    else if (world_.consumer_of(ring) == lane) (void)world_.take(ring);
  }

  std::uint32_t a_held_slot(std::uint32_t lane) {
    const std::uint32_t first = pick(kWorldSlots);
    for (std::uint32_t i = 0; i < kWorldSlots; ++i) {
      if (world_.references(lane).held((first + i) % kWorldSlots) > 0) return (first + i) % kWorldSlots;
    }
    return first;
  }

  std::mt19937 random_;
  CrashWorld world_;
  bool ended_[kWorldLanes] = {};
  bool busy_[kWorldLanes] = {};
};

CASE(random_life, "lanes that act and end at random are reclaimed exactly") {
  for (std::uint32_t seed = 1; seed <= 20; ++seed) {
    try {
      RandomLife(seed).run(kRepetitions / 10);
    } catch (const CheckFailed& failure) {
      throw CheckFailed{failure.text + " (seed " + std::to_string(seed) + ")"};
    }
  }
}

}  // namespace
}  // namespace streamlib::test
