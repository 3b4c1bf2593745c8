// What the addon keeps per environment (the main thread, each worker).
#pragma once

#include <napi.h>

#include <map>

#include "segment_registry.h"

namespace streamlib::binding {

/// The instance data of one environment; only its thread uses it.
class Environment {
 public:
  static Environment& of(Napi::Env env) { return *env.GetInstanceData<Environment>(); }

  /// The segment as an ArrayBuffer, always the same one: two over one address would each claim it.
  Napi::Value buffer_of(Napi::Env env, const MappedSegment& segment);

 private:
  std::map<std::uint32_t, Napi::Reference<Napi::ArrayBuffer>> buffers_;
};

}  // namespace streamlib::binding
