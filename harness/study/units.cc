#include "harness/study/units.h"

#include <array>
#include <charconv>
#include <cmath>
#include <cstddef>
#include <system_error>

#include "fmt/format.h"
#include "harness/study/nearest_word.h"

namespace falsify::harness {
namespace {

struct Unit {
  std::string_view name;
  Quantity quantity;
  int power_of_ten = 0;
  double factor = 1;  // exact in a double
};

constexpr double kKi = 1024;

constexpr std::array kUnits = {
    Unit{"s", Quantity::kTime},
    Unit{"ms", Quantity::kTime, -3},
    Unit{"us", Quantity::kTime, -6},
    Unit{"ns", Quantity::kTime, -9},
    Unit{"min", Quantity::kTime, 0, 60},
    Unit{"m", Quantity::kTime, 0, 60},
    Unit{"h", Quantity::kTime, 0, 3600},
    Unit{"B", Quantity::kBytes},
    Unit{"kB", Quantity::kBytes, 3},
    Unit{"MB", Quantity::kBytes, 6},
    Unit{"GB", Quantity::kBytes, 9},
    Unit{"TB", Quantity::kBytes, 12},
    Unit{"KiB", Quantity::kBytes, 0, kKi},
    Unit{"MiB", Quantity::kBytes, 0, kKi* kKi},
    Unit{"GiB", Quantity::kBytes, 0, kKi* kKi* kKi},
    Unit{"TiB", Quantity::kBytes, 0, kKi* kKi* kKi* kKi},
    Unit{"B/s", Quantity::kRate},
    Unit{"kB/s", Quantity::kRate, 3},
    Unit{"MB/s", Quantity::kRate, 6},
    Unit{"GB/s", Quantity::kRate, 9},
    Unit{"KiB/s", Quantity::kRate, 0, kKi},
    Unit{"MiB/s", Quantity::kRate, 0, kKi* kKi},
    Unit{"GiB/s", Quantity::kRate, 0, kKi* kKi* kKi},
    Unit{"tokens/s", Quantity::kTokenRate},
    Unit{"", Quantity::kCount},
    Unit{"", Quantity::kRatio},
    Unit{"x", Quantity::kRatio},
};

std::string_view Expectation(Quantity quantity) {
  switch (quantity) {
    case Quantity::kTime:
      return "is a time: write 2 s or 350 ms";
    case Quantity::kBytes:
      return "is in bytes: write 3 GiB or 512 MB";
    case Quantity::kRate:
      return "is a rate: write 2 GB/s or 500 MiB/s";
    case Quantity::kTokenRate:
      return "is a rate of tokens: write 20 tokens/s";
    case Quantity::kCount:
      return "is a count: write a plain number such as 1000";
    case Quantity::kRatio:
      return "is a ratio: write 1.25 or 8.6x";
  }
  return "";
}

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

std::size_t DigitsAt(std::string_view text, std::size_t at) {
  std::size_t end = at;
  while (end < text.size() && IsDigit(text[end])) ++end;
  return end - at;
}

// Where the parts of the number at the start of `text` end. `exponent` == `end` if there is none.
struct NumberShape {
  std::size_t mantissa_end = 0;
  std::size_t end = 0;  // 0: no number here
};

NumberShape ScanNumber(std::string_view text) {
  std::size_t at = text.starts_with('-') ? 1 : 0;
  const std::size_t whole = DigitsAt(text, at);
  if (whole == 0 || (whole > 1 && text[at] == '0')) return {};
  at += whole;
  if (at < text.size() && text[at] == '.') {
    const std::size_t fraction = DigitsAt(text, at + 1);
    if (fraction == 0) return {};
    at += 1 + fraction;
  }
  const std::size_t mantissa_end = at;
  if (at < text.size() && (text[at] == 'e' || text[at] == 'E')) {
    std::size_t digits = at + 1;
    if (digits < text.size() && (text[digits] == '+' || text[digits] == '-')) ++digits;
    const std::size_t exponent = DigitsAt(text, digits);
    if (exponent > 0) at = digits + exponent;
  }
  return {.mantissa_end = mantissa_end, .end = at};
}

// The double nearest to number * 10^power_of_ten: the exponent is moved in the text, so that
// 350 ms is the same double as 0.35 s.
std::optional<double> Scaled(std::string_view number, std::size_t mantissa_end, int power_of_ten) {
  int exponent = 0;
  if (mantissa_end < number.size()) {
    std::string_view digits = number.substr(mantissa_end + 1);
    if (digits.starts_with('+')) digits.remove_prefix(1);
    const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), exponent);
    if (read.ec != std::errc{} || std::abs(exponent) > 10'000) return std::nullopt;
  }
  const std::string moved =
      fmt::format("{}e{}", number.substr(0, mantissa_end), exponent + power_of_ten);
  double value = 0;
  const auto read = std::from_chars(moved.data(), moved.data() + moved.size(), value);
  if (read.ec != std::errc{}) return std::nullopt;
  return value;
}

const Unit* FindUnit(std::string_view name, Quantity quantity) {
  for (const Unit& unit : kUnits) {
    if (unit.name == name && unit.quantity == quantity) return &unit;
  }
  return nullptr;
}

// Why `unit` will not do, where the quantity wanted is not written in it.
std::string WrongUnit(std::string_view text, std::string_view unit) {
  if (unit.empty()) return fmt::format("{} has no unit", Quoted(text));
  if (FindUnit(unit, Quantity::kTime) != nullptr) return fmt::format("{} is a time", Quoted(text));
  if (FindUnit(unit, Quantity::kBytes) != nullptr) {
    return fmt::format("{} is in bytes", Quoted(text));
  }
  if (FindUnit(unit, Quantity::kRate) != nullptr) return fmt::format("{} is a rate", Quoted(text));
  if (unit == "tokens/s") return fmt::format("{} is a rate of tokens", Quoted(text));
  if (unit == "x") return fmt::format("{} is a ratio", Quoted(text));
  return fmt::format("{} has the unknown unit {}", Quoted(text), Quoted(unit));
}

// Accepted, never written: "m" is a metre to many, and a ratio needs no "x".
bool IsSecondSpelling(std::string_view unit) { return unit == "m" || unit == "x"; }

std::string_view WithoutBlanks(std::string_view text) {
  while (text.starts_with(' ')) text.remove_prefix(1);
  return text;
}

}  // namespace

Quantity QuantityOf(MeasureKind kind) {
  switch (kind) {
    case MeasureKind::kTime:
      return Quantity::kTime;
    case MeasureKind::kRate:
      return Quantity::kRate;
    case MeasureKind::kTokenRate:
      return Quantity::kTokenRate;
    case MeasureKind::kBytes:
      return Quantity::kBytes;
    case MeasureKind::kCount:
    case MeasureKind::kInvariant:  // has no figure
      return Quantity::kCount;
  }
  return Quantity::kCount;
}

std::optional<double> ParseNumber(std::string_view text) {
  const NumberShape shape = ScanNumber(text);
  if (shape.end == 0 || shape.end != text.size()) return std::nullopt;
  return Scaled(text, shape.mantissa_end, 0);
}

Result<double> ParseQuantity(std::string_view text, Quantity quantity, std::string_view what) {
  const auto fail = [&](std::string code, std::string problem) {
    return Fail({.code = std::move(code),
                 .where = {},
                 .what = std::move(problem),
                 .hint = fmt::format("{} {}", what, Expectation(quantity))});
  };
  const NumberShape shape = ScanNumber(text);
  const std::string_view unit_name = WithoutBlanks(text.substr(shape.end));
  const bool number_goes_on = !unit_name.empty() && (IsDigit(unit_name[0]) || unit_name[0] == '.');
  if (shape.end == 0 || number_goes_on) {
    return fail("STUDY_UNIT", fmt::format("{} does not start with a number", Quoted(text)));
  }
  const Unit* const unit = FindUnit(unit_name, quantity);
  if (unit == nullptr) return fail("STUDY_UNIT", WrongUnit(text, unit_name));
  const auto scaled = Scaled(text.substr(0, shape.end), shape.mantissa_end, unit->power_of_ten);
  const double value = scaled.value_or(HUGE_VAL) * unit->factor;
  if (!std::isfinite(value)) {
    return fail("STUDY_RANGE", fmt::format("{} is too large or too small", Quoted(text)));
  }
  return value;
}

std::string FormatQuantity(double value, Quantity quantity) {
  std::string shortest;
  for (const Unit& unit : kUnits) {
    if (unit.quantity != quantity || IsSecondSpelling(unit.name)) continue;
    const double scaled = value / (std::pow(10.0, unit.power_of_ten) * unit.factor);
    std::string text = fmt::format("{}{}{}", scaled, unit.name.size() > 0 ? " " : "", unit.name);
    const Result<double> read_back = ParseQuantity(text, quantity, "");
    if (!read_back || *read_back != value) continue;
    if (shortest.empty() || text.size() < shortest.size()) shortest = std::move(text);
  }
  return shortest;
}

}  // namespace falsify::harness
