// Registers the functions, once per environment.
#include <napi.h>

#include "environment.h"
#include "functions.h"

namespace streamlib::binding {
namespace {

struct NamedFunction {
  const char* name;
  Napi::Value (*call)(const Napi::CallbackInfo& info);
};

constexpr NamedFunction kFunctions[] = {
    {"segmentCreate", segment_create},
    {"segmentOpen", segment_open},
    {"segmentAttach", segment_attach},
    {"segmentId", segment_id},
    {"segmentFd", segment_fd},
    {"segmentBuffer", segment_buffer},
    {"segmentClose", segment_close},
    {"doorbellWait", doorbell_wait},
    {"doorbellWake", doorbell_wake},
    {"doorbellListen", doorbell_listen},
    {"doorbellUnlisten", doorbell_unlisten},
    {"poolGrow", pool_grow},
    {"laneReclaim", lane_reclaim},
    {"threadSetNice", thread_set_nice},
    {"threadSetRealtime", thread_set_realtime},
};

Napi::Object initialize(Napi::Env env, Napi::Object exports) {
  env.SetInstanceData(new Environment());
  for (const auto& [name, call] : kFunctions) exports.Set(name, Napi::Function::New(env, call, name));
  return exports;
}

}  // namespace

// NB: inside the namespace, since the macro pastes the name into another.
NODE_API_MODULE(streamlib, initialize)

}  // namespace streamlib::binding
