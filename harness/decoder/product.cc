#include "harness/decoder/product.h"

#include <algorithm>
#include <compare>
#include <cstdint>
#include <cstring>
#include <unordered_map>

#include "harness/decoder/vector_ops.h"
#include "hwy/aligned_allocator.h"
#include "loaders/convert.h"

namespace falsify::harness {
namespace {

using loaders::Dtype;
using Type = dnnl::memory::data_type;
using Tag = dnnl::memory::format_tag;

// Measured on rows of 896 to 14336: up to 128 rows a call amortise its overhead, and a tile widened
// to F32 should still fit the second-level cache.
constexpr std::size_t kMostTileRows = 128;
constexpr std::size_t kLeastTileRows = 32;
constexpr std::size_t kTileElements = std::size_t{1} << 18;

// As pieces these are 64 columns, the width of oneDNN's own blocks.
constexpr std::size_t kGroupLanes = 32;

std::size_t TileRows(std::size_t depth) {
  std::size_t rows = kMostTileRows;
  while (rows > kLeastTileRows && rows * depth > kTileElements) rows /= 2;
  return rows;
}

std::size_t TilesIn(const Matrix& matrix) {
  const std::size_t step = TileRows(matrix.depth);
  return (matrix.rows + step - 1) / step;
}

// A buffer that only grows, aligned for any vector.
template <class T>
class Buffer {
 public:
  T* AtLeast(std::size_t count) {
    if (count > size_) {
      data_ = hwy::AllocateAligned<T>(count);
      if (!data_) throw std::bad_alloc();
      size_ = count;
    }
    return data_.get();
  }

 private:
  hwy::AlignedFreeUniquePtr<T[]> data_;
  std::size_t size_ = 0;
};

dnnl::memory::desc Plain(Type type, std::size_t rows, std::size_t columns) {
  return {{static_cast<dnnl::memory::dim>(rows), static_cast<dnnl::memory::dim>(columns)},
          type,
          Tag::ab};
}

dnnl::matmul::primitive_desc Describe(const dnnl::engine& engine, Type type, std::size_t depth,
                                      std::size_t columns) {
  const std::size_t rows = TileRows(depth);
  dnnl::memory::desc right = Plain(type, depth, columns);
  right = dnnl::memory::desc(right.dims(), type, Tag::any);
  dnnl::primitive_attr attributes;
  attributes.set_scratchpad_mode(dnnl::scratchpad_mode::user);
  return {dnnl::matmul::desc(Plain(type, rows, depth), right, Plain(Type::f32, rows, columns)),
          attributes, engine};
}

}  // namespace

struct Product::KernelKey {
  bool pieces;
  std::size_t depth;
  std::size_t lanes;

  auto operator<=>(const KernelKey&) const = default;
};

struct Product::Kernel {
  Kernel(const dnnl::engine& engine, const KernelKey& key)
      : columns(key.pieces ? 2 * key.lanes : key.lanes),
        rows(TileRows(key.depth)),
        description(Describe(engine, key.pieces ? Type::bf16 : Type::f32, key.depth, columns)),
        multiply(description),
        plain(Plain(key.pieces ? Type::bf16 : Type::f32, key.depth, columns)),
        pack(dnnl::reorder::primitive_desc(engine, plain, engine, description.weights_desc())) {}

  std::size_t columns;
  std::size_t rows;
  dnnl::matmul::primitive_desc description;
  dnnl::matmul multiply;
  dnnl::memory::desc plain;  // the right-hand side before it is packed
  dnnl::reorder pack;
};

struct Product::Scratch {
  explicit Scratch(const dnnl::engine& engine) : stream(engine) {}

  dnnl::stream stream;
  Buffer<std::uint16_t> narrow;
  Buffer<float> wide;
  Buffer<float> out;
  Buffer<std::uint8_t> kernel;
};

struct Product::StagedTile {
  const void* values;  // [TileRows][depth]
  bool pieces;         // BF16 values, else F32
};

void WidenFrom(const Matrix& matrix, std::size_t row, std::span<float> into) {
  const std::size_t stride = matrix.stored_depth == 0 ? matrix.depth : matrix.stored_depth;
  const std::size_t elements = matrix.rows * stride;
  const std::size_t bytes = loaders::StorageBytes(matrix.dtype, elements).value();
  if (stride == matrix.depth) {
    loaders::ToF32From(matrix.dtype, {matrix.bytes, bytes}, row * matrix.depth, into);
    return;
  }
  for (; !into.empty(); ++row) {
    const std::size_t count = std::min(into.size(), matrix.depth);
    loaders::ToF32From(matrix.dtype, {matrix.bytes, bytes}, row * stride, into.first(count));
    into = into.subspan(count);
  }
}

std::size_t TileCount(std::span<const Matrix* const> matrices) {
  std::size_t count = 0;
  for (const Matrix* matrix : matrices) count += TilesIn(*matrix);
  return count;
}

Tile TileAt(std::span<const Matrix* const> matrices, std::size_t index) {
  auto matrix = matrices.begin();
  while (index >= TilesIn(**matrix)) index -= TilesIn(**matrix++);
  const std::size_t step = TileRows((*matrix)->depth);
  const std::size_t first_row = index * step;
  return {*matrix, first_row, std::min(step, (*matrix)->rows - first_row)};
}

Product::Product(MatrixUnit unit, bool needs_wide, unsigned workers)
    : unit_(unit),
      needs_wide_(needs_wide || unit == MatrixUnit::kNone),
      engine_(dnnl::engine::kind::cpu, 0) {
  for (unsigned i = 0; i < workers; ++i) scratch_.push_back(std::make_unique<Scratch>(engine_));
}

Product::~Product() = default;

MatrixUnit Product::DetectUnit() {
  const auto isa = static_cast<unsigned>(dnnl::get_effective_cpu_isa());
  const auto amx = static_cast<unsigned>(dnnl::cpu_isa::avx512_core_amx);
  return (isa & amx) == amx ? MatrixUnit::kAmxBf16 : MatrixUnit::kNone;
}

void Product::Prepare(Worker& worker, std::span<const std::size_t> depths, std::size_t lanes) {
  worker.Once([&] {
    const std::size_t rest = lanes % kGroupLanes;
    for (const std::size_t depth : depths) {
      for (const std::size_t width : {lanes >= kGroupLanes ? kGroupLanes : rest, rest}) {
        if (width == 0) continue;
        if (unit_ == MatrixUnit::kAmxBf16) kernels_.try_emplace({true, depth, width});
        if (needs_wide_) kernels_.try_emplace({false, depth, width});
      }
    }
  });
  worker.ForEach(kernels_.size(), [&](std::size_t i) {
    const auto at = std::next(kernels_.begin(), static_cast<std::ptrdiff_t>(i));
    if (!at->second) at->second = std::make_unique<Kernel>(engine_, at->first);
  });
}

const Product::Kernel& Product::Find(const KernelKey& key) const { return *kernels_.at(key); }

dnnl::memory Product::PackOne(Scratch& scratch, const Kernel& kernel, void* plain) const {
  dnnl::memory from(kernel.plain, engine_, plain);
  dnnl::memory to(kernel.description.weights_desc(), engine_);
  dnnl::reorder(kernel.pack).execute(scratch.stream, from, to);
  return to;
}

void Product::Pack(const Worker& worker, const float* x, std::size_t depth, std::size_t lanes,
                   PackedActivations& into) {
  Scratch& scratch = *scratch_[worker.index()];
  into.lanes = lanes;
  into.groups.clear();
  for (std::size_t first = 0; first < lanes; first += kGroupLanes) {
    PackedActivations::Group group = {std::min(kGroupLanes, lanes - first), {}, {}};
    if (unit_ == MatrixUnit::kAmxBf16) {
      std::uint16_t* pieces = scratch.narrow.AtLeast(depth * 2 * group.lanes);
      SplitPieces(x + first, depth, lanes, group.lanes, pieces);
      group.pieces = PackOne(scratch, Find({true, depth, group.lanes}), pieces);
    }
    if (needs_wide_) {
      float* wide = scratch.wide.AtLeast(depth * group.lanes);
      for (std::size_t row = 0; row < depth; ++row) {
        std::copy_n(x + row * lanes + first, group.lanes, wide + row * group.lanes);
      }
      group.wide = PackOne(scratch, Find({false, depth, group.lanes}), wide);
    }
    into.groups.push_back(std::move(group));
  }
}

// The kernel reads whole tiles: the last rows of a matrix are copied and followed by zeros.
Product::StagedTile Product::Stage(const Tile& tile, Scratch& scratch) const {
  const Matrix& matrix = *tile.matrix;
  const std::size_t values = tile.rows * matrix.depth;
  const std::size_t whole = TileRows(matrix.depth) * matrix.depth;
  const std::size_t first = tile.first_row * matrix.depth;
  const bool may_narrow = unit_ == MatrixUnit::kAmxBf16;

  if (may_narrow && matrix.dtype == Dtype::kBF16) {
    const std::byte* stored = matrix.bytes + first * sizeof(std::uint16_t);
    if (values == whole) return {stored, true};
    std::uint16_t* narrow = scratch.narrow.AtLeast(whole);
    std::memcpy(narrow, stored, values * sizeof(std::uint16_t));
    std::fill(narrow + values, narrow + whole, std::uint16_t{0});
    return {narrow, true};
  }
  const std::byte* in_f32 = nullptr;
  if (matrix.dtype == Dtype::kF32 && values == whole) {
    in_f32 = matrix.bytes + first * sizeof(float);
  } else {
    float* wide = scratch.wide.AtLeast(whole);
    WidenFrom(matrix, tile.first_row, {wide, values});
    std::fill(wide + values, wide + whole, 0.0F);
    in_f32 = reinterpret_cast<const std::byte*>(wide);
  }
  if (may_narrow) {
    std::uint16_t* narrow = scratch.narrow.AtLeast(whole);
    std::fill(narrow + values, narrow + whole, std::uint16_t{0});
    if (NarrowIfExact(in_f32, values, narrow)) return {narrow, true};
  }
  return {in_f32, false};
}

void Product::Multiply(const Worker& worker, const Tile& tile, const PackedActivations& x,
                       float* out) {
  Scratch& scratch = *scratch_[worker.index()];
  const StagedTile staged = Stage(tile, scratch);
  for (const PackedActivations::Group& group : x.groups) {
    const Kernel& kernel = Find({staged.pieces, tile.matrix->depth, group.lanes});
    float* product = scratch.out.AtLeast(kernel.rows * kernel.columns);
    const auto scratchpad = kernel.description.scratchpad_desc();
    // oneDNN has no notion of read-only memory; a source is not written to.
    const dnnl::memory weights(kernel.description.src_desc(), engine_,
                               const_cast<void*>(staged.values));
    kernel.multiply.execute(
        scratch.stream,
        {{DNNL_ARG_SRC, weights},
         {DNNL_ARG_WEIGHTS, staged.pieces ? group.pieces : group.wide},
         {DNNL_ARG_DST, dnnl::memory(kernel.description.dst_desc(), engine_, product)},
         {DNNL_ARG_SCRATCHPAD,
          dnnl::memory(scratchpad, engine_, scratch.kernel.AtLeast(scratchpad.get_size()))}});
    if (staged.pieces) {
      AddPieces(product, tile.rows, group.lanes, x.lanes, out);
    } else {
      for (std::size_t row = 0; row < tile.rows; ++row) {
        std::copy_n(product + row * group.lanes, group.lanes, out + row * x.lanes);
      }
    }
    out += group.lanes;
  }
}

}  // namespace falsify::harness
