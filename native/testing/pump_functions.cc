#include "../binding/arguments.h"
#include "functions.h"
#include "mapped_segment.h"
#include "pumps.h"

namespace streamlib::testing {
namespace {

constexpr napi_type_tag kTag = {0x2f7d60b1c95e4a38, 0xb04c8de71f63a529};

// Owned by its handle; its thread ends, at the latest, before the environment does.
struct PumpHandle {
  Pump pump;
  napi_env env;

  static void at_environment_end(void* self) { static_cast<PumpHandle*>(self)->pump.stop(); }
};

PumpHandle* pump_argument(const Napi::CallbackInfo& info, const char* function) {
  if (info[0].IsExternal()) {
    const auto handle = info[0].As<Napi::External<PumpHandle>>();
    if (handle.CheckTypeTag(&kTag)) return handle.Data();
  }
  binding::refuse_argument(info, function, 0, "a pump");
  return nullptr;
}

Napi::Value start(const Napi::CallbackInfo& info, const char* function, Pump::Kind kind) {
  PumpPlan plan;
  std::int64_t ring = 0;
  std::int64_t frames = 0;
  std::int64_t frame_bytes = 0;
  if (!segment_argument(info, function, &plan.segment) ||
      !binding::integer_argument(info, function, 1, kControlPlace, kDataPlace - kLineBytes, &ring) ||
      !binding::integer_argument(info, function, 2, 1, INT64_C(1) << 53, &frames) ||
      !binding::integer_argument(info, function, 3, kFrameHeadBytes + 4, kLargestSlotBytes - kSlotPrefixBytes,
                                 &frame_bytes) ||
      !binding::integer_argument(info, function, 4, 0, 1'000'000'000, &plan.interval_ns)) {
    return info.Env().Undefined();
  }
  plan.ring = static_cast<std::uint32_t>(ring);
  plan.frames = static_cast<std::uint64_t>(frames);
  plan.frame_bytes = static_cast<std::uint32_t>(frame_bytes) / 4 * 4;
  auto* pump = new PumpHandle{.pump = {kind, plan}, .env = info.Env()};
  napi_add_env_cleanup_hook(info.Env(), PumpHandle::at_environment_end, pump);
  auto handle = Napi::External<PumpHandle>::New(info.Env(), pump, [](Napi::Env, PumpHandle* ended) {
    napi_remove_env_cleanup_hook(ended->env, PumpHandle::at_environment_end, ended);
    delete ended;
  });
  handle.TypeTag(&kTag);
  return handle;
}

Napi::Object state_of(Napi::Env env, const Pump& pump) {
  // First, so that the counts of a pump that is done are final.
  const bool is_done = pump.is_done();
  auto state = Napi::Object::New(env);
  state.Set("isDone", Napi::Boolean::New(env, is_done));
  state.Set("frames", Napi::Number::New(env, static_cast<double>(pump.frames())));
  state.Set("faults", Napi::Number::New(env, static_cast<double>(pump.faults())));
  state.Set("elapsedNs", Napi::Number::New(env, static_cast<double>(pump.elapsed_ns())));
  return state;
}

}  // namespace

Napi::Value producer_start(const Napi::CallbackInfo& info) {
  return start(info, "producerStart", Pump::Kind::kProducer);
}

Napi::Value consumer_start(const Napi::CallbackInfo& info) {
  return start(info, "consumerStart", Pump::Kind::kConsumer);
}

Napi::Value pump_state(const Napi::CallbackInfo& info) {
  const PumpHandle* handle = pump_argument(info, "pumpState");
  if (handle == nullptr) return info.Env().Undefined();
  return state_of(info.Env(), handle->pump);
}

Napi::Value pump_stop(const Napi::CallbackInfo& info) {
  PumpHandle* handle = pump_argument(info, "pumpStop");
  if (handle == nullptr) return info.Env().Undefined();
  handle->pump.stop();
  return state_of(info.Env(), handle->pump);
}

}  // namespace streamlib::testing
