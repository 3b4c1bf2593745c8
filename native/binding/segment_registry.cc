#include "segment_registry.h"

#include <cstring>

#include "event_loop_listener.h"

namespace streamlib::binding {

// NB: never destroyed, because threads of other environments may still use it while the process ends.
SegmentRegistry& SegmentRegistry::instance() {
  static auto* registry = new SegmentRegistry();
  return *registry;
}

SegmentOrReason SegmentRegistry::create(std::uint64_t data_bytes) {
  const SharedMemory memory = create_shared_memory(segment_bytes(data_bytes));
  if (memory.base == nullptr) return std::strerror(memory.error);
  format_segment({memory.base, memory.byte_length});
  const std::scoped_lock lock(mutex_);
  return keep(memory);
}

MappedSegment* SegmentRegistry::open(std::uint32_t id) {
  const std::scoped_lock lock(mutex_);
  const auto found = segments_.find(id);
  if (found == segments_.end() || found->second->handles == 0) return nullptr;
  ++found->second->handles;
  return found->second.get();
}

SegmentOrReason SegmentRegistry::attach(int descriptor) {
  const std::scoped_lock lock(mutex_);
  MemoryIdentity identity;
  if (!identify_shared_memory(descriptor, &identity)) return "it is no open descriptor";
  for (const auto& [id, mapped] : segments_) {
    if (mapped->handles == 0 || mapped->identity != identity) continue;
    ++mapped->handles;
    return mapped.get();
  }
  const SharedMemory memory = map_shared_memory(descriptor);
  if (memory.base == nullptr) return std::strerror(memory.error);
  if (const char* fault = segment_fault({memory.base, memory.byte_length})) {
    unmap_shared_memory(memory);
    return fault;
  }
  return keep(memory);
}

MappedSegment* SegmentRegistry::keep(const SharedMemory& memory) {
  auto mapped = std::make_unique<MappedSegment>();
  mapped->id = ++last_id_;
  mapped->memory = memory;
  mapped->handles = 1;
  identify_shared_memory(memory.descriptor, &mapped->identity);
  // ORDERING: acq_rel, so that whoever counts the last process out has seen all others in.
  mapped->segment().header(kHeaderProcessesWord).fetch_add(1, std::memory_order_acq_rel);
  return (segments_[mapped->id] = std::move(mapped)).get();
}

void SegmentRegistry::close(MappedSegment& mapped) {
  const std::scoped_lock lock(mutex_);
  if (--mapped.handles > 0) return;
  // ORDERING: acq_rel, see keep().
  const bool last =
      mapped.segment().header(kHeaderProcessesWord).fetch_sub(1, std::memory_order_acq_rel) == 1;
  release_shared_memory(mapped.memory, last);
}

bool SegmentRegistry::add_listener(MappedSegment& mapped, std::uint32_t lane, EventLoopListener* listener) {
  const std::scoped_lock lock(mutex_);
  return mapped.listeners.try_emplace(lane, listener).second;
}

bool SegmentRegistry::remove_listener(MappedSegment& mapped, std::uint32_t lane,
                                      EventLoopListener* listener) {
  const std::scoped_lock lock(mutex_);
  const auto found = mapped.listeners.find(lane);
  if (found == mapped.listeners.end() || found->second != listener) return false;
  mapped.listeners.erase(found);
  return true;
}

EventLoopListener* SegmentRegistry::listener(MappedSegment& mapped, std::uint32_t lane) {
  const std::scoped_lock lock(mutex_);
  const auto found = mapped.listeners.find(lane);
  return found == mapped.listeners.end() ? nullptr : found->second;
}

void SegmentRegistry::wake_event_loop(MappedSegment& mapped, std::uint32_t lane) {
  const std::scoped_lock lock(mutex_);
  const auto found = mapped.listeners.find(lane);
  if (found != mapped.listeners.end()) found->second->wake();
}

}  // namespace streamlib::binding
