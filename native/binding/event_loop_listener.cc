#include "event_loop_listener.h"

#include "segment_registry.h"

namespace streamlib::binding {

bool EventLoopListener::start(Napi::Env env, MappedSegment& segment, std::uint32_t lane,
                              Napi::Function callback) {
  auto* self = new EventLoopListener(env, segment, lane);
  if (!SegmentRegistry::instance().add_listener(segment, lane, self)) {
    delete self;
    return false;
  }
  // Without a bound: there is at most one call under way.
  self->function_ = Function::New(env, callback, "streamlib doorbell", 0, 1, self,
                                  [](Napi::Env, void*, EventLoopListener* ended) { delete ended; });
  self->function_.Unref(env);
  // NB: added after the threadsafe function, whose own hook therefore runs later and finds it released.
  napi_add_env_cleanup_hook(env, at_environment_end, self);
  poke(segment.segment().doorbell(lane, kDoorbellSleeperWord), kSleeperEventLoop);
  return true;
}

void EventLoopListener::stop(Napi::Env env, MappedSegment& segment, std::uint32_t lane) {
  EventLoopListener* listener = SegmentRegistry::instance().listener(segment, lane);
  // Only this thread could end a listener of its own environment, so it is still there.
  if (listener == nullptr || listener->env_ != static_cast<napi_env>(env)) return;
  napi_remove_env_cleanup_hook(env, at_environment_end, listener);
  listener->end();
}

void EventLoopListener::wake() {
  // ORDERING: acq_rel, pairs with the exchange in call(): a wake that adds nothing comes before the callback's look.
  if (!pending_.exchange(true, std::memory_order_acq_rel)) function_.NonBlockingCall();
}

void EventLoopListener::call(Napi::Env env, Napi::Function callback, EventLoopListener* self, void*) {
  // NB: without an environment the call is one that was still queued when it ended.
  if (env == nullptr || callback.IsEmpty()) return;
  // ORDERING: acq_rel, see wake().
  self->pending_.exchange(false, std::memory_order_acq_rel);
  // What the callback throws stays pending, and Node reports it as uncaught. A worker that is being terminated cannot
  // be called, and nobody waits for that.
  napi_call_function(env, env.Undefined(), callback, 0, nullptr, nullptr);
}

void EventLoopListener::at_environment_end(void* self) { static_cast<EventLoopListener*>(self)->end(); }

void EventLoopListener::end() {
  if (!SegmentRegistry::instance().remove_listener(segment_, lane_, this)) return;
  poke(segment_.segment().doorbell(lane_, kDoorbellSleeperWord), kSleeperFutex);
  function_.Release();
}

}  // namespace streamlib::binding
