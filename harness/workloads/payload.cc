#include <algorithm>
#include <atomic>
#include <functional>
#include <memory>
#include <span>
#include <thread>
#include <vector>

#include "fmt/format.h"
#include "harness/meters/memory_read.h"
#include "harness/workloads/workload.h"
#include "loaders/convert.h"
#include "loaders/stored_layout.h"

namespace falsify::harness {
namespace {

Result<std::vector<loaders::TensorView>> Views(const loaders::Model& model) {
  std::vector<loaders::TensorView> views;
  const auto tensors = model.header().tensors();
  views.reserve(tensors.size());
  for (const loaders::TensorInfo& tensor : tensors) {
    Result<loaders::TensorView> view = model.Resident(tensor);
    if (!view) return Fail(view.error());
    views.push_back(*view);
  }
  return views;
}

void OnThreads(unsigned threads, const std::function<void(unsigned)>& work) {
  std::vector<std::jthread> helpers;
  for (unsigned i = 1; i < threads; ++i) helpers.emplace_back(work, i);
  work(0);
}

/// Reads bytes [from, to) of the tensors laid end to end.
std::uint64_t TouchRange(std::span<const loaders::TensorView> views, std::uint64_t from,
                         std::uint64_t to) {
  std::uint64_t sum = 0;
  std::uint64_t at = 0;
  for (const loaders::TensorView& view : views) {
    const std::uint64_t end = at + view.bytes.size();
    const std::uint64_t first = std::max(from, at);
    const std::uint64_t last = std::min(to, end);
    if (first < last) sum += FoldBytes(view.bytes.subspan(first - at, last - first));
    at = end;
  }
  return sum;
}

}  // namespace

Result<std::uint64_t> TouchPayload(const loaders::Model& model, unsigned threads) {
  const Result<std::vector<loaders::TensorView>> views = Views(model);
  if (!views) return Fail(views.error());
  std::uint64_t total = 0;
  for (const loaders::TensorView& view : *views) total += view.bytes.size();
  std::vector<std::uint64_t> sums(threads);
  OnThreads(threads, [&](unsigned i) {
    const std::uint64_t share = total / threads;
    const std::uint64_t end = i + 1 == threads ? total : (i + 1) * share;
    sums[i] = TouchRange(*views, i * share, end);
  });
  std::uint64_t sum = 0;
  for (const std::uint64_t part : sums) sum += part;
  return sum;
}

Result<void> WidenPayload(const loaders::Model& model, unsigned threads) {
  const Result<std::vector<loaders::TensorView>> views = Views(model);
  if (!views) return Fail(views.error());
  std::vector<std::unique_ptr<float[]>> widened(views->size());
  std::vector<std::size_t> elements(views->size());
  for (std::size_t i = 0; i < views->size(); ++i) {
    const loaders::TensorView& view = (*views)[i];
    if (!loaders::CanWiden(view.dtype)) {
      return Fail({.code = "WORKLOAD_DTYPE",
                   .where = std::string(view.name),
                   .what = fmt::format("dtype {} cannot be widened to F32",
                                       loaders::Traits(view.dtype).name),
                   .hint = {}});
    }
    elements[i] = model.header().tensors()[i].elements;
    const auto layout = loaders::StoredLayout::Of(view.dtype, view.shape, view.bytes.size());
    if (!layout) {
      return Fail({.code = "WORKLOAD_BYTES",
                   .where = std::string(view.name),
                   .what = fmt::format("{} B cannot hold {} elements of {}", view.bytes.size(),
                                       elements[i], loaders::Traits(view.dtype).name),
                   .hint = {}});
    }
  }
  std::atomic<std::size_t> next = 0;
  OnThreads(threads, [&](unsigned) {
    for (std::size_t i = next++; i < views->size(); i = next++) {
      const loaders::TensorView& view = (*views)[i];
      widened[i] = std::make_unique_for_overwrite<float[]>(elements[i]);
      loaders::StoredLayout::Of(view.dtype, view.shape, view.bytes.size())
          ->ToF32(view.bytes, 0, std::span(widened[i].get(), elements[i]));
    }
  });
  return {};
}

}  // namespace falsify::harness
