#include "arguments.h"
#include "environment.h"
#include "functions.h"
#include "segment_handle.h"

namespace streamlib::binding {
namespace {

constexpr napi_type_tag kSegmentTag = {0x8d6f4c0e5b2a4d17, 0x9a3e71c2d4f06b58};

/// What a handle points at; nullptr once it is closed.
struct SegmentHandle {
  MappedSegment* segment;
};

SegmentHandle* handle_argument(const Napi::CallbackInfo& info, const char* function, std::size_t index) {
  if (info[index].IsExternal()) {
    const auto external = info[index].As<Napi::External<SegmentHandle>>();
    if (external.CheckTypeTag(&kSegmentTag)) return external.Data();
  }
  refuse_argument(info, function, index, "a segment handle");
  return nullptr;
}

Napi::Value handle_or_throw(const Napi::CallbackInfo& info, const char* failed, SegmentOrReason result) {
  if (auto** segment = std::get_if<MappedSegment*>(&result))
    return make_segment_handle(info.Env(), **segment);
  Napi::Error::New(info.Env(), std::string(failed) + ": " + std::get<const char*>(result))
      .ThrowAsJavaScriptException();
  return info.Env().Undefined();
}

}  // namespace

Napi::Value make_segment_handle(Napi::Env env, MappedSegment& segment) {
  auto external = Napi::External<SegmentHandle>::New(env, new SegmentHandle{&segment},
                                                     [](Napi::Env, SegmentHandle* handle) {
                                                       if (handle->segment != nullptr)
                                                         SegmentRegistry::instance().close(*handle->segment);
                                                       delete handle;
                                                     });
  external.TypeTag(&kSegmentTag);
  return external;
}

MappedSegment* segment_argument(const Napi::CallbackInfo& info, const char* function, std::size_t index) {
  const SegmentHandle* handle = handle_argument(info, function, index);
  if (handle == nullptr) return nullptr;
  if (handle->segment == nullptr) {
    const std::string where = std::string(function) + ".args[" + std::to_string(index) + "]";
    Napi::TypeError::New(info.Env(), where + ": expected an open segment, was a closed one")
        .ThrowAsJavaScriptException();
  }
  return handle->segment;
}

Napi::Value segment_create(const Napi::CallbackInfo& info) {
  std::int64_t data_bytes = 0;
  if (!integer_argument(info, "segmentCreate", 0, 1, kDataBytesLimit, &data_bytes))
    return info.Env().Undefined();
  return handle_or_throw(info, "segmentCreate: no shared memory",
                         SegmentRegistry::instance().create(static_cast<std::uint64_t>(data_bytes)));
}

Napi::Value segment_open(const Napi::CallbackInfo& info) {
  std::int64_t id = 0;
  if (!integer_argument(info, "segmentOpen", 0, 0, UINT32_MAX, &id)) return info.Env().Undefined();
  MappedSegment* segment = SegmentRegistry::instance().open(static_cast<std::uint32_t>(id));
  if (segment != nullptr) return make_segment_handle(info.Env(), *segment);
  refuse_argument(info, "segmentOpen", 0, "the id of a segment that is open in this process");
  return info.Env().Undefined();
}

Napi::Value segment_attach(const Napi::CallbackInfo& info) {
  std::int64_t descriptor = 0;
  if (!integer_argument(info, "segmentAttach", 0, 0, INT32_MAX, &descriptor)) return info.Env().Undefined();
  return handle_or_throw(info, "segmentAttach.args[0]: expected the descriptor of a segment, but",
                         SegmentRegistry::instance().attach(static_cast<int>(descriptor)));
}

Napi::Value segment_id(const Napi::CallbackInfo& info) {
  const MappedSegment* segment = segment_argument(info, "segmentId", 0);
  if (segment == nullptr) return info.Env().Undefined();
  return Napi::Number::New(info.Env(), segment->id);
}

Napi::Value segment_fd(const Napi::CallbackInfo& info) {
  const MappedSegment* segment = segment_argument(info, "segmentFd", 0);
  if (segment == nullptr) return info.Env().Undefined();
  return Napi::Number::New(info.Env(), segment->memory.descriptor);
}

Napi::Value segment_buffer(const Napi::CallbackInfo& info) {
  MappedSegment* segment = segment_argument(info, "segmentBuffer", 0);
  if (segment == nullptr) return info.Env().Undefined();
  return Environment::of(info.Env()).buffer_of(info.Env(), *segment);
}

Napi::Value segment_close(const Napi::CallbackInfo& info) {
  MappedSegment* segment = segment_argument(info, "segmentClose", 0);
  if (segment == nullptr) return info.Env().Undefined();
  handle_argument(info, "segmentClose", 0)->segment = nullptr;
  SegmentRegistry::instance().close(*segment);
  return info.Env().Undefined();
}

}  // namespace streamlib::binding
