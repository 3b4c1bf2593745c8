// Runs every case and ends with the line "N passed, N failed".
#include "check.h"

int main() {
  int passed = 0;
  int failed = 0;
  for (const auto& [name, run] : streamlib::test::cases()) {
    try {
      run();
      ++passed;
    } catch (const streamlib::test::CheckFailed& failure) {
      std::printf("FAIL %s\n     %s\n", name, failure.text.c_str());
      ++failed;
    }
  }
  std::printf("%d passed, %d failed\n", passed, failed);
  return failed == 0 ? 0 : 1;
}
