// Checking arguments: a wrong one leaves a TypeError pending that names the function, the position, what was
// expected and what it was, and the function returns.
#pragma once

#include <napi.h>

#include <cstdint>
#include <string>

namespace streamlib::binding {

class OpenSegment;

/// Leaves `<function>.args[<index>]: expected <expected>, was <the argument>` pending.
void refuse_argument(const Napi::CallbackInfo& info, const char* function, std::size_t index,
                     const std::string& expected);

/// A whole number from `least` to `most`; false, with an error pending, for anything else.
bool integer_argument(const Napi::CallbackInfo& info, const char* function, std::size_t index,
                      std::int64_t least, std::int64_t most, std::int64_t* value);

/// A lane index.
bool lane_argument(const Napi::CallbackInfo& info, const char* function, std::size_t index,
                   std::uint32_t* lane);

}  // namespace streamlib::binding
