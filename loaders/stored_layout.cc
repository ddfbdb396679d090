#include "loaders/stored_layout.h"

#include <algorithm>
#include <vector>

#include "loaders/bytes.h"
#include "loaders/convert.h"

namespace falsify::loaders {
namespace {

bool IsFilledUp(Dtype dtype) { return dtype == Dtype::kQ4_K || dtype == Dtype::kQ6_K; }

}  // namespace

std::optional<StoredLayout> StoredLayout::Of(Dtype dtype, std::span<const std::uint64_t> shape,
                                             std::uint64_t bytes) {
  std::optional<std::uint64_t> elements = 1;
  for (const std::uint64_t dim : shape) {
    if (elements) elements = CheckedMultiply(*elements, dim);
  }
  if (!elements) return std::nullopt;
  const auto fits = [&](std::uint64_t row) -> std::optional<StoredLayout> {
    const auto stored = CheckedAlign(row, Traits(dtype).block_elements);
    const auto all = stored ? CheckedMultiply(*stored, *elements / row) : std::nullopt;
    const auto needed = all ? StorageBytes(dtype, *all) : std::nullopt;
    return needed == bytes ? std::optional(StoredLayout(dtype, row, *stored)) : std::nullopt;
  };
  if (StorageBytes(dtype, *elements) == bytes) return StoredLayout(dtype, *elements, *elements);
  if (*elements == 0 || !IsFilledUp(dtype)) return std::nullopt;
  if (const auto whole = fits(*elements)) return whole;
  return fits(shape.back());
}

void StoredLayout::ToF32(std::span<const std::byte> bytes, std::uint64_t first,
                         std::span<float> into) const {
  if (plain()) return ToF32From(dtype_, bytes, first, into);
  const std::uint64_t block = Traits(dtype_).block_elements;
  std::vector<float> staged;
  while (!into.empty()) {
    const std::uint64_t within = first % row_elements_;
    const std::size_t count = std::min<std::uint64_t>(into.size(), row_elements_ - within);
    const std::uint64_t at = first / row_elements_ * stored_row_elements_ + within;
    const std::uint64_t before = within % block;  // of the block that the first element is in
    staged.resize(before + count);
    ToF32From(dtype_, bytes, at - before, staged);
    std::copy(staged.begin() + static_cast<std::ptrdiff_t>(before), staged.end(), into.begin());
    first += count;
    into = into.subspan(count);
  }
}

}  // namespace falsify::loaders
