// A segment as the test addon sees it: it has a copy of the core of its own and maps the memory by its descriptor, as
// another process would.
#pragma once

#include <napi.h>

#include "../core/segment.h"

namespace streamlib::testing {

/// segmentMap(fd): an opaque handle of the segment behind a descriptor. It stays mapped until the process ends.
Napi::Value segment_map(const Napi::CallbackInfo& info);

/// The segment of a handle argument; false, with an error pending, for anything else.
bool segment_argument(const Napi::CallbackInfo& info, const char* function, Segment* segment);

}  // namespace streamlib::testing
