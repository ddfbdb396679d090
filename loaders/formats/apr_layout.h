#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "loaders/dtype.h"

namespace falsify::loaders {

/// Of the APR v2 container (paiml/aprender, crates/apr-format/src/v2).
inline constexpr std::uint64_t kAprHeaderBytes = 64;
inline constexpr std::uint64_t kAprAlignment = 64;
inline constexpr std::uint64_t kAprFooterBytes = 4;
inline constexpr std::size_t kAprChecksumAt = 40;
inline constexpr std::uint64_t kAprLeastEntryBytes = 20;  // without name and dims
inline constexpr std::size_t kAprMostNameBytes = 256;
inline constexpr std::size_t kAprMostDims = 8;
inline constexpr std::uint64_t kAprMostMetadataBytes = std::uint64_t{16} << 20;

enum AprFlags : std::uint16_t {
  kAprLz4 = 0x0001,
  kAprZstd = 0x0002,
  kAprEncrypted = 0x0004,
  kAprSigned = 0x0008,
  kAprSharded = 0x0010,
  kAprQuantized = 0x0020,
  kAprVocabulary = 0x0200,
  kAprRowMajor = 0x0400,
  kAprColumnMajor = 0x0800,
  kAprKnownFlags = 0x0FFF,
};

/// CRC-32 (ISO-HDLC) of the header but its own field. Precondition: kAprHeaderBytes bytes.
std::uint32_t AprHeaderChecksum(std::span<const std::byte> header);

/// What is filled up to whole blocks of 256: nothing, the last block of all, or of each row.
enum class AprPadding : std::uint8_t { kNone, kEnd, kRows };

/// What an entry's dtype id and size say together: writers disagree on ids, sizes do not lie.
struct AprDtype {
  Dtype dtype;
  AprPadding padding = AprPadding::kNone;
  bool ambiguous = false;  ///< worth a finding
};

/// Empty for an id that is unknown, or that no dtype of that size fits. `row_elements` is the last
/// dim, `elements` the product of all.
std::optional<AprDtype> AprDtypeOf(std::uint8_t id, std::uint64_t elements,
                                   std::uint64_t row_elements, std::uint64_t size);

/// True if some writer has used the id.
bool IsAprDtypeId(std::uint8_t id);

/// The id to write. Empty for a dtype that APR cannot hold, or only under an id that readers
/// disagree on.
std::optional<std::uint8_t> AprIdOf(Dtype dtype);

}  // namespace falsify::loaders
