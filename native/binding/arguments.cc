#include "arguments.h"

#include <cmath>

#include "../core/layout.h"

namespace streamlib::binding {
namespace {

constexpr std::size_t kShownCharacters = 40;

std::string describe(Napi::Value value) {
  if (value.IsUndefined()) return "undefined";
  if (value.IsNull()) return "null";
  if (value.IsBoolean() || value.IsNumber()) return value.ToString().Utf8Value();
  if (value.IsString()) {
    const std::string text = value.As<Napi::String>().Utf8Value();
    return text.size() <= kShownCharacters ? '"' + text + '"'
                                           : "a string of " + std::to_string(text.size()) + " bytes";
  }
  if (value.IsFunction()) return "a function";
  if (value.IsArray()) return "an array";
  if (value.IsExternal()) return "another handle";
  return value.IsObject() ? "an object" : "a symbol or a bigint";
}

}  // namespace

void refuse_argument(const Napi::CallbackInfo& info, const char* function, std::size_t index,
                     const std::string& expected) {
  const std::string text = std::string(function) + ".args[" + std::to_string(index) + "]: expected " +
                           expected + ", was " + describe(info[index]);
  Napi::TypeError::New(info.Env(), text).ThrowAsJavaScriptException();
}

bool integer_argument(const Napi::CallbackInfo& info, const char* function, std::size_t index,
                      std::int64_t least, std::int64_t most, std::int64_t* value) {
  if (info[index].IsNumber()) {
    const double number = info[index].As<Napi::Number>().DoubleValue();
    if (number == std::trunc(number) && number >= static_cast<double>(least) &&
        number <= static_cast<double>(most)) {
      *value = static_cast<std::int64_t>(number);
      return true;
    }
  }
  refuse_argument(info, function, index,
                  "a whole number from " + std::to_string(least) + " to " + std::to_string(most));
  return false;
}

bool lane_argument(const Napi::CallbackInfo& info, const char* function, std::size_t index,
                   std::uint32_t* lane) {
  std::int64_t value = 0;
  if (!integer_argument(info, function, index, 0, kLaneLimit - 1, &value)) return false;
  *lane = static_cast<std::uint32_t>(value);
  return true;
}

}  // namespace streamlib::binding
