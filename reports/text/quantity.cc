#include "reports/text/quantity.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <optional>
#include <span>

#include "fmt/format.h"
#include "reports/text/encode.h"

namespace falsify::reports {
namespace {

constexpr int kDigits = 3;
constexpr std::string_view kNoFigure = "no figure";

struct Scale {
  double factor;
  std::string_view unit;
};

// Widest first; the last one takes whatever is smaller.
constexpr std::array kSeconds = {Scale{1.0, "s"}, Scale{1e-3, "ms"}, Scale{1e-6, "µs"},
                                 Scale{1e-9, "ns"}};
constexpr std::array kBytes = {Scale{1e12, "TB"}, Scale{1e9, "GB"}, Scale{1e6, "MB"},
                               Scale{1e3, "kB"}, Scale{1.0, "B"}};
constexpr std::array kByteRate = {Scale{1e12, "TB/s"}, Scale{1e9, "GB/s"}, Scale{1e6, "MB/s"},
                                  Scale{1e3, "kB/s"}, Scale{1.0, "B/s"}};

std::span<const Scale> Scales(std::string_view unit) {
  if (unit == "s") return kSeconds;
  if (unit == "B") return kBytes;
  if (unit == "B/s") return kByteRate;
  return {};
}

Scale Pick(double value, std::string_view unit) {
  const std::span<const Scale> scales = Scales(unit);
  if (scales.empty()) return {1.0, unit};
  if (value == 0) return {1.0, unit};
  for (const Scale& scale : scales) {
    if (std::abs(value) >= scale.factor) return scale;
  }
  return scales.back();
}

std::string Grouped(std::string number) {
  const std::size_t first = number.front() == '-' ? 1 : 0;
  std::size_t point = number.find('.');
  if (point == std::string::npos) point = number.size();
  for (std::size_t at = point; at > first + 3;) {
    at -= 3;
    number.insert(at, ",");
  }
  return number;
}

double RoundTo(double value, int digits) {
  if (value == 0) return 0;
  const std::string text = fmt::format("{:.{}e}", value, digits - 1);
  double rounded = value;
  std::from_chars(text.data(), text.data() + text.size(), rounded);  // no locale has a say
  return rounded;
}

// Significant digits, but never fewer than the integer part has.
std::string Digits(double value, int digits) {
  if (value == 0) return "0";
  const int exponent = static_cast<int>(std::floor(std::log10(std::abs(value))));
  return Grouped(fmt::format("{:.{}f}", value, std::max(0, digits - 1 - exponent)));
}

std::string WithUnit(const std::string& number, std::string_view unit) {
  if (unit.empty() || unit == "count" || unit == "1") return number;
  if (unit == "x") return number + "x";
  constexpr std::size_t kUnitBytes = 40;
  return fmt::format("{} {}", number, MarkdownText(Untrusted(unit, kUnitBytes)));
}

std::string Rounded(double value, std::string_view unit, int digits) {
  if (!std::isfinite(value)) return std::string(kNoFigure);
  const double rounded = RoundTo(value, digits);
  const Scale scale = Pick(rounded, unit);
  const bool whole = unit == "B" && scale.factor == 1.0;
  const bool counted = unit == "count" && rounded == std::floor(rounded);
  const double scaled = rounded / scale.factor;
  return WithUnit(Digits(scaled, whole || counted ? 1 : digits), scale.unit);
}

std::string Side(const std::optional<double>& side, std::string_view unit, double reference) {
  return side ? QuantityBeside(*side, unit, reference) : "open";
}

}  // namespace

std::string Quantity(double value, std::string_view unit) { return Rounded(value, unit, kDigits); }

std::string QuantityBeside(double value, std::string_view unit, double reference) {
  constexpr int kMostDigits = 9;
  int digits = kDigits;
  const auto hides_difference = [&] {
    return Rounded(value, unit, digits) == Rounded(reference, unit, digits);
  };
  while (value != reference && digits < kMostDigits && hides_difference()) ++digits;
  return Rounded(value, unit, digits);
}

std::string Exact(double value, std::string_view unit) {
  if (!std::isfinite(value)) return std::string(kNoFigure);
  const Scale scale = Pick(value, unit);
  const std::string shortest = fmt::format("{:.15g}", value / scale.factor);
  return WithUnit(shortest, scale.unit);
}

std::string ValueText(const harness::EstimateRecord& estimate, std::string_view unit) {
  if (!estimate.value) return "not measured";
  return (estimate.value_at_least ? ">= " : "") + Quantity(*estimate.value, unit);
}

std::string EstimateText(const harness::EstimateRecord& estimate, std::string_view unit,
                         double reference) {
  if (!estimate.value) return "no usable block";
  const std::string value =
      (estimate.value_at_least ? ">= " : "") + QuantityBeside(*estimate.value, unit, reference);
  if (!estimate.low && !estimate.high) return value + " [no interval yet]";
  return fmt::format("{} [{}, {}]", value, Side(estimate.low, unit, reference),
                     Side(estimate.high, unit, reference));
}

std::string Percent(double share) {
  if (!std::isfinite(share)) return std::string(kNoFigure);
  if (share > 0 && share < 0.0005) return "less than 0.1 %";
  if (share < 1 && share >= 0.9995) return "more than 99.9 %";
  const double tenths = std::round(share * 1000);
  const int decimals = std::fmod(tenths, 10) == 0 ? 0 : 1;
  return Grouped(fmt::format("{:.{}f}", tenths / 10, decimals)) + " %";
}

std::string Plain(double value) {
  if (!std::isfinite(value)) return std::string(kNoFigure);
  const double size = std::abs(value);
  if (size < 1e6 && value == std::floor(value)) return Grouped(fmt::format("{:.0f}", value));
  if (size == 0 || (size >= 1e-4 && size < 1e6)) return Digits(RoundTo(value, kDigits), kDigits);
  const int exponent = static_cast<int>(std::floor(std::log10(size)));
  return fmt::format("{:.1f} x 10^{}", value / std::pow(10.0, exponent), exponent);
}

std::string Count(std::uint64_t value) { return Grouped(fmt::format("{}", value)); }

std::string CountOf(std::uint64_t count, std::string_view noun) {
  return fmt::format("{} {}{}", Count(count), noun, count == 1 ? "" : "s");
}

}  // namespace falsify::reports
