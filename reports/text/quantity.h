#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "harness/record.h"

namespace falsify::reports {

/// Figures for people: three significant digits, decimal multiples (1 kB = 1000 B), the unit always
/// beside the number. Units are those of a record: "s", "B", "B/s", "count", "x", "" or any other,
/// which follows the plain number, encoded as foreign text. A value that is not finite is "no
/// figure". `1.23 s`, `845 ms`, `33.1 µs`, `2.94 GB`, `15.5 GB/s`, `16,600`, `2.01x`, `22.1
/// tokens/s`.
std::string Quantity(double value, std::string_view unit);

/// As `Quantity`, with as many more digits (up to nine) as it takes to read differently from
/// `reference`: 1.9996 s beside a limit of 2 s is not "2.00 s".
std::string QuantityBeside(double value, std::string_view unit, double reference);

/// Shortest form that loses nothing, for limits that someone wrote: `2 s`, `1.25x`, `350 ms`.
std::string Exact(double value, std::string_view unit);

/// `value` with its interval, each side read beside `reference`: "1.19 s [1.12 s, 1.31 s]". A side
/// that nothing bounds is "open"; a censored value is ">= 60 s"; without a value "no usable block".
std::string EstimateText(const harness::EstimateRecord& estimate, std::string_view unit,
                         double reference);

/// The value alone, ">= 60 s" if censored, "not measured" if absent.
std::string ValueText(const harness::EstimateRecord& estimate, std::string_view unit);

/// A share of 1: "95.3 %", "50 %". Only 0 and 1 read as 0 % and 100 %.
std::string Percent(double share);

/// An e-value or another plain positive figure: "21.2", "0.0833", "20", "1.2 x 10^8".
std::string Plain(double value);

/// "3,087,467,104".
std::string Count(std::uint64_t value);

/// "1 block", "2 blocks", "1,000 blocks".
std::string CountOf(std::uint64_t count, std::string_view noun);

}  // namespace falsify::reports
