#include "shared_memory.h"

#include <cerrno>

#if defined(_WIN32)

namespace streamlib {

SharedMemory create_shared_memory(std::uint64_t) noexcept { return {.error = ENOSYS}; }
SharedMemory map_shared_memory(int) noexcept { return {.error = ENOSYS}; }
void unmap_shared_memory(const SharedMemory&) noexcept {}
void release_shared_memory(const SharedMemory&, bool) noexcept {}
bool identify_shared_memory(int, MemoryIdentity*) noexcept { return false; }

}  // namespace streamlib

#else

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>

namespace streamlib {
namespace {

int open_anonymous() noexcept {
#if defined(__linux__)
  return memfd_create("streamlib", MFD_CLOEXEC | MFD_ALLOW_SEALING);
#else
  char path[] = "/tmp/streamlib-XXXXXX";
  const int descriptor = mkstemp(path);
  if (descriptor < 0) return -1;
  unlink(path);
  fcntl(descriptor, F_SETFD, FD_CLOEXEC);
  return descriptor;
#endif
}

// Nobody who attaches may cut the memory short below the feet of the others.
void fix_size([[maybe_unused]] int descriptor) noexcept {
#if defined(__linux__)
  fcntl(descriptor, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL);
#endif
}

SharedMemory refused(int descriptor) noexcept {
  const int error = errno;
  if (descriptor >= 0) close(descriptor);
  return {.error = error};
}

SharedMemory map_owned(int descriptor, std::uint64_t byte_length) noexcept {
  void* base = mmap(nullptr, byte_length, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_NORESERVE, descriptor, 0);
  if (base == MAP_FAILED) return refused(descriptor);
  return {.base = static_cast<std::byte*>(base), .byte_length = byte_length, .descriptor = descriptor};
}

}  // namespace

SharedMemory create_shared_memory(std::uint64_t byte_length) noexcept {
  const int descriptor = open_anonymous();
  if (descriptor < 0 || ftruncate(descriptor, static_cast<off_t>(byte_length)) != 0)
    return refused(descriptor);
  fix_size(descriptor);
  return map_owned(descriptor, byte_length);
}

SharedMemory map_shared_memory(int descriptor) noexcept {
  const int own = fcntl(descriptor, F_DUPFD_CLOEXEC, 0);
  struct stat found;
  if (own < 0 || fstat(own, &found) != 0) return refused(own);
  // NB: a pipe or a socket has a size of 0, which mmap refuses.
  return map_owned(own, static_cast<std::uint64_t>(found.st_size));
}

void unmap_shared_memory(const SharedMemory& memory) noexcept {
  munmap(memory.base, memory.byte_length);
  close(memory.descriptor);
}

void release_shared_memory(const SharedMemory& memory, [[maybe_unused]] bool discard) noexcept {
#if defined(__linux__)
  // Where this is refused the pages stay until the process ends, which costs memory and breaks nothing.
  if (discard) {
    fallocate(memory.descriptor, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0,
              static_cast<off_t>(memory.byte_length));
  }
#endif
  close(memory.descriptor);
}

bool identify_shared_memory(int descriptor, MemoryIdentity* identity) noexcept {
  struct stat found;
  if (fstat(descriptor, &found) != 0) return false;
  *identity = {static_cast<std::uint64_t>(found.st_dev), static_cast<std::uint64_t>(found.st_ino)};
  return true;
}

}  // namespace streamlib

#endif
