#include "../core/thread_priority.h"

#include "arguments.h"
#include "functions.h"

namespace streamlib::binding {
namespace {

Napi::Value reason_or_null(Napi::Env env, const char* reason) {
  if (reason == nullptr) return env.Null();
  return Napi::String::New(env, reason);
}

}  // namespace

Napi::Value thread_set_nice(const Napi::CallbackInfo& info) {
  std::int64_t nice = 0;
  if (!integer_argument(info, "threadSetNice", 0, -20, 19, &nice)) return info.Env().Undefined();
  return reason_or_null(info.Env(), set_thread_nice(static_cast<int>(nice)));
}

Napi::Value thread_set_realtime(const Napi::CallbackInfo& info) {
  std::int64_t priority = 0;
  if (!integer_argument(info, "threadSetRealtime", 0, 1, 99, &priority)) return info.Env().Undefined();
  return reason_or_null(info.Env(), set_thread_realtime(static_cast<int>(priority)));
}

}  // namespace streamlib::binding
