#include "environment.h"

namespace streamlib::binding {

Napi::Value Environment::buffer_of(Napi::Env env, const MappedSegment& segment) {
  const auto found = buffers_.find(segment.id);
  if (found != buffers_.end()) return found->second.Value();
  // Nothing to do when it is collected: the memory stays mapped.
  // NB: V8 counts all of it as external memory, which costs one early collection (4 ms) per environment and no
  // further one. Counting it back by napi_adjust_external_memory() ends in a failed check when the environment does.
  auto buffer = Napi::ArrayBuffer::New(env, segment.memory.base, segment.memory.byte_length);
  buffers_.emplace(segment.id, Napi::Reference<Napi::ArrayBuffer>::New(buffer, 1));
  return buffer;
}

}  // namespace streamlib::binding
