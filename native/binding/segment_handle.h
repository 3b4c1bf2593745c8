// The handle of a segment, as JavaScript holds it: opaque, tagged with its type, closed explicitly or at last by the
// garbage collector.
#pragma once

#include <napi.h>

#include "segment_registry.h"

namespace streamlib::binding {

/// Makes the handle of a segment that was just created, opened or attached, and that it now owns.
Napi::Value make_segment_handle(Napi::Env env, MappedSegment& segment);

/// The open segment of a handle argument; nullptr, with an error pending, for anything else.
MappedSegment* segment_argument(const Napi::CallbackInfo& info, const char* function, std::size_t index);

}  // namespace streamlib::binding
