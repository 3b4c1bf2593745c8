#include "../core/doorbell.h"

#include "arguments.h"
#include "event_loop_listener.h"
#include "functions.h"
#include "segment_handle.h"

namespace streamlib::binding {
namespace {

/// A thread that waits cannot be terminated, so nobody may wait for long.
constexpr double kLongestWaitMs = 1000;

bool doorbell_arguments(const Napi::CallbackInfo& info, const char* function, MappedSegment** segment,
                        std::uint32_t* lane) {
  *segment = segment_argument(info, function, 0);
  return *segment != nullptr && lane_argument(info, function, 1, lane);
}

}  // namespace

Napi::Value doorbell_wait(const Napi::CallbackInfo& info) {
  MappedSegment* segment = nullptr;
  std::uint32_t lane = 0;
  if (!doorbell_arguments(info, "doorbellWait", &segment, &lane)) return info.Env().Undefined();
  const double timeout_ms = info[2].IsNumber() ? info[2].As<Napi::Number>().DoubleValue() : -1;
  if (!(timeout_ms >= 0 && timeout_ms <= kLongestWaitMs)) {
    refuse_argument(info, "doorbellWait", 2, "milliseconds from 0 to 1000");
    return info.Env().Undefined();
  }
  const bool rung = DoorbellOwner(segment->segment(), lane).wait(static_cast<std::int64_t>(timeout_ms * 1e6));
  return Napi::Boolean::New(info.Env(), rung);
}

Napi::Value doorbell_wake(const Napi::CallbackInfo& info) {
  MappedSegment* segment = nullptr;
  std::uint32_t lane = 0;
  if (!doorbell_arguments(info, "doorbellWake", &segment, &lane)) return info.Env().Undefined();
  const DoorbellRinger ringer(segment->segment(), lane);
  if (ringer.sleeps_in_event_loop()) SegmentRegistry::instance().wake_event_loop(*segment, lane);
  else ringer.wake();
  return info.Env().Undefined();
}

Napi::Value doorbell_listen(const Napi::CallbackInfo& info) {
  MappedSegment* segment = nullptr;
  std::uint32_t lane = 0;
  if (!doorbell_arguments(info, "doorbellListen", &segment, &lane)) return info.Env().Undefined();
  if (!info[2].IsFunction()) {
    refuse_argument(info, "doorbellListen", 2, "a function");
  } else if (!EventLoopListener::start(info.Env(), *segment, lane, info[2].As<Napi::Function>())) {
    refuse_argument(info, "doorbellListen", 1, "a lane that nobody listens for");
  }
  return info.Env().Undefined();
}

Napi::Value doorbell_unlisten(const Napi::CallbackInfo& info) {
  MappedSegment* segment = nullptr;
  std::uint32_t lane = 0;
  if (!doorbell_arguments(info, "doorbellUnlisten", &segment, &lane)) return info.Env().Undefined();
  EventLoopListener::stop(info.Env(), *segment, lane);
  return info.Env().Undefined();
}

}  // namespace streamlib::binding
