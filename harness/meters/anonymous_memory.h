#pragma once

#include <cstddef>
#include <span>

#include "loaders/error.h"

namespace falsify::harness {

enum class PageSize {
  kBase,  ///< 4 KiB pages only (MADV_NOHUGEPAGE)
  kHuge,  ///< transparent huge pages where the host allows them (MADV_HUGEPAGE)
};

/// Owns a private anonymous mapping; its pages cost nothing until they are touched.
class AnonymousMemory {
 public:
  /// Errors: METER_MEMORY (errno named).
  static Result<AnonymousMemory> Map(std::size_t bytes, PageSize page_size);

  AnonymousMemory(AnonymousMemory&& other) noexcept;
  AnonymousMemory& operator=(AnonymousMemory&& other) noexcept;
  ~AnonymousMemory();

  std::span<std::byte> bytes() const { return bytes_; }

  /// Writes one byte to every base page, so that the kernel has to supply it.
  void Touch() const;

 private:
  explicit AnonymousMemory(std::span<std::byte> bytes) : bytes_(bytes) {}

  std::span<std::byte> bytes_;
};

}  // namespace falsify::harness
