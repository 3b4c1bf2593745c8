// What wakes a lane that sleeps in its event loop: a threadsafe function that calls the lane's callback.
#pragma once

#include <napi.h>

#include <atomic>
#include <cstdint>

namespace streamlib::binding {

struct MappedSegment;

/// One lane's callback. Made and stopped on the thread of its environment, woken from any thread. Stops by itself
/// before its environment ends, and does not keep its environment alive.
class EventLoopListener {
 public:
  /// Listens for `lane`. False, with an error pending or not, when it cannot.
  static bool start(Napi::Env env, MappedSegment& segment, std::uint32_t lane, Napi::Function callback);

  /// Stops listening for the lane if `env` is who listens.
  static void stop(Napi::Env env, MappedSegment& segment, std::uint32_t lane);

  /// Has the callback called once, soon; further calls until then add nothing. Only under the registry's lock, so
  /// that it cannot end meanwhile.
  void wake();

 private:
  EventLoopListener(Napi::Env env, MappedSegment& segment, std::uint32_t lane)
      : env_(env), segment_(segment), lane_(lane) {}

  static void call(Napi::Env env, Napi::Function callback, EventLoopListener* self, void* data);
  static void at_environment_end(void* self);
  void end();

  using Function = Napi::TypedThreadSafeFunction<EventLoopListener, void, &EventLoopListener::call>;

  napi_env env_;
  MappedSegment& segment_;
  std::uint32_t lane_;
  std::atomic<bool> pending_ = false;
  Function function_;
};

}  // namespace streamlib::binding
