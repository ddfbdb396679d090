#include "loaders/dtype.h"

#include <cstdint>
#include <limits>
#include <string_view>

#include "gtest/gtest.h"

namespace falsify::loaders {
namespace {

struct Expected {
  Dtype dtype;
  std::string_view name;
  unsigned bits;
};

// The widths of the SafeTensors format, in bits per element.
constexpr Expected kAll[] = {
    {Dtype::kBool, "BOOL", 8},
    {Dtype::kF4, "F4", 4},
    {Dtype::kF6E2M3, "F6_E2M3", 6},
    {Dtype::kF6E3M2, "F6_E3M2", 6},
    {Dtype::kU8, "U8", 8},
    {Dtype::kI8, "I8", 8},
    {Dtype::kF8E5M2, "F8_E5M2", 8},
    {Dtype::kF8E4M3, "F8_E4M3", 8},
    {Dtype::kF8E8M0, "F8_E8M0", 8},
    {Dtype::kF8E4M3Fnuz, "F8_E4M3FNUZ", 8},
    {Dtype::kF8E5M2Fnuz, "F8_E5M2FNUZ", 8},
    {Dtype::kI16, "I16", 16},
    {Dtype::kU16, "U16", 16},
    {Dtype::kF16, "F16", 16},
    {Dtype::kBF16, "BF16", 16},
    {Dtype::kI32, "I32", 32},
    {Dtype::kU32, "U32", 32},
    {Dtype::kF32, "F32", 32},
    {Dtype::kC64, "C64", 64},
    {Dtype::kF64, "F64", 64},
    {Dtype::kI64, "I64", 64},
    {Dtype::kU64, "U64", 64},
};

TEST(Dtype, EveryNameAndWidthIsThatOfTheFormat) {
  for (const Expected& expected : kAll) {
    SCOPED_TRACE(expected.name);
    EXPECT_EQ(Traits(expected.dtype).name, expected.name);
    EXPECT_EQ(DtypeFromName(expected.name), expected.dtype);
    EXPECT_EQ(StorageBytes(expected.dtype, 24), 24ULL * expected.bits / 8);
  }
}

TEST(Dtype, NamesAreCaseSensitiveAndExact) {
  for (const std::string_view name : {"bf16", "Bool", "F32 ", "", "Q4_0", "F3"}) {
    EXPECT_EQ(DtypeFromName(name), std::nullopt) << name;
  }
}

TEST(StorageBytes, IsEmptyWhereElementsDoNotFillWholeBytes) {
  EXPECT_EQ(StorageBytes(Dtype::kF4, 3), std::nullopt);
  EXPECT_EQ(StorageBytes(Dtype::kF6E2M3, 6), std::nullopt);
  EXPECT_EQ(StorageBytes(Dtype::kF6E3M2, 8), 6U);
  EXPECT_EQ(StorageBytes(Dtype::kF4, 0), 0U);
}

TEST(StorageBytes, IsEmptyRatherThanWrapped) {
  constexpr std::uint64_t kMost = std::numeric_limits<std::uint64_t>::max();
  EXPECT_EQ(StorageBytes(Dtype::kU8, kMost), kMost);
  EXPECT_EQ(StorageBytes(Dtype::kF64, kMost / 8 + 1), std::nullopt);
  EXPECT_EQ(StorageBytes(Dtype::kF64, kMost / 8), kMost - 7);
}

}  // namespace
}  // namespace falsify::loaders
