#include "loaders/non_finite.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <span>

#include "fmt/format.h"
#include "loaders/convert.h"
#include "loaders/stored_layout.h"

namespace falsify::loaders {
namespace {

// Whole blocks of every dtype.
constexpr std::size_t kChunkElements = 1 << 16;
constexpr std::size_t kMostLines = 100;

std::uint64_t CountNonFinite(const TensorInfo& tensor, const TensorView& view) {
  const auto layout = StoredLayout::Of(view.dtype, view.shape, view.bytes.size());
  if (!layout) return 0;
  std::vector<float> values(kChunkElements);
  std::uint64_t odd = 0;
  for (std::uint64_t done = 0; done < tensor.elements;) {
    const std::size_t count = std::min<std::uint64_t>(values.size(), tensor.elements - done);
    const auto chunk = std::span(values).first(count);
    layout->ToF32(view.bytes, done, chunk);
    odd += static_cast<std::uint64_t>(
        std::count_if(chunk.begin(), chunk.end(), [](float v) { return !std::isfinite(v); }));
    done += count;
  }
  return odd;
}

}  // namespace

std::vector<std::string> FindNonFinite(const Model& model) {
  std::vector<std::string> lines;
  for (const TensorInfo& tensor : model.header().tensors()) {
    if (lines.size() == kMostLines) break;
    const Result<TensorView> view = model.Resident(tensor);
    if (!view) {
      lines.push_back(view.error().Line());
      continue;
    }
    if (!CanWiden(view->dtype)) continue;
    if (StorageBytes(view->dtype, tensor.elements) != view->bytes.size()) continue;
    const std::uint64_t odd = CountNonFinite(tensor, *view);
    if (odd > 0) {
      lines.push_back(fmt::format("tensor \"{}\": {} of {} values are NaN or infinite", tensor.name,
                                  odd, tensor.elements));
    }
  }
  return lines;
}

}  // namespace falsify::loaders
