#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "harness/study/measures.h"
#include "loaders/error.h"

namespace falsify::harness {

/// What a figure in a study is a figure of, hence which units it may be written in.
enum class Quantity {
  kTime,       ///< ns, us, ms, s, min, m, h
  kBytes,      ///< B, kB MB GB TB = 10^n, KiB MiB GiB TiB = 2^n
  kRate,       ///< bytes per second: B/s, kB/s MB/s GB/s, KiB/s MiB/s GiB/s
  kTokenRate,  ///< tokens/s
  kCount,      ///< a plain number
  kRatio,      ///< a plain number, or with an "x": 8.6x
};

Quantity QuantityOf(MeasureKind kind);

/// A JSON number (RFC 8259, section 6) and nothing else: no leading `+` or zero, no hexadecimal, no
/// infinity, whatever the locale. Empty if it is none, or too large for a double.
std::optional<double> ParseNumber(std::string_view text);

/// A number and its unit in SI base units (s, B, B/s, 1), e.g. "350 ms" is 0.35. Decimal units give
/// the double nearest to what is written. Case matters: MB is not Mb. May be negative: ranges are
/// the caller's. `what` is named in the message ("ttft").
/// Errors: STUDY_UNIT (no number, no unit, or that of another quantity), STUDY_RANGE (no double).
Result<double> ParseQuantity(std::string_view text, Quantity quantity, std::string_view what);

/// The shortest text that ParseQuantity reads back as exactly `value`, which is finite and in SI
/// base units: 90 s, 0.35 s, 3 GiB, 1.25.
std::string FormatQuantity(double value, Quantity quantity);

}  // namespace falsify::harness
