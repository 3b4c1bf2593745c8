// Anonymous shared memory behind a file descriptor: made, or taken over from another process.
#pragma once

#include <cstddef>
#include <cstdint>

namespace streamlib {

/// Memory and the descriptor that stands for it. `base` is nullptr when the system refused; `error` is its errno.
struct SharedMemory {
  std::byte* base = nullptr;
  std::uint64_t byte_length = 0;
  int descriptor = -1;
  int error = 0;
};

/// Makes zeroed memory of `byte_length` bytes (a multiple of the page size) that no file name leads to. Reserves
/// addresses only.
SharedMemory create_shared_memory(std::uint64_t byte_length) noexcept;

/// Maps the whole memory behind `descriptor`, of which it keeps a copy: the caller may close its own.
SharedMemory map_shared_memory(int descriptor) noexcept;

/// Undoes a mapping that nobody has used.
void unmap_shared_memory(const SharedMemory& memory) noexcept;

/// Closes the descriptor and, with `discard`, gives the pages back to the system. The addresses stay mapped; discarded
/// ones read as zero.
void release_shared_memory(const SharedMemory& memory, bool discard) noexcept;

/// The identity of the memory behind a descriptor, equal for every descriptor of the same memory.
struct MemoryIdentity {
  std::uint64_t device = 0;
  std::uint64_t inode = 0;
  bool operator==(const MemoryIdentity&) const = default;
};

/// False when `descriptor` is none.
bool identify_shared_memory(int descriptor, MemoryIdentity* identity) noexcept;

}  // namespace streamlib
