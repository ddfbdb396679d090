#include "harness/decoder/product.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <random>
#include <vector>

#include "gtest/gtest.h"
#include "harness/decoder/vector_ops.h"
#include "loaders/convert.h"
#include "loaders/test_blocks.h"

namespace falsify::harness {
namespace {

using loaders::Dtype;

std::vector<float> Normal(std::size_t count, unsigned seed) {
  std::mt19937 random(seed);
  std::normal_distribution<float> normal;
  std::vector<float> values(count);
  for (float& value : values) value = normal(random);
  return values;
}

std::vector<std::byte> Stored(Dtype dtype, std::span<const float> values) {
  std::vector<std::byte> bytes(values.size() * loaders::Traits(dtype).block_bytes);
  loaders::FromF32(dtype, values, bytes);
  return bytes;
}

// `weights` [rows][depth] times `x` [depth][lanes], all tiles, on two workers.
std::vector<float> Multiply(MatrixUnit unit, const Matrix& weights, const std::vector<float>& x) {
  const std::size_t lanes = x.size() / weights.depth;
  Team team(2);
  Product product(unit, /*needs_wide=*/true, team.size());
  PackedActivations packed;
  std::vector<float> out(weights.rows * lanes);
  const std::array<const Matrix*, 1> matrices = {&weights};
  team.Run([&](Worker& worker) {
    product.Prepare(worker, {&weights.depth, 1}, lanes);
    worker.Once([&] { product.Pack(worker, x.data(), weights.depth, lanes, packed); });
    worker.ForEach(TileCount(matrices), [&](std::size_t i) {
      const Tile tile = TileAt(matrices, i);
      product.Multiply(worker, tile, packed, out.data() + tile.first_row * lanes);
    });
  });
  return out;
}

// The largest error, in units of the size of the operands.
double LargestError(const std::vector<float>& weights, const std::vector<float>& x,
                    const std::vector<float>& product, std::size_t depth) {
  const std::size_t lanes = x.size() / depth;
  double largest = 0.0;
  for (std::size_t i = 0; i < product.size(); ++i) {
    double sum = 0.0;
    double size = 0.0;
    for (std::size_t k = 0; k < depth; ++k) {
      const double term = static_cast<double>(weights[i / lanes * depth + k]) *
                          static_cast<double>(x[k * lanes + i % lanes]);
      sum += term;
      size += term * term;
    }
    largest = std::max(largest, std::abs(static_cast<double>(product[i]) - sum) / std::sqrt(size));
  }
  return largest;
}

struct Shape {
  std::size_t rows;
  std::size_t depth;
  std::size_t lanes;
};

class ProductOf : public testing::TestWithParam<Shape> {
 protected:
  const std::size_t rows_ = GetParam().rows;
  const std::size_t depth_ = GetParam().depth;
  const std::vector<float> x_ = Normal(depth_ * GetParam().lanes, 1);
};

TEST_P(ProductOf, IsRightInEveryDtypeOnEveryUnit) {
  for (const Dtype dtype : {Dtype::kF32, Dtype::kF16, Dtype::kBF16}) {
    const std::vector<std::byte> bytes = Stored(dtype, Normal(rows_ * depth_, 2));
    std::vector<float> values(rows_ * depth_);
    loaders::ToF32(dtype, bytes, values);
    const Matrix matrix = {bytes.data(), dtype, rows_, depth_};
    EXPECT_LT(LargestError(values, x_, Multiply(MatrixUnit::kNone, matrix, x_), depth_), 5e-6);
    EXPECT_LT(LargestError(values, x_, Multiply(Product::DetectUnit(), matrix, x_), depth_), 2e-5);
  }
}

TEST_P(ProductOf, DependsOnValuesAndNotOnTheirDtype) {
  const std::vector<std::byte> narrow = Stored(Dtype::kBF16, Normal(rows_ * depth_, 3));
  std::vector<float> values(rows_ * depth_);
  loaders::ToF32(Dtype::kBF16, narrow, values);
  const std::vector<std::byte> wide = Stored(Dtype::kF32, values);
  for (const MatrixUnit unit : {MatrixUnit::kNone, Product::DetectUnit()}) {
    EXPECT_EQ(Multiply(unit, {narrow.data(), Dtype::kBF16, rows_, depth_}, x_),
              Multiply(unit, {wide.data(), Dtype::kF32, rows_, depth_}, x_));
  }
}

INSTANTIATE_TEST_SUITE_P(Shapes, ProductOf,
                         testing::Values(Shape{1, 1, 16}, Shape{128, 32, 16}, Shape{130, 33, 16},
                                         Shape{127, 70, 32}, Shape{256, 64, 48},
                                         Shape{40, 200, 112}, Shape{33, 9000, 16}));

TEST(Product, TakesATileWithOneFinerValueInF32) {
  const std::size_t depth = 64;
  std::vector<float> values(256 * depth, 1.0F);
  const float finer = 1.0F + 0x1p-20F;
  values[130 * depth] = finer;  // in the second of two tiles
  const std::vector<std::byte> bytes = Stored(Dtype::kF32, values);
  std::vector<float> x(depth * kLaneBlock, 0.0F);
  std::fill_n(x.begin(), kLaneBlock, 1.0F);
  const std::vector<float> product =
      Multiply(Product::DetectUnit(), {bytes.data(), Dtype::kF32, 256, depth}, x);
  EXPECT_EQ(product[130 * kLaneBlock], finer);
  EXPECT_EQ(product[131 * kLaneBlock], 1.0F);
  EXPECT_EQ(product[0], 1.0F);
}

TEST(WidenFrom, SkipsWhatFillsUpTheBlocksOfARow) {
  constexpr std::size_t kRows = 3;
  constexpr std::size_t kDepth = 304;
  constexpr std::size_t kStored = 512;
  const std::vector<std::byte> bytes = loaders::TameBlocks(Dtype::kQ4_K, kRows * kStored, 5);
  std::vector<float> stored(kRows * kStored);
  loaders::ToF32(Dtype::kQ4_K, bytes, stored);
  const Matrix matrix = {bytes.data(), Dtype::kQ4_K, kRows, kDepth, kStored};
  std::vector<float> two_rows(2 * kDepth);
  WidenFrom(matrix, 1, two_rows);
  for (std::size_t i = 0; i < two_rows.size(); ++i) {
    ASSERT_EQ(two_rows[i], stored[(1 + i / kDepth) * kStored + i % kDepth]) << i;
  }
}

TEST(TileAt, CoversEveryRowOfEveryMatrixOnce) {
  const Matrix first = {nullptr, Dtype::kF32, 300, 1536};
  const Matrix second = {nullptr, Dtype::kF32, 5, 1536};
  const Matrix third = {nullptr, Dtype::kF32, 64, 100000};
  const std::array<const Matrix*, 3> matrices = {&first, &second, &third};
  std::array<std::size_t, 3> next = {0, 0, 0};
  for (std::size_t i = 0; i < TileCount(matrices); ++i) {
    const Tile tile = TileAt(matrices, i);
    const auto which =
        static_cast<std::size_t>(std::ranges::find(matrices, tile.matrix) - matrices.begin());
    EXPECT_EQ(tile.first_row, next[which]);
    EXPECT_GT(tile.rows, 0U);
    next[which] += tile.rows;
  }
  EXPECT_EQ(next, (std::array<std::size_t, 3>{300, 5, 64}));
}

}  // namespace
}  // namespace falsify::harness
