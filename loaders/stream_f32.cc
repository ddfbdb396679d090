#include "loaders/stream_f32.h"

#include <algorithm>
#include <mutex>
#include <utility>
#include <vector>

#include "fmt/format.h"
#include "loaders/check_widens.h"
#include "loaders/convert.h"
#include "loaders/model_over_file.h"
#include "loaders/open_model.h"
#include "loaders/sources/mmap.h"
#include "loaders/sources/parallel.h"
#include "loaders/stored_layout.h"
#include "loaders/tensor_memory.h"

namespace falsify::loaders {
namespace {

// Of stored bytes. Small enough to be widened out of a core's own cache, large enough to read well.
constexpr std::uint64_t kTileBytes = std::uint64_t{512} << 10;

/// Part of a tensor, in whole blocks; all of one that is not laid out plainly.
struct Tile {
  const TensorInfo* tensor;
  std::uint64_t first;  ///< element
  std::uint64_t elements;
};

/// The format's parser has made sure that the bytes fit the shape.
StoredLayout LayoutOf(const TensorInfo& tensor) {
  return *StoredLayout::Of(tensor.dtype, tensor.shape, tensor.range.size);
}

std::vector<Tile> TilesOf(const Header& header) {
  std::vector<Tile> tiles;
  for (const TensorInfo& tensor : header.tensors()) {
    const DtypeTraits& traits = Traits(tensor.dtype);
    const std::uint64_t blocks = std::max<std::uint64_t>(1, kTileBytes / traits.block_bytes);
    const bool whole = traits.prefix_bytes != 0 || !LayoutOf(tensor).plain();
    const std::uint64_t most = whole ? tensor.elements : blocks * traits.block_elements;
    for (std::uint64_t first = 0; first < tensor.elements; first += most) {
      tiles.push_back({&tensor, first, std::min(most, tensor.elements - first)});
    }
  }
  return tiles;
}

/// The bytes of the file that `tile` is stored in.
ByteRange RangeOf(const Tile& tile) {
  const TensorInfo& tensor = *tile.tensor;
  if (tile.elements == tensor.elements) return tensor.range;
  const DtypeTraits& traits = Traits(tensor.dtype);
  const std::uint64_t offset = tile.first / traits.block_elements * traits.block_bytes;
  return {tensor.range.offset + offset, *StorageBytes(tensor.dtype, tile.elements)};
}

/// As many buffers as threads are converting; each serves one tile after the other.
class Staging {
 public:
  std::vector<std::byte> Take() {
    const std::lock_guard lock(mutex_);
    if (idle_.empty()) return {};
    std::vector<std::byte> buffer = std::move(idle_.back());
    idle_.pop_back();
    return buffer;
  }

  void Return(std::vector<std::byte> buffer) {
    const std::lock_guard lock(mutex_);
    idle_.push_back(std::move(buffer));
  }

 private:
  std::mutex mutex_;
  std::vector<std::vector<std::byte>> idle_;
};

class StreamF32Model final : public ModelOverFile {
 public:
  StreamF32Model(std::unique_ptr<StoredModel> file, TensorMemory values)
      : ModelOverFile(std::move(file)), values_(std::move(values)) {}

  /// Of the file, and what converting added.
  LoadReport report() const override {
    LoadReport report = ModelOverFile::report();
    report.threads = converted_.threads;
    report.chunk_bytes = kTileBytes;
    report.advice = converted_.advice;
    report.fallbacks = converted_.fallbacks;
    return report;
  }

  Result<TensorView> Resident(const TensorInfo& tensor) const override {
    return TensorView{.name = tensor.name,
                      .dtype = Dtype::kF32,
                      .shape = tensor.shape,
                      .bytes = values_.Of(tensor)};
  }

  Result<std::span<const std::byte>> Stored(const TensorInfo& tensor) const override {
    return Fail(
        {"LOADER_NOT_KEPT", fmt::format("tensor \"{}\"", tensor.name), "only its F32 is kept", {}});
  }

  Result<void> Convert(unsigned threads) {
    values_.AdviseHugePages(converted_);
    const std::vector<Tile> tiles = TilesOf(header());
    Staging staging;
    const auto convert = [&](std::uint64_t index, LoadReport&) {
      std::vector<std::byte> buffer = staging.Take();
      Result<void> done = ConvertTile(tiles[index], buffer);
      staging.Return(std::move(buffer));
      return done;
    };
    return RunPieces(tiles.size(), threads, convert, converted_);
  }

 private:
  Result<void> ConvertTile(const Tile& tile, std::vector<std::byte>& buffer) const {
    const ByteRange range = RangeOf(tile);
    buffer.resize(std::max<std::size_t>(buffer.size(), range.size));
    const auto stored = std::span(buffer).first(range.size);
    // A mapped source takes copies from several threads.
    Result<void> read = file().SourceOf(*tile.tensor).Copy(range.offset, stored);
    if (!read) return read;
    auto* values = reinterpret_cast<float*>(values_.Of(*tile.tensor).data());
    const std::span<float> into(values + tile.first, tile.elements);
    if (range.size == tile.tensor->range.size) {
      LayoutOf(*tile.tensor).ToF32(stored, 0, into);
    } else {
      ToF32(tile.tensor->dtype, stored, into);
    }
    return {};
  }

  TensorMemory values_;
  LoadReport converted_;
};

}  // namespace

Result<std::unique_ptr<Model>> OpenStreamF32(const std::string& path, const LoaderChoice& choice,
                                             unsigned threads, const OnPhase& on_phase) {
  Result<std::unique_ptr<StoredModel>> file = OpenModel(path, &OpenMmap, {}, on_phase);
  if (!file) return Fail(std::move(file.error()));
  const Header& header = (*file)->header();
  if (Result<void> widen = CheckWidens(path, header); !widen) return Fail(std::move(widen.error()));
  if (on_phase) on_phase("convert");
  const auto f32_bytes = [](const TensorInfo& tensor) { return tensor.elements * sizeof(float); };
  Result<TensorMemory> values = TensorMemory::Make(header, f32_bytes, path);
  if (!values) return Fail(std::move(values.error()));
  auto model = std::make_unique<StreamF32Model>(std::move(*file), std::move(*values));
  const auto wanted = static_cast<unsigned>(OptionOr(choice, kThreadsOption.name, threads));
  if (Result<void> converted = model->Convert(wanted); !converted) {
    return Fail(std::move(converted.error()));
  }
  return model;
}

}  // namespace falsify::loaders
