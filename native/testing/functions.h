// Every function of the test addon, in the order of native/testing/index.ts, which says what each does.
#pragma once

#include <napi.h>

namespace streamlib::testing {

Napi::Value slot_acquire(const Napi::CallbackInfo& info);
Napi::Value slot_share(const Napi::CallbackInfo& info);
Napi::Value slot_release(const Napi::CallbackInfo& info);
Napi::Value ring_write(const Napi::CallbackInfo& info);
Napi::Value ring_take(const Napi::CallbackInfo& info);

Napi::Value producer_start(const Napi::CallbackInfo& info);
Napi::Value consumer_start(const Napi::CallbackInfo& info);
Napi::Value pump_state(const Napi::CallbackInfo& info);
Napi::Value pump_stop(const Napi::CallbackInfo& info);

Napi::Value futex_latencies(const Napi::CallbackInfo& info);
Napi::Value ring_rate(const Napi::CallbackInfo& info);
Napi::Value copy_rate(const Napi::CallbackInfo& info);

}  // namespace streamlib::testing
