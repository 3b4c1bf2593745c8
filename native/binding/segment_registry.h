// The segments of this process. Each is mapped once, however many environments open it.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <variant>

#include "../core/segment.h"
#include "../core/shared_memory.h"

namespace streamlib::binding {

class EventLoopListener;

/// A segment that this process has mapped. Lives as long as the process, since some thread may still look at its
/// memory; once its last handle is closed, only the addresses are left.
struct MappedSegment {
  std::uint32_t id = 0;
  SharedMemory memory;
  MemoryIdentity identity;
  /// Guarded by the registry, as what follows.
  std::uint32_t handles = 0;
  std::map<std::uint32_t, EventLoopListener*> listeners;

  Segment segment() const noexcept { return {memory.base, memory.byte_length}; }
};

/// Why a segment could not be had, in words.
using SegmentOrReason = std::variant<MappedSegment*, const char*>;

/// The one registry. Any thread; every function takes its lock for a short time. What it answers counts as one
/// handle, to be given back by close().
class SegmentRegistry {
 public:
  static SegmentRegistry& instance();

  SegmentOrReason create(std::uint64_t data_bytes);
  /// A segment of this process by its id; nullptr when there is none or its last handle was closed.
  MappedSegment* open(std::uint32_t id);
  /// The segment behind a descriptor, which the caller may then close.
  SegmentOrReason attach(int descriptor);
  void close(MappedSegment& segment);

  /// False when the lane has a listener already.
  bool add_listener(MappedSegment& segment, std::uint32_t lane, EventLoopListener* listener);
  /// Takes the lane's listener out if it is `listener`; afterwards no thread calls it any more.
  bool remove_listener(MappedSegment& segment, std::uint32_t lane, EventLoopListener* listener);
  EventLoopListener* listener(MappedSegment& segment, std::uint32_t lane);
  /// Wakes the event loop that listens for the lane, if one does.
  void wake_event_loop(MappedSegment& segment, std::uint32_t lane);

 private:
  MappedSegment* keep(const SharedMemory& memory);

  std::mutex mutex_;
  std::map<std::uint32_t, std::unique_ptr<MappedSegment>> segments_;
  std::uint32_t last_id_ = 0;
};

}  // namespace streamlib::binding
