#include "../core/reclaim_lane.h"
#include "../core/span_table.h"
#include "arguments.h"
#include "functions.h"
#include "segment_handle.h"

namespace streamlib::binding {

Napi::Value pool_grow(const Napi::CallbackInfo& info) {
  const MappedSegment* segment = segment_argument(info, "poolGrow", 0);
  std::uint32_t lane = 0;
  std::int64_t bytes = 0;
  if (segment == nullptr || !lane_argument(info, "poolGrow", 1, &lane) ||
      !integer_argument(info, "poolGrow", 2, 1, kLargestSlotBytes, &bytes)) {
    return info.Env().Undefined();
  }
  const auto span =
      SpanTable(segment->segment()).grow(lane, slot_bytes_for(static_cast<std::uint64_t>(bytes)));
  return Napi::Number::New(info.Env(), span ? static_cast<double>(*span) : -1);
}

Napi::Value lane_reclaim(const Napi::CallbackInfo& info) {
  const MappedSegment* segment = segment_argument(info, "laneReclaim", 0);
  std::uint32_t lane = 0;
  if (segment == nullptr || !lane_argument(info, "laneReclaim", 1, &lane)) return info.Env().Undefined();
  const Reclaimed reclaimed = reclaim_lane(segment->segment(), lane);
  auto result = Napi::Object::New(info.Env());
  result.Set("references", Napi::Number::New(info.Env(), reclaimed.references));
  result.Set("spans", Napi::Number::New(info.Env(), reclaimed.spans));
  return result;
}

}  // namespace streamlib::binding
