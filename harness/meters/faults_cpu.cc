#include "harness/meters/faults_cpu.h"

#include <sys/resource.h>
#include <sys/time.h>

namespace falsify::harness {
namespace {

double Seconds(const timeval& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6;
}

}  // namespace

FaultsAndCpu ReadFaultsAndCpu() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);  // cannot fail with a valid address
  return {.minor_faults = static_cast<std::uint64_t>(usage.ru_minflt),
          .major_faults = static_cast<std::uint64_t>(usage.ru_majflt),
          .cpu_seconds = Seconds(usage.ru_utime) + Seconds(usage.ru_stime)};
}

}  // namespace falsify::harness
