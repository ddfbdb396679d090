#pragma once

#include <cstdint>
#include <string_view>

#include "loaders/error.h"

namespace falsify::harness {

/// Ticks (of sysconf(_SC_CLK_TCK) per second) in which the hypervisor ran somebody else although
/// this guest had work, summed over its CPUs since boot: field 8 of the "cpu" line of /proc/stat.
/// Errors: METER_FIELD.
Result<std::uint64_t> ParseStealTicks(std::string_view stat);

/// The same in seconds. Errors: METER_OPEN, METER_READ, METER_FIELD.
Result<double> ReadStealSeconds();

/// Runnable and uninterruptible tasks of the whole host, averaged: /proc/loadavg.
struct LoadAverage {
  double one_minute = 0;
  double five_minutes = 0;
  double fifteen_minutes = 0;
};

/// Errors: METER_FIELD; ReadLoadAverage also METER_OPEN, METER_READ.
Result<LoadAverage> ParseLoadAverage(std::string_view loadavg);
Result<LoadAverage> ReadLoadAverage();

/// What tasks may have to wait for (kernel documentation, accounting/psi).
enum class Resource { kCpu, kMemory, kIo };
std::string_view Name(Resource resource);  ///< "cpu", "memory", "io"

/// Seconds since boot in which at least one task waited for the resource: "some ... total=".
/// Errors: METER_FIELD.
Result<double> ParseStalledSeconds(std::string_view pressure, std::string_view where);

/// Errors: METER_OPEN (no CONFIG_PSI), METER_READ (switched off), METER_FIELD.
Result<double> ReadStalledSeconds(Resource resource);

}  // namespace falsify::harness
