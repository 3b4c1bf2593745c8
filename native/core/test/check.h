// The tests' own thirty lines: cases that register themselves, and a check that says where it failed.
#pragma once

#include <cstdio>
#include <string>
#include <vector>

namespace streamlib::test {

/// Thrown by a failed check; ends its case.
struct CheckFailed {
  std::string text;
};

struct Case {
  const char* name;
  void (*run)();
};

inline std::vector<Case>& cases() {
  static std::vector<Case> all;
  return all;
}

struct Register {
  Register(const char* name, void (*run)()) { cases().push_back({name, run}); }
};

inline std::string shown(long long value) { return std::to_string(value); }

#define CASE(identifier, name)                                                      \
  static void identifier();                                                         \
  static const ::streamlib::test::Register register_##identifier(name, identifier); \
  static void identifier()

#define CHECK_EQUAL(actual, wanted)                                                                    \
  do {                                                                                                 \
    const auto actual_value = static_cast<long long>(actual);                                          \
    const auto wanted_value = static_cast<long long>(wanted);                                          \
    if (actual_value != wanted_value) {                                                                \
      throw ::streamlib::test::CheckFailed{                                                            \
          std::string(__FILE__) + ":" + std::to_string(__LINE__) + ": " #actual " must be " +          \
          ::streamlib::test::shown(wanted_value) + ", was " + ::streamlib::test::shown(actual_value)}; \
    }                                                                                                  \
  } while (false)

#define CHECK(condition) CHECK_EQUAL(static_cast<bool>(condition), true)

}  // namespace streamlib::test
