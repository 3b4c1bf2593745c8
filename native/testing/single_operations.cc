// One operation of the core per call, so that a test can drive C++ and JavaScript against each other.
#include "../binding/arguments.h"
#include "../core/frame_pool.h"
#include "../core/ref_ring.h"
#include "functions.h"
#include "mapped_segment.h"

namespace streamlib::testing {
namespace {

bool slot_argument(const Napi::CallbackInfo& info, const char* function, std::size_t index, Segment segment,
                   std::uint32_t* slot) {
  std::int64_t value = 0;
  const std::int64_t used = peek(segment.header(kHeaderSlotsUsedWord));
  if (!binding::integer_argument(info, function, index, 0, used - 1, &value)) return false;
  *slot = static_cast<std::uint32_t>(value);
  return true;
}

bool ring_argument(const Napi::CallbackInfo& info, const char* function, std::size_t index,
                   std::uint32_t* place) {
  std::int64_t value = 0;
  if (!binding::integer_argument(info, function, index, kControlPlace, kDataPlace - kLineBytes, &value))
    return false;
  *place = static_cast<std::uint32_t>(value);
  return true;
}

// The arguments (segment, lane, slot) that all slot functions begin with.
struct SlotArguments {
  Segment segment;
  std::uint32_t lane = 0;
  std::uint32_t slot = 0;
  bool valid;

  SlotArguments(const Napi::CallbackInfo& info, const char* function)
      : valid(segment_argument(info, function, &segment) &&
              binding::lane_argument(info, function, 1, &lane) &&
              slot_argument(info, function, 2, segment, &slot)) {}
};

}  // namespace

Napi::Value slot_acquire(const Napi::CallbackInfo& info) {
  const SlotArguments arguments(info, "slotAcquire");
  if (!arguments.valid) return info.Env().Undefined();
  SlotReferences<> references(arguments.segment, arguments.lane);
  return Napi::Boolean::New(info.Env(), references.try_acquire(arguments.slot));
}

Napi::Value slot_share(const Napi::CallbackInfo& info) {
  const SlotArguments arguments(info, "slotShare");
  std::int64_t more = 0;
  if (!arguments.valid || !binding::integer_argument(info, "slotShare", 3, 1, kReferenceLimit, &more)) {
    return info.Env().Undefined();
  }
  SlotReferences<> references(arguments.segment, arguments.lane);
  return Napi::Boolean::New(info.Env(),
                            references.try_share(arguments.slot, static_cast<std::uint32_t>(more)));
}

Napi::Value slot_release(const Napi::CallbackInfo& info) {
  const SlotArguments arguments(info, "slotRelease");
  if (!arguments.valid) return info.Env().Undefined();
  SlotReferences<> references(arguments.segment, arguments.lane);
  std::int64_t n = 0;
  if (binding::integer_argument(info, "slotRelease", 3, 1, references.held(arguments.slot), &n)) {
    references.release(arguments.slot, static_cast<std::uint32_t>(n));
  }
  return info.Env().Undefined();
}

Napi::Value ring_write(const Napi::CallbackInfo& info) {
  Segment segment;
  std::uint32_t place = 0;
  std::uint32_t slot = 0;
  if (!segment_argument(info, "ringWrite", &segment) || !ring_argument(info, "ringWrite", 1, &place) ||
      !slot_argument(info, "ringWrite", 2, segment, &slot)) {
    return info.Env().Undefined();
  }
  SlotReferences<> references(segment, peek(RefRing(segment, place).word(kRingProducerLaneWord)));
  constexpr const char* kResults[] = {"written", "full", "closed"};
  const WriteResult result = RingProducer<>(references, place).try_write(slot);
  return Napi::String::New(info.Env(), kResults[static_cast<int>(result)]);
}

Napi::Value ring_take(const Napi::CallbackInfo& info) {
  Segment segment;
  std::uint32_t place = 0;
  if (!segment_argument(info, "ringTake", &segment) || !ring_argument(info, "ringTake", 1, &place)) {
    return info.Env().Undefined();
  }
  SlotReferences<> references(segment, peek(RefRing(segment, place).word(kRingConsumerLaneWord)));
  const auto slot = RingConsumer<>(references, place).try_take();
  return Napi::Number::New(info.Env(), slot ? static_cast<double>(*slot) : -1);
}

}  // namespace streamlib::testing
