#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>

#include "loaders/error.h"
#include "loaders/formats/byte_cursor.h"
#include "loaders/sources/source.h"

namespace falsify::loaders {

/// The beginning of a file, read piece by piece as a parser gets there, at an address that never
/// changes: room for the whole file is reserved, and only what was read takes memory. So a header
/// of unknown length costs no more than itself, and no string in it has to be copied.
class HeaderBytes : public ByteSupply {
 public:
  /// `source` outlives the reading, not this. Errors: IO_MEMORY.
  static Result<std::unique_ptr<HeaderBytes>> Reserve(Source& source);
  HeaderBytes(const HeaderBytes&) = delete;
  HeaderBytes& operator=(const HeaderBytes&) = delete;
  ~HeaderBytes() override;

  std::span<const std::byte> UpTo(std::uint64_t end) override;

  /// What kept it from reading; empty if nothing did.
  const std::optional<Error>& error() const { return error_; }

 private:
  HeaderBytes(Source& source, std::byte* bytes, std::uint64_t size)
      : source_(&source), bytes_(bytes), size_(size) {}

  Source* source_;
  std::byte* bytes_;
  std::uint64_t size_;  // of the file, and of what is reserved
  std::uint64_t read_ = 0;
  std::optional<Error> error_;
};

}  // namespace falsify::loaders
