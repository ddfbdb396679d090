#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <optional>
#include <sys/prctl.h>

namespace falsify::loaders {

/// From here on the system call `number` fails with `error` in this process: what a container or an
/// older kernel does. With `third_argument` only if that has this value. Cannot be undone, so for
/// death tests. False if this system does not filter calls.
inline bool DenyCall(long number, int error, std::optional<std::uint32_t> third_argument = {}) {
  constexpr std::uint16_t kLoad = BPF_LD | BPF_W | BPF_ABS;
  constexpr std::uint16_t kEqual = BPF_JMP | BPF_JEQ | BPF_K;
  constexpr std::uint16_t kReturn = BPF_RET | BPF_K;
  constexpr std::size_t kThirdArgument = offsetof(seccomp_data, args) + 2 * sizeof(std::uint64_t);
  const auto refusal = SECCOMP_RET_ERRNO | static_cast<std::uint32_t>(error);
  std::array<sock_filter, 6> filter = {{
      {kLoad, 0, 0, offsetof(seccomp_data, nr)},
      {kEqual, 0, 3, static_cast<std::uint32_t>(number)},
      {kLoad, 0, 0, kThirdArgument},
      {kEqual, 0, static_cast<std::uint8_t>(third_argument ? 1 : 0), third_argument.value_or(0)},
      {kReturn, 0, 0, refusal},
      {kReturn, 0, 0, SECCOMP_RET_ALLOW},
  }};
  const sock_fprog program = {filter.size(), filter.data()};
  return ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
         ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

}  // namespace falsify::loaders
