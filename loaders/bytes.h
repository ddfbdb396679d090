#pragma once

#include <cstdint>
#include <optional>

namespace falsify::loaders {

/// A half-open range of a file: `[offset, offset + size)`.
struct ByteRange {
  std::uint64_t offset = 0;
  std::uint64_t size = 0;

  friend bool operator==(const ByteRange&, const ByteRange&) = default;
};

/// Sums and products of numbers that a file declares. Empty where the true result does not fit 64
/// bits: in all three formats the known reader bugs are wrapped additions and products.
std::optional<std::uint64_t> CheckedAdd(std::uint64_t a, std::uint64_t b);
std::optional<std::uint64_t> CheckedMultiply(std::uint64_t a, std::uint64_t b);

/// The smallest multiple of `alignment` (> 0) that is at least `value`; empty on overflow.
std::optional<std::uint64_t> CheckedAlign(std::uint64_t value, std::uint64_t alignment);

}  // namespace falsify::loaders
