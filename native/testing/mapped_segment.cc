#include "mapped_segment.h"

#include "../binding/arguments.h"
#include "../core/shared_memory.h"

namespace streamlib::testing {
namespace {

constexpr napi_type_tag kTag = {0x51c8e2b7f0a94d63, 0x86f5a1d40c3be972};

}  // namespace

Napi::Value segment_map(const Napi::CallbackInfo& info) {
  std::int64_t descriptor = 0;
  if (!binding::integer_argument(info, "segmentMap", 0, 0, INT32_MAX, &descriptor))
    return info.Env().Undefined();
  const SharedMemory memory = map_shared_memory(static_cast<int>(descriptor));
  if (memory.base == nullptr || segment_fault({memory.base, memory.byte_length}) != nullptr) {
    binding::refuse_argument(info, "segmentMap", 0, "the descriptor of a segment");
    return info.Env().Undefined();
  }
  auto handle = Napi::External<Segment>::New(info.Env(), new Segment{memory.base, memory.byte_length},
                                             [](Napi::Env, Segment* segment) { delete segment; });
  handle.TypeTag(&kTag);
  return handle;
}

bool segment_argument(const Napi::CallbackInfo& info, const char* function, Segment* segment) {
  if (info[0].IsExternal()) {
    const auto handle = info[0].As<Napi::External<Segment>>();
    if (handle.CheckTypeTag(&kTag)) {
      *segment = *handle.Data();
      return true;
    }
  }
  binding::refuse_argument(info, function, 0, "a segment handle of the test addon");
  return false;
}

}  // namespace streamlib::testing
