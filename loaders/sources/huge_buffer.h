#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "loaders/error.h"
#include "loaders/sources/source.h"

namespace falsify::loaders {

/// Zeroed anonymous memory that starts at a multiple of 2 MiB, so that the kernel can back it with
/// huge pages. Nothing is touched before its user does. Unmaps on destruction.
class HugeBuffer {
 public:
  HugeBuffer() = default;

  /// `path`: whom to name in an error. Errors: IO_MEMORY.
  static Result<HugeBuffer> Make(std::uint64_t size_bytes, const std::string& path);

  HugeBuffer(HugeBuffer&& other) noexcept;
  HugeBuffer& operator=(HugeBuffer&& other) noexcept;
  ~HugeBuffer();

  std::span<std::byte> bytes() const { return bytes_; }

  /// Asks for huge pages and says so in `report`: as advice, or as a fallback if the kernel has
  /// none to give.
  void AdviseHugePages(LoadReport& report) const;

 private:
  explicit HugeBuffer(std::span<std::byte> bytes) : bytes_(bytes) {}

  std::span<std::byte> bytes_;
};

}  // namespace falsify::loaders
