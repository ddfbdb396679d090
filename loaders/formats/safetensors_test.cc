#include "loaders/formats/safetensors.h"

#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "loaders/sources/read.h"
#include "loaders/test_files.h"

namespace falsify::loaders {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;

class Safetensors : public testing::Test {
 protected:
  /// Parses a file of this content; fails the test if it is refused.
  std::unique_ptr<Header> Accept(std::string_view header, std::size_t data_bytes) {
    Result<std::unique_ptr<Header>> parsed = Parse(header, data_bytes);
    if (parsed) return std::move(*parsed);
    ADD_FAILURE() << parsed.error().Line();
    return nullptr;
  }

  Result<std::unique_ptr<Header>> Parse(std::string_view header, std::size_t data_bytes) {
    const std::string path =
        directory_.Write("m.safetensors", SafetensorsBytes(header, std::string(data_bytes, 'x')));
    Result<std::unique_ptr<Source>> source = OpenRead(path, {});
    if (!source) return Fail(source.error());
    return ParseSafetensors(**source);
  }

  TemporaryDirectory directory_;
};

TEST_F(Safetensors, ReadsTensorsInOffsetOrderWhateverTheirOrderInTheHeader) {
  const auto header = Accept(R"({"b":{"dtype":"F32","shape":[2],"data_offsets":[4,12]},)"
                             R"("a":{"dtype":"BF16","shape":[1,2],"data_offsets":[0,4]}}         )",
                             12);
  ASSERT_NE(header, nullptr);
  EXPECT_EQ(header->data_offset(), 128U);
  ASSERT_EQ(header->tensors().size(), 2U);
  const TensorInfo& a = header->tensors()[0];
  EXPECT_EQ(a.name, "a");
  EXPECT_EQ(a.dtype, Dtype::kBF16);
  EXPECT_THAT(a.shape, ElementsAre(1U, 2U));
  EXPECT_EQ(a.elements, 2U);
  EXPECT_EQ(a.range, (ByteRange{128, 4}));
  const TensorInfo& b = header->tensors()[1];
  EXPECT_EQ(b.name, "b");
  EXPECT_EQ(b.dtype, Dtype::kF32);
  EXPECT_EQ(b.range, (ByteRange{132, 8}));
  EXPECT_EQ(header->Find("a"), &a);
  EXPECT_EQ(header->Find("b"), &b);
  EXPECT_EQ(header->Find("c"), nullptr);
  EXPECT_THAT(header->findings(), IsEmpty());
}

TEST_F(Safetensors, AcceptsAFileWithoutTensors) {
  const auto header = Accept("{}", 0);
  ASSERT_NE(header, nullptr);
  EXPECT_THAT(header->tensors(), IsEmpty());
  EXPECT_EQ(header->Find(""), nullptr);
}

TEST_F(Safetensors, KnowsScalarsAndEmptyTensors) {
  const auto header =
      Accept(R"({"s":{"dtype":"F64","shape":[],"data_offsets":[0,8]},)"
             R"("e":{"dtype":"F64","shape":[3,0],"data_offsets":[8,8]},)"
             R"("":{"dtype":"U8","shape":[0,18446744073709551615],"data_offsets":[8,8]}})",
             8);
  ASSERT_NE(header, nullptr);
  EXPECT_EQ(header->Find("s")->elements, 1U);
  EXPECT_EQ(header->Find("e")->elements, 0U);
  EXPECT_EQ(header->Find("e")->range.size, 0U);
  EXPECT_EQ(header->Find("")->shape[1], std::numeric_limits<std::uint64_t>::max());
}

TEST_F(Safetensors, PacksElementsThatAreNoWholeBytes) {
  const auto header = Accept(R"({"f4":{"dtype":"F4","shape":[6],"data_offsets":[0,3]},)"
                             R"("f6":{"dtype":"F6_E3M2","shape":[4],"data_offsets":[3,6]}})",
                             6);
  ASSERT_NE(header, nullptr);
  EXPECT_EQ(header->Find("f6")->elements, 4U);
  EXPECT_THAT(header->findings(), IsEmpty());
}

TEST_F(Safetensors, DecodesEscapesInNamesFieldsAndDtypes) {
  const auto header =
      Accept(R"({"\u0061\"\\\n\ud83d\ude42":{"d\u0074ype":"\u0055\u0038","shape":[1],)"
             R"("data\u005foffsets":[0,1]},)"
             R"("b":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}})",
             2);
  ASSERT_NE(header, nullptr);
  EXPECT_EQ(header->tensors()[0].name, "a\"\\\n\xF0\x9F\x99\x82");
  EXPECT_NE(header->Find("a\"\\\n\xF0\x9F\x99\x82"), nullptr);
  EXPECT_EQ(header->tensors()[1].name, "b");
}

TEST_F(Safetensors, KeepsMetadataInFileOrder) {
  const auto header = Accept(R"({"__metadata__":{"format":"pt","z":"","\u0061":"x\ty"},)"
                             R"("t":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}})",
                             1);
  ASSERT_NE(header, nullptr);
  EXPECT_THAT(header->metadata(),
              ElementsAre(Pair("format", "pt"), Pair("z", ""), Pair("a", "x\ty")));
}

TEST_F(Safetensors, TakesNullMetadataForNone) {
  const auto header = Accept(R"({"__metadata__":null})", 0);
  ASSERT_NE(header, nullptr);
  EXPECT_THAT(header->metadata(), IsEmpty());
}

TEST_F(Safetensors, IgnoresUnknownFieldsButNotTheirSyntax) {
  EXPECT_NE(Accept(R"({"t":{"extra":[1,-2.5e3,true,null,"\u0041",{"a":{}}],"dtype":"U8",)"
                   R"("shape":[1],"data_offsets":[0,1],"Shape":"x"}})",
                   1),
            nullptr);
  for (const std::string_view broken :
       {"tru", "nul", "01", "1.", "-", "+1", "\"\\q\"", "[1,]", "{\"a\"}", "{\"a\":1,}", "[1 2]",
        "[1}", "NaN", "'a'", "\"\\ud800\"", "{1:2}", "{\"\\q\":1}", ""}) {
    const std::string header = R"({"t":{"dtype":"U8","shape":[1],"data_offsets":[0,1],"extra":)" +
                               std::string(broken) + "}}";
    const auto parsed = Parse(header, 1);
    ASSERT_FALSE(parsed) << broken;
    EXPECT_EQ(parsed.error().code, "ST_JSON") << broken;
  }
}

std::string Nested(int levels) {  // of which two are the header and the tensor
  const auto inner = static_cast<std::size_t>(levels - 2);
  return R"({"t":{"dtype":"U8","shape":[1],"data_offsets":[0,1],"x":)" + std::string(inner, '[') +
         std::string(inner, ']') + "}}";
}

TEST_F(Safetensors, NestsAsDeepAsTheReferenceReader) {
  EXPECT_NE(Accept(Nested(127), 1), nullptr);
  const auto parsed = Parse(Nested(128), 1);
  ASSERT_FALSE(parsed);
  EXPECT_THAT(parsed.error().Line(), testing::HasSubstr("nested deeper than 127 levels [ST_JSON]"));
}

TEST_F(Safetensors, NotesDataThatIsNotAligned) {
  const auto header = Accept(R"({"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},)"
                             R"("b":{"dtype":"F32","shape":[1],"data_offsets":[1,5]}})",
                             5);
  ASSERT_NE(header, nullptr);
  EXPECT_THAT(header->findings(),
              ElementsAre("1 of 2 tensors are not aligned to their element size, the first being "
                          "\"b\" (F32 at 0x73)"));
}

TEST_F(Safetensors, NotesWhiteSpaceBeforeTheObject) {
  const auto header = Accept("\n\t  {} \r\n", 0);
  ASSERT_NE(header, nullptr);
  EXPECT_THAT(header->findings(), ElementsAre("4 B of white space before the header's `{`"));
}

TEST_F(Safetensors, ReadsIntegersAboveTwoToThe53Exactly) {
  const auto header =
      Accept(R"({"t":{"dtype":"U8","shape":[0,9007199254740993,18446744073709551615],)"
             R"("data_offsets":[0,0]}})",
             0);
  ASSERT_NE(header, nullptr);
  EXPECT_THAT(header->Find("t")->shape, ElementsAre(0U, 9007199254740993U, 18446744073709551615U));
}

TEST_F(Safetensors, ReadsManyTensorsThroughEveryGrowthOfItsLists) {
  std::string text = "{";
  constexpr int kTensors = 3000;
  for (int i = 0; i < kTensors; ++i) {
    text += (i == 0 ? "\"" : ",\"") + std::to_string(i) +
            R"(":{"dtype":"U8","shape":[1,1,1,1,1,1,1,1,1,1],"data_offsets":[)" +
            std::to_string(i) + "," + std::to_string(i + 1) + "]}";
  }
  const auto header = Accept(text + "}", kTensors);
  ASSERT_NE(header, nullptr);
  for (int i = 0; i < kTensors; ++i) {
    const TensorInfo* tensor = header->Find(std::to_string(i));
    ASSERT_NE(tensor, nullptr);
    ASSERT_EQ(tensor->range.offset, header->data_offset() + static_cast<std::uint64_t>(i));
    ASSERT_EQ(tensor->shape.size(), 10U);
    ASSERT_EQ(tensor->shape[9], 1U);
  }
}

TEST(DetectSafetensors, NeedsAPossibleLengthAndABrace) {
  const auto detect = [](const std::string& bytes, std::uint64_t file_bytes) {
    return DetectSafetensors(std::as_bytes(std::span(bytes)), file_bytes);
  };
  EXPECT_TRUE(detect(SafetensorsBytes("{}"), 10));
  EXPECT_TRUE(detect(SafetensorsBytes("  {}"), 12));
  EXPECT_TRUE(detect(SafetensorsBytes(std::string(56, ' ')), 64)) << "the brace may come later";
  EXPECT_FALSE(detect(SafetensorsBytes("{}"), 9)) << "the file is too short";
  EXPECT_FALSE(detect(SafetensorsBytes("[]"), 10));
  EXPECT_FALSE(detect(SafetensorsBytes("{"), 9)) << "no header has one byte";
  EXPECT_FALSE(detect("GGUF\3\0\0\0" + std::string(24, '\0'), 32));
  EXPECT_FALSE(detect("", 0));
}

}  // namespace
}  // namespace falsify::loaders
