// Every function of the addon, in the order of native/native.ts, which says what each does.
#pragma once

#include <napi.h>

namespace streamlib::binding {

Napi::Value segment_create(const Napi::CallbackInfo& info);
Napi::Value segment_open(const Napi::CallbackInfo& info);
Napi::Value segment_attach(const Napi::CallbackInfo& info);
Napi::Value segment_id(const Napi::CallbackInfo& info);
Napi::Value segment_fd(const Napi::CallbackInfo& info);
Napi::Value segment_buffer(const Napi::CallbackInfo& info);
Napi::Value segment_close(const Napi::CallbackInfo& info);

Napi::Value doorbell_wait(const Napi::CallbackInfo& info);
Napi::Value doorbell_wake(const Napi::CallbackInfo& info);
Napi::Value doorbell_listen(const Napi::CallbackInfo& info);
Napi::Value doorbell_unlisten(const Napi::CallbackInfo& info);

Napi::Value pool_grow(const Napi::CallbackInfo& info);
Napi::Value lane_reclaim(const Napi::CallbackInfo& info);

Napi::Value thread_set_nice(const Napi::CallbackInfo& info);
Napi::Value thread_set_realtime(const Napi::CallbackInfo& info);

}  // namespace streamlib::binding
