#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "loaders/dtype.h"

namespace falsify::loaders {

/// How a tensor's elements lie in its bytes. In whole blocks one after the other as a rule; an APR
/// file may also fill up the last block of a tensor, or of each row (paiml/aprender quantises Q4_K
/// and Q6_K row by row).
class StoredLayout {
 public:
  /// Of a tensor of this shape (outermost first) that takes so many bytes; empty if it fits none.
  /// Plain where that fits.
  static std::optional<StoredLayout> Of(Dtype dtype, std::span<const std::uint64_t> shape,
                                        std::uint64_t bytes);

  bool plain() const { return row_elements_ == stored_row_elements_; }

  /// Elements of one row, and those that its blocks hold. Where nothing is filled up row by row,
  /// the whole tensor is one row.
  std::uint64_t row_elements() const { return row_elements_; }
  std::uint64_t stored_row_elements() const { return stored_row_elements_; }

  /// Widens elements [first, first + into.size()); `bytes` holds the whole tensor. As ToF32From,
  /// but for where it may start: anywhere in a layout that is not plain.
  /// Precondition: CanWiden(dtype).
  void ToF32(std::span<const std::byte> bytes, std::uint64_t first, std::span<float> into) const;

 private:
  StoredLayout(Dtype dtype, std::uint64_t row_elements, std::uint64_t stored_row_elements)
      : dtype_(dtype), row_elements_(row_elements), stored_row_elements_(stored_row_elements) {}

  Dtype dtype_;
  std::uint64_t row_elements_;
  std::uint64_t stored_row_elements_;
};

}  // namespace falsify::loaders
