#include <limits>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "loaders/formats/format.h"
#include "loaders/formats/gguf.h"
#include "loaders/formats/gguf_test_bytes.h"
#include "loaders/sources/mmap.h"
#include "loaders/test_files.h"

namespace falsify::loaders {
namespace {

constexpr std::uint64_t kMost = std::numeric_limits<std::uint64_t>::max();
constexpr std::uint64_t kSigned = std::uint64_t{1} << 63;
constexpr std::uint32_t kU8 = 0, kU32 = 4, kU64 = 10, kString = 8, kArray = 9;
constexpr std::uint32_t kF32 = 0, kQ8_0 = 8, kF64 = 28;

using B = GgufBytes;

struct Malformed {
  const char* name;
  std::string bytes;
  std::string line;  ///< what follows "FILE", which stands for the path
};

/// One F32 tensor "t" of two elements, whole.
std::string Whole() { return B::Head(1, 0).Tensor("t", {2}, kF32, 0).PadTo(32).Zeros(32).text(); }

std::vector<Malformed> AllMalformed() {
  const std::string magic = "FILE: does not begin with \"GGUF\" [GGUF_MAGIC]";
  const std::string cut = "FILE: the file ends inside its first 24 B [GGUF_TRUNCATED]";
  return {
      {"Empty", "", magic},
      {"ThreeBytes", "GGU", magic},
      {"Magic", "GGML" + std::string(40, '\0'), magic},
      {"MagicOnly", "GGUF", cut},
      {"CutHeader", B::Head(1, 1).text().substr(0, 23), cut},
      {"Version0", B::Head(0, 0, 0).text(), "FILE: version 0, expected 2 or 3 [GGUF_VERSION]"},
      {"Version1", B::Head(0, 0, 1).text(),
       "FILE: version 1 with its 32-bit counts is obsolete, expected 2 or 3 [GGUF_VERSION]"},
      {"Version4", B::Head(0, 0, 4).text(), "FILE: version 4, expected 2 or 3 [GGUF_VERSION]"},
      {"BigEndian", B::Head(0, 0, 0x03000000).text(),
       "FILE: is in the wrong byte order: big-endian, expected little [GGUF_ENDIAN]"},
      {"MostTensors", B::Head(kMost, 0).text(),
       "FILE: 18446744073709551615 tensors, 0 B are left in the file [GGUF_COUNT]"},
      {"ManyTensors", B::Head(1 << 20, 0).Zeros(100).text(),
       "FILE: 1048576 tensors, 100 B are left in the file [GGUF_COUNT]"},
      {"ManyKeys", B::Head(0, std::uint64_t{1} << 62).Zeros(100).text(),
       "FILE: 4611686018427387904 keys, 100 B are left in the file [GGUF_COUNT]"},
      {"KeyLength", B::Head(0, 1).Add(kMost).Zeros(20).text(),
       "FILE @ 0x20: a key of 18446744073709551615 B, 20 B are left in the file [GGUF_STRING]"},
      {"EmptyKey", B::Head(0, 1).Text("").Add(kU8).Zeros(9).text(),
       "FILE @ 0x20: a key is empty [GGUF_KEY]"},
      {"KeyTwice", B::Head(0, 2).KeyU32("a", 1).KeyU32("a", 1).text(),
       "FILE: key \"a\" is there twice [GGUF_DUP_KEY]"},
      {"KeyTwiceOfOtherType", B::Head(0, 2).KeyU32("a", 1).KeyText("a", "x").text(),
       "FILE: key \"a\" is there twice [GGUF_DUP_KEY]"},
      {"ValueType", B::Head(0, 1).Text("a").Add(std::uint32_t{13}).Zeros(9).text(),
       "FILE @ 0x25: value type is 13, expected 0 to 12 [GGUF_VALUE_TYPE]"},
      {"StringLength", B::Head(0, 1).Text("a").Add(kString).Add(std::uint64_t{9}).Zeros(8).text(),
       "FILE @ 0x2d: the value of \"a\" of 9 B, 8 B are left in the file [GGUF_STRING]"},
      {"ElementType", B::Head(0, 1).Text("a").Add(kArray).Add(std::uint32_t{13}).Zeros(8).text(),
       "FILE @ 0x29: array element type is 13, expected 0 to 12 [GGUF_VALUE_TYPE]"},
      {"NestedArray", B::Head(0, 1).Text("a").Add(kArray).Add(kArray).Zeros(8).text(),
       "FILE @ 0x29: \"a\" is an array of arrays [GGUF_NESTED_ARRAY]"},
      {"ArrayCount",
       B::Head(0, 1).Text("a").Add(kArray).Add(kU64).Add(std::uint64_t{2}).Zeros(15).text(),
       "FILE @ 0x31: \"a\" has 2 elements of u64, 15 B are left in the file [GGUF_ARRAY]"},
      {"ArrayOverflow", B::Head(0, 1).Text("a").Add(kArray).Add(kU64).Add(kMost).Zeros(8).text(),
       "FILE @ 0x31: \"a\" has 18446744073709551615 elements of u64, 8 B are left in the file "
       "[GGUF_ARRAY]"},
      {"StringsCut",
       B::Head(0, 1)
           .Text("a")
           .Add(kArray)
           .Add(kString)
           .Add(std::uint64_t{2})
           .Text("x")
           .Add(std::uint64_t{9})
           .text(),
       "FILE @ 0x42: the file ends inside the array \"a\" [GGUF_TRUNCATED]"},
      {"FewerKeys", B::Head(0, 2).KeyU32("a", 1).Zeros(9).text(),
       "FILE @ 0x31: a key is empty [GGUF_KEY]"},
      {"Alignment0", B::Head(0, 1).KeyU32("general.alignment", 0).text(),
       "FILE: general.alignment is 0 (u32), expected a power of two as u32 [GGUF_ALIGNMENT]"},
      {"Alignment24", B::Head(0, 1).KeyU32("general.alignment", 24).text(),
       "FILE: general.alignment is 24 (u32), expected a power of two as u32 [GGUF_ALIGNMENT]"},
      {"AlignmentText", B::Head(0, 1).KeyText("general.alignment", "32").text(),
       "FILE: general.alignment is 32 (string), expected a power of two as u32 [GGUF_ALIGNMENT]"},
      {"NameLength", B::Head(1, 0).Text(std::string(64, 'n')).Zeros(40).text(),
       "FILE @ 0x20: a tensor's name of 64 B, expected at most 63 B [GGUF_NAME]"},
      {"NamePastTheEnd", B::Head(1, 0).Add(kMost).Zeros(20).text(),
       "FILE @ 0x20: a tensor's name of 18446744073709551615 B, 20 B are left in the file "
       "[GGUF_STRING]"},
      {"NameWithNul",
       B::Head(1, 0).Tensor(std::string_view("a\0b", 3), {1}, kF32, 0).PadTo(32).Zeros(32).text(),
       "FILE: tensor \"a\\x00b\": the name holds a NUL [GGUF_NAME]"},
      {"TensorTwice",
       B::Head(2, 0)
           .Tensor("t", {1}, kF32, 0)
           .Tensor("t", {1}, kF32, 32)
           .PadTo(32)
           .Zeros(64)
           .text(),
       "FILE: tensor \"t\": is there twice [GGUF_DUP_TENSOR]"},
      {"Dims5", B::Head(1, 0).Tensor("t", {1, 1, 1, 1, 1}, kF32, 0).Zeros(64).text(),
       "FILE: tensor \"t\": has 5 dims, expected at most 4 [GGUF_NDIMS]"},
      {"DimsMost", B::Head(1, 0).Text("t").Add(~std::uint32_t{0}).Zeros(64).text(),
       "FILE: tensor \"t\": has 4294967295 dims, expected at most 4 [GGUF_NDIMS]"},
      {"Dim", B::Head(1, 0).Tensor("t", {kSigned}, kF32, 0).Zeros(64).text(),
       "FILE: tensor \"t\": dim 0 is 9223372036854775808, expected less than 2^63 [GGUF_DIM]"},
      {"Product",
       B::Head(1, 0)
           .Tensor("t", {std::uint64_t{1} << 32, std::uint64_t{1} << 32}, kF32, 0)
           .Zeros(64)
           .text(),
       "FILE: tensor \"t\": dims [4294967296, 4294967296] have 2^63 elements or more "
       "[GGUF_OVERFLOW]"},
      {"Bytes", B::Head(1, 0).Tensor("t", {std::uint64_t{1} << 62}, kF64, 0).Zeros(64).text(),
       "FILE: tensor \"t\": 4611686018427387904 elements of F64 take more than 2^64 - 1 B "
       "[GGUF_OVERFLOW]"},
      {"TypeRemoved", B::Head(1, 0).Tensor("t", {32}, 4, 0).Zeros(64).text(),
       "FILE: tensor \"t\": type 4 is unknown or no longer in use [GGUF_TENSOR_TYPE]"},
      {"TypeNegative", B::Head(1, 0).Tensor("t", {32}, ~std::uint32_t{0}, 0).Zeros(64).text(),
       "FILE: tensor \"t\": type 4294967295 is unknown or no longer in use [GGUF_TENSOR_TYPE]"},
      {"Block", B::Head(1, 0).Tensor("t", {33}, kQ8_0, 0).Zeros(64).text(),
       "FILE: tensor \"t\": rows of 33 elements fill no whole Q8_0 blocks of 32 [GGUF_BLOCK]"},
      {"OffsetFirst", B::Head(1, 0).Tensor("t", {2}, kF32, 32).PadTo(32).Zeros(64).text(),
       "FILE: tensor \"t\": offset is 32, expected 0 [GGUF_OFFSET]"},
      {"OffsetGap",
       B::Head(2, 0)
           .Tensor("t", {2}, kF32, 0)
           .Tensor("u", {2}, kF32, 64)
           .PadTo(32)
           .Zeros(96)
           .text(),
       "FILE: tensor \"u\": offset is 64, expected 32 [GGUF_OFFSET]"},
      {"OffsetShared",
       B::Head(2, 0).Tensor("t", {2}, kF32, 0).Tensor("u", {2}, kF32, 0).PadTo(32).Zeros(64).text(),
       "FILE: tensor \"u\": offset is 0, expected 32 [GGUF_OFFSET]"},
      {"OffsetMost", B::Head(1, 0).Tensor("t", {2}, kF32, kMost).PadTo(32).Zeros(64).text(),
       "FILE: tensor \"t\": offset is 18446744073709551615, expected 0 [GGUF_OFFSET]"},
      {"FewerInfos", B::Head(2, 0).Tensor("t", {2}, kF32, 0).Zeros(15).text(),
       "FILE @ 0x45: the file ends inside tensor info 2 of 2 [GGUF_TRUNCATED]"},
      {"CutInfo", Whole().substr(0, 24 + 24),
       "FILE @ 0x2d: the file ends inside tensor info 1 of 1 [GGUF_TRUNCATED]"},
      {"CutBeforeData", Whole().substr(0, 24 + 33 + 4),
       "FILE @ 0x39: the file ends before its data begins [GGUF_TRUNCATED]"},
      {"CutData", Whole().substr(0, 64 + 7),
       "FILE: tensor \"t\": 8 B at offset 0 of the data, which has 7 B [GGUF_DATA_TRUNCATED]"},
  };
}

class GgufMalformed : public testing::TestWithParam<Malformed> {};

TEST_P(GgufMalformed, IsRefusedWithItsOwnCodeAndPlace) {
  const TemporaryDirectory directory;
  const std::string path = directory.Write("m.gguf", GetParam().bytes);
  const auto source = OpenMmap(path, {});
  ASSERT_TRUE(source);
  const auto header = ParseGguf(**source);
  ASSERT_FALSE(header);
  std::string line = header.error().Line();
  ASSERT_EQ(line.find(path), 0U) << line;
  EXPECT_EQ("FILE" + line.substr(path.size()), GetParam().line);
}

INSTANTIATE_TEST_SUITE_P(Rule, GgufMalformed, testing::ValuesIn(AllMalformed()),
                         [](const auto& test) { return std::string(test.param.name); });

TEST(Gguf, TheFileTheRulesAreBrokenInIsGood) {
  const TemporaryDirectory directory;
  const auto source = OpenMmap(directory.Write("m.gguf", Whole()), {});
  ASSERT_TRUE(source);
  const auto header = ParseGguf(**source);
  ASSERT_TRUE(header) << header.error().Line();
  EXPECT_TRUE((*header)->findings().empty());
}

}  // namespace
}  // namespace falsify::loaders
