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
  for (const std::string_view name : {"bf16", "Bool", "F32 ", "", "q4_0", "F3"}) {
    EXPECT_EQ(DtypeFromName(name), std::nullopt) << name;
  }
}

struct ExpectedBlock {
  Dtype dtype;
  std::string_view name;
  unsigned elements;
  unsigned bytes;
};

// The block sizes of ggml-org/ggml, src/ggml-common.h.
constexpr ExpectedBlock kBlocks[] = {
    {Dtype::kQ4_0, "Q4_0", 32, 18},        {Dtype::kQ4_1, "Q4_1", 32, 20},
    {Dtype::kQ5_0, "Q5_0", 32, 22},        {Dtype::kQ5_1, "Q5_1", 32, 24},
    {Dtype::kQ8_0, "Q8_0", 32, 34},        {Dtype::kQ8_1, "Q8_1", 32, 36},
    {Dtype::kQ2_K, "Q2_K", 256, 84},       {Dtype::kQ3_K, "Q3_K", 256, 110},
    {Dtype::kQ4_K, "Q4_K", 256, 144},      {Dtype::kQ5_K, "Q5_K", 256, 176},
    {Dtype::kQ6_K, "Q6_K", 256, 210},      {Dtype::kQ8_K, "Q8_K", 256, 292},
    {Dtype::kIQ2_XXS, "IQ2_XXS", 256, 66}, {Dtype::kIQ2_XS, "IQ2_XS", 256, 74},
    {Dtype::kIQ3_XXS, "IQ3_XXS", 256, 98}, {Dtype::kIQ1_S, "IQ1_S", 256, 50},
    {Dtype::kIQ4_NL, "IQ4_NL", 32, 18},    {Dtype::kIQ3_S, "IQ3_S", 256, 110},
    {Dtype::kIQ2_S, "IQ2_S", 256, 82},     {Dtype::kIQ4_XS, "IQ4_XS", 256, 136},
    {Dtype::kIQ1_M, "IQ1_M", 256, 56},     {Dtype::kTQ1_0, "TQ1_0", 256, 54},
    {Dtype::kTQ2_0, "TQ2_0", 256, 66},     {Dtype::kMXFP4, "MXFP4", 32, 17},
    {Dtype::kNVFP4, "NVFP4", 64, 36},      {Dtype::kQ1_0, "Q1_0", 128, 18},
    {Dtype::kQ2_0, "Q2_0", 64, 18},
};

TEST(Dtype, EveryBlockIsThatOfGgml) {
  for (const ExpectedBlock& block : kBlocks) {
    SCOPED_TRACE(block.name);
    EXPECT_EQ(DtypeFromName(block.name), block.dtype);
    EXPECT_EQ(StorageBytes(block.dtype, 0), 0U);
    EXPECT_EQ(StorageBytes(block.dtype, 3 * block.elements), 3 * block.bytes);
    EXPECT_EQ(StorageBytes(block.dtype, 3 * block.elements - 1), std::nullopt);
    EXPECT_FALSE(IsSafetensors(block.dtype));
  }
  EXPECT_TRUE(IsSafetensors(Dtype::kU64));
}

TEST(StorageBytes, OfAprTypesFillTheLastBlockOrStartWithTheScale) {
  EXPECT_EQ(StorageBytes(Dtype::kAprQ4, 32), 18U);
  EXPECT_EQ(StorageBytes(Dtype::kAprQ4, 33), 36U);
  EXPECT_EQ(StorageBytes(Dtype::kAprQ4, 0), 0U);
  EXPECT_EQ(StorageBytes(Dtype::kAprQ8, 5), 9U);
  EXPECT_EQ(StorageBytes(Dtype::kAprQ8, 0), 0U);
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
