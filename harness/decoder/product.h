#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <span>
#include <vector>

#include "dnnl.hpp"
#include "harness/decoder/team.h"
#include "loaders/dtype.h"

namespace falsify::harness {

/// A weight matrix where its loader keeps it: `[rows][depth]`, row-major, at any alignment.
struct Matrix {
  const std::byte* bytes = nullptr;
  loaders::Dtype dtype = loaders::Dtype::kF32;  ///< any that CanWiden
  std::size_t rows = 0;
  std::size_t depth = 0;         ///< values of a row
  std::size_t stored_depth = 0;  ///< those its blocks hold, where APR fills them up; 0: `depth`
};

/// `into.size()` values of a matrix in F32, from the start of row `row` on.
void WidenFrom(const Matrix& matrix, std::size_t row, std::span<float> into);

/// Rows of one matrix that are multiplied at a time, by one worker.
struct Tile {
  const Matrix* matrix;
  std::size_t first_row;
  std::size_t rows;
};

/// The tiles of several matrices, one matrix after the other. Where the cuts fall depends on each
/// matrix's shape alone.
std::size_t TileCount(std::span<const Matrix* const> matrices);
Tile TileAt(std::span<const Matrix* const> matrices, std::size_t index);  ///< index < TileCount

/// Activations made ready to be multiplied: the right-hand side `[depth][lanes]` in the layout that
/// oneDNN prefers. Prompts longer than one kernel is wide come in several groups.
struct PackedActivations {
  struct Group {
    std::size_t lanes;
    dnnl::memory pieces;  ///< BF16; empty where the host has no fast BF16
    dnnl::memory wide;    ///< F32; empty where no weight can need it
  };
  std::size_t depth = 0;
  std::size_t lanes = 0;
  std::vector<Group> groups;
};

/// Whether a host's matrix unit is used where values allow it.
enum class MatrixUnit { kNone, kAmxBf16 };

/// Weights times activations. Weights are read where they lie, as the left-hand side, so that not
/// even a large matrix is repacked.
///
/// A tile whose values all are BF16 values is multiplied by AMX where the host has it: the
/// activations are split into two BF16 pieces, 17 bits in all, and every product is exact in the
/// F32 accumulator. Any other tile, and every tile elsewhere, is multiplied in F32. The choice
/// looks at the values and never at the dtype, so how a loader holds a model cannot change a bit of
/// the result. All members may throw dnnl::error and std::bad_alloc.
class Product {
 public:
  /// `needs_wide`: some matrix is not stored as BF16.
  Product(MatrixUnit unit, bool needs_wide, unsigned workers);
  ~Product();

  /// What this host has and oneDNN may use.
  static MatrixUnit DetectUnit();

  /// Compiles what products of these depths with `lanes` lanes need; those that are there already
  /// cost nothing. To be called by every worker of a team, like the team's own steps.
  void Prepare(Worker& worker, std::span<const std::size_t> depths, std::size_t lanes);

  /// `x`: [depth][lanes]. Depth and lanes must have been prepared. `into` may be used again.
  void Pack(const Worker& worker, const float* x, std::size_t depth, std::size_t lanes,
            PackedActivations& into);

  /// `out`: [tile.rows][x.lanes]. Workers may call it at once, each for itself.
  void Multiply(const Worker& worker, const Tile& tile, const PackedActivations& x, float* out);

 private:
  struct Kernel;
  struct KernelKey;
  struct Scratch;
  struct StagedTile;

  const Kernel& Find(const KernelKey& key) const;
  StagedTile Stage(const Tile& tile, Scratch& scratch) const;
  dnnl::memory PackOne(Scratch& scratch, const Kernel& kernel, void* plain) const;

  const MatrixUnit unit_;
  const bool needs_wide_;
  const dnnl::engine engine_;
  std::map<KernelKey, std::unique_ptr<Kernel>> kernels_;
  std::vector<std::unique_ptr<Scratch>> scratch_;  // one per worker
};

}  // namespace falsify::harness
