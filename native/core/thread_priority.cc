#include "thread_priority.h"

#if defined(__linux__)

#include <pthread.h>
#include <sched.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace streamlib {

// NB: on Linux a nice value belongs to a thread, although POSIX gives it to the process.
const char* set_thread_nice(int nice) noexcept {
  const auto thread = static_cast<id_t>(syscall(SYS_gettid));
  return setpriority(PRIO_PROCESS, thread, nice) == 0 ? nullptr : std::strerror(errno);
}

const char* set_thread_realtime(int priority) noexcept {
  const sched_param wanted{.sched_priority = priority};
  const int error = pthread_setschedparam(pthread_self(), SCHED_RR, &wanted);
  return error == 0 ? nullptr : std::strerror(error);
}

}  // namespace streamlib

#else

namespace streamlib {

const char* set_thread_nice(int) noexcept { return "not supported on this system"; }
const char* set_thread_realtime(int) noexcept { return "not supported on this system"; }

}  // namespace streamlib

#endif
