// How urgent the calling thread is.
#pragma once

namespace streamlib {

/// Sets the nice value (-20 to 19, higher is less urgent) of the calling thread alone. Returns nullptr, or the
/// system's reason for refusing; the thread then runs on as before.
const char* set_thread_nice(int nice) noexcept;

/// Asks for round-robin realtime scheduling (priority 1 to 99) of the calling thread. Returns nullptr, or the
/// system's reason for refusing, which without the privilege is the rule.
const char* set_thread_realtime(int priority) noexcept;

}  // namespace streamlib
