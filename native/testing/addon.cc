// Registers the functions of the addon that tests and benches use, and no package contains.
#include "functions.h"
#include "mapped_segment.h"

namespace streamlib::testing {
namespace {

struct NamedFunction {
  const char* name;
  Napi::Value (*call)(const Napi::CallbackInfo& info);
};

constexpr NamedFunction kFunctions[] = {
    {"segmentMap", segment_map},       {"slotAcquire", slot_acquire},       {"slotShare", slot_share},
    {"slotRelease", slot_release},     {"ringWrite", ring_write},           {"ringTake", ring_take},
    {"producerStart", producer_start}, {"consumerStart", consumer_start},   {"pumpState", pump_state},
    {"pumpStop", pump_stop},           {"futexLatencies", futex_latencies}, {"ringRate", ring_rate},
    {"copyRate", copy_rate},
};

Napi::Object initialize(Napi::Env env, Napi::Object exports) {
  for (const auto& [name, call] : kFunctions) exports.Set(name, Napi::Function::New(env, call, name));
  return exports;
}

}  // namespace

// NB: inside the namespace, since the macro pastes the name into another.
NODE_API_MODULE(streamlib_test, initialize)

}  // namespace streamlib::testing
