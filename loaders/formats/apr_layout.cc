#include "loaders/formats/apr_layout.h"

#include <array>

#include "loaders/bytes.h"
#include "zlib.h"

namespace falsify::loaders {
namespace {

struct Reading {
  std::uint8_t id;
  Dtype dtype;
  bool written;    // by us: the id that everyone reads alike
  bool ambiguous;  // told apart by size alone
};

// In the order of preference where several fit.
constexpr std::array kReadings = {
    Reading{0, Dtype::kF32, true, false},     Reading{1, Dtype::kF16, true, false},
    Reading{2, Dtype::kBF16, false, true},    Reading{2, Dtype::kQ4_0, false, true},
    Reading{3, Dtype::kF64, true, false},     Reading{3, Dtype::kQ4_1, false, true},
    Reading{4, Dtype::kI32, true, false},     Reading{5, Dtype::kI64, true, false},
    Reading{6, Dtype::kI8, true, false},      Reading{6, Dtype::kQ5_0, false, true},
    Reading{7, Dtype::kU8, true, false},      Reading{7, Dtype::kQ5_1, false, true},
    Reading{8, Dtype::kAprQ4, false, true},   Reading{8, Dtype::kQ8_0, false, true},
    Reading{9, Dtype::kAprQ8, false, true},   Reading{9, Dtype::kQ8_1, false, true},
    Reading{9, Dtype::kQ6_K, false, true},    Reading{12, Dtype::kQ4_K, true, false},
    Reading{14, Dtype::kQ6_K, true, false},   Reading{30, Dtype::kBF16, true, false},
    Reading{128, Dtype::kAprQ4, true, false}, Reading{129, Dtype::kAprQ8, true, false},
};

bool IsPaddable(Dtype dtype) { return dtype == Dtype::kQ4_K || dtype == Dtype::kQ6_K; }

std::optional<std::uint64_t> PaddedBytes(Dtype dtype, std::uint64_t rows,
                                         std::uint64_t row_elements) {
  const DtypeTraits& traits = Traits(dtype);
  const auto padded = CheckedAlign(row_elements, traits.block_elements);
  const auto all = padded ? CheckedMultiply(rows, *padded) : std::nullopt;
  return all ? StorageBytes(dtype, *all) : std::nullopt;
}

}  // namespace

std::uint32_t AprHeaderChecksum(std::span<const std::byte> header) {
  const auto* bytes = reinterpret_cast<const Bytef*>(header.data());
  const uLong before = crc32_z(0, bytes, kAprChecksumAt);
  const std::size_t after = kAprChecksumAt + sizeof(std::uint32_t);
  return static_cast<std::uint32_t>(crc32_z(before, bytes + after, kAprHeaderBytes - after));
}

std::optional<AprDtype> AprDtypeOf(std::uint8_t id, std::uint64_t elements,
                                   std::uint64_t row_elements, std::uint64_t size) {
  for (const Reading& reading : kReadings) {
    if (reading.id != id) continue;
    if (StorageBytes(reading.dtype, elements) == size) {
      return AprDtype{reading.dtype, AprPadding::kNone, reading.ambiguous};
    }
    if (!IsPaddable(reading.dtype) || row_elements == 0) continue;
    if (PaddedBytes(reading.dtype, 1, elements) == size) {
      return AprDtype{reading.dtype, AprPadding::kEnd, true};
    }
    const std::uint64_t rows = elements / row_elements;
    if (PaddedBytes(reading.dtype, rows, row_elements) == size) {
      return AprDtype{reading.dtype, AprPadding::kRows, true};
    }
  }
  return std::nullopt;
}

bool IsAprDtypeId(std::uint8_t id) {
  for (const Reading& reading : kReadings) {
    if (reading.id == id) return true;
  }
  return false;
}

std::optional<std::uint8_t> AprIdOf(Dtype dtype) {
  for (const Reading& reading : kReadings) {
    if (reading.written && reading.dtype == dtype) return reading.id;
  }
  return std::nullopt;
}

}  // namespace falsify::loaders
