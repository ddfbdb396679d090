#pragma once

#include <cstddef>
#include <cstdint>

/// For what runs in a child between clone(2) and exec: on its parent's memory, or on a copy in
/// which no other thread exists. Sanitizers would note its frames in tables that they never clean
/// up there, so nothing of it is instrumented, and it makes raw system calls, which none
/// intercepts.
#define FALSIFY_RAW_CALLS_ONLY \
  __attribute__((noinline, no_sanitize("address"), no_sanitize("undefined"), no_sanitize("thread")))

namespace falsify::harness {

/// The kernel's struct sigaction: handler, flags, restorer where there is one, mask.
struct KernelSigaction {
  std::uintptr_t handler;
  std::uintptr_t rest[3];
};

inline constexpr std::uintptr_t kKernelDefault = 0;  ///< SIG_DFL
inline constexpr std::uintptr_t kKernelIgnore = 1;   ///< SIG_IGN
inline constexpr std::size_t kKernelSignalSetBytes = 8;

}  // namespace falsify::harness
