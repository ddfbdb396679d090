#pragma once

#include <cstddef>
#include <unistd.h>

namespace falsify::harness {

/// Size of a page of this host: 4096, except on some ARM and POWER kernels.
inline std::size_t PageBytes() { return static_cast<std::size_t>(sysconf(_SC_PAGESIZE)); }

}  // namespace falsify::harness
