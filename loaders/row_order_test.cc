#include "loaders/row_order.h"

#include <array>
#include <set>

#include "gtest/gtest.h"

namespace falsify::loaders {
namespace {

TEST(RowOrder, PutsTheHalvesOfEachHeadSideBySide) {
  // Two heads of four: llama.cpp stores 0 2 1 3 of each.
  const RowOrder order(8, 4);
  const std::array<std::uint64_t, 8> stored_row = {0, 2, 1, 3, 4, 6, 5, 7};
  for (std::uint64_t row = 0; row < 8; ++row) EXPECT_EQ(order.StoredRow(row), stored_row[row]);
}

TEST(RowOrder, IsAPermutation) {
  const RowOrder order(96, 32);
  std::set<std::uint64_t> seen;
  for (std::uint64_t row = 0; row < 96; ++row) {
    seen.insert(order.StoredRow(row));
    EXPECT_EQ(order.CanonicalRow(order.StoredRow(row)), row);
  }
  EXPECT_EQ(seen.size(), 96U);
  EXPECT_EQ(*seen.rbegin(), 95U);
}

class RowOrderOfTest : public testing::Test {
 protected:
  std::optional<RowOrder> Of(std::string_view name, std::span<const std::uint64_t> shape) const {
    const TensorInfo tensor = {name, Dtype::kF32, shape, 0, {}};
    return RowOrderOf(name, tensor, config);
  }
  ModelConfig config = [] {
    ModelConfig made;
    made.heads = 4;
    made.kv_heads = 2;
    made.rope_pairs = RopePairs::kAdjacent;
    return made;
  }();
};

TEST_F(RowOrderOfTest, OnlyConcernsQueryAndKey) {
  const std::array<std::uint64_t, 2> query = {32, 16};
  const std::array<std::uint64_t, 1> key_bias = {16};
  EXPECT_EQ(Of("model.layers.0.self_attn.q_proj.weight", query)->StoredRow(1), 2U);
  EXPECT_EQ(Of("model.layers.0.self_attn.k_proj.bias", key_bias)->StoredRow(4), 1U);
  EXPECT_FALSE(Of("model.layers.0.self_attn.v_proj.weight", query));
  EXPECT_FALSE(Of("model.layers.0.self_attn.o_proj.weight", query));
  config.rope_pairs = RopePairs::kHalves;
  EXPECT_FALSE(Of("model.layers.0.self_attn.q_proj.weight", query));
}

TEST_F(RowOrderOfTest, LeavesAloneWhatIsNoWholeNumberOfHeads) {
  const std::array<std::uint64_t, 2> odd = {30, 16};
  EXPECT_FALSE(Of("model.layers.0.self_attn.q_proj.weight", odd));
  EXPECT_FALSE(Of("model.layers.0.self_attn.q_proj.weight", {}));
}

}  // namespace
}  // namespace falsify::loaders
