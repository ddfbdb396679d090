#include "loaders/stored_layout.h"

#include <vector>

#include "gtest/gtest.h"
#include "loaders/convert.h"
#include "loaders/test_blocks.h"

namespace falsify::loaders {
namespace {

using Shape = std::vector<std::uint64_t>;

TEST(StoredLayout, IsPlainWhereThatFits) {
  EXPECT_TRUE(StoredLayout::Of(Dtype::kBF16, Shape{3, 5}, 30)->plain());
  EXPECT_TRUE(StoredLayout::Of(Dtype::kQ4_K, Shape{2, 256}, 288)->plain());
  EXPECT_TRUE(StoredLayout::Of(Dtype::kF32, Shape{}, 4)->plain());
  EXPECT_TRUE(StoredLayout::Of(Dtype::kF32, Shape{0, 7}, 0)->plain());
}

TEST(StoredLayout, FindsRowsAndEndsThatAreFilledUp) {
  const auto rows = StoredLayout::Of(Dtype::kQ4_K, Shape{3, 300}, 6 * 144);
  ASSERT_TRUE(rows);
  EXPECT_EQ(rows->row_elements(), 300U);
  EXPECT_EQ(rows->stored_row_elements(), 512U);
  const auto end = StoredLayout::Of(Dtype::kQ4_K, Shape{3, 300}, 4 * 144);
  ASSERT_TRUE(end);
  EXPECT_EQ(end->row_elements(), 900U);
  EXPECT_EQ(end->stored_row_elements(), 1024U);
}

TEST(StoredLayout, RefusesWhatFitsNothing) {
  EXPECT_FALSE(StoredLayout::Of(Dtype::kQ4_K, Shape{3, 300}, 5 * 144));
  EXPECT_FALSE(StoredLayout::Of(Dtype::kF32, Shape{3}, 13));
  EXPECT_FALSE(StoredLayout::Of(Dtype::kF32, Shape{1ULL << 40, 1ULL << 40}, 4));
}

TEST(StoredLayout, WidensFromAnywhereAndSkipsWhatFillsUp) {
  constexpr std::size_t kRows = 3;
  constexpr std::size_t kElements = 300;  // of 512 stored
  for (const Dtype dtype : {Dtype::kQ4_K, Dtype::kQ6_K}) {
    const std::vector<std::byte> bytes = TameBlocks(dtype, kRows * 512, 5);
    std::vector<float> stored(kRows * 512);
    ToF32(dtype, bytes, stored);
    const auto layout = StoredLayout::Of(dtype, Shape{kRows, kElements}, bytes.size());
    ASSERT_TRUE(layout);
    for (const std::size_t first : std::vector<std::size_t>{0, 7, 255, 256, 299, 300, 611}) {
      std::vector<float> values(kRows * kElements - first);
      layout->ToF32(bytes, first, values);
      for (std::size_t i = 0; i < values.size(); ++i) {
        const std::size_t at = first + i;
        ASSERT_EQ(values[i], stored[at / kElements * 512 + at % kElements])
            << Traits(dtype).name << " from " << first << " at " << at;
      }
    }
  }
}

}  // namespace
}  // namespace falsify::loaders
