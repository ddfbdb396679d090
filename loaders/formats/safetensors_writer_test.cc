#include "loaders/formats/safetensors_writer.h"

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "gtest/gtest.h"
#include "nlohmann/json.hpp"

namespace falsify::loaders {
namespace {

std::string JsonOf(const FilePlan& plan) { return plan.header.substr(8); }

std::uint64_t PrefixOf(const FilePlan& plan) {
  std::uint64_t value = 0;
  for (std::size_t i = 8; i-- > 0;) {
    value = (value << 8) | static_cast<unsigned char>(plan.header[i]);
  }
  return value;
}

std::string CodeOf(const std::vector<TensorToWrite>& tensors) {
  const auto plan = PlanSafetensors({.tensors = tensors});
  return plan ? "planned" : plan.error().code;
}

TEST(SafetensorsWriter, WritesTheReferenceWritersBytes) {
  const auto plan = PlanSafetensors(
      {.tensors = std::vector<TensorToWrite>{
           {"b", Dtype::kBF16, {2, 3}}, {"a", Dtype::kF32, {}}, {"c", Dtype::kU8, {1}}}});
  ASSERT_TRUE(plan) << plan.error().Line();
  const std::string json = R"({"__metadata__":{"format":"pt"},)"
                           R"("a":{"dtype":"F32","shape":[],"data_offsets":[0,4]},)"
                           R"("b":{"dtype":"BF16","shape":[2,3],"data_offsets":[4,16]},)"
                           R"("c":{"dtype":"U8","shape":[1],"data_offsets":[16,17]}})";
  EXPECT_EQ(JsonOf(*plan).substr(0, json.size()), json);
  EXPECT_EQ(JsonOf(*plan).find_first_not_of(' ', json.size()), std::string::npos);
}

TEST(SafetensorsWriter, PadsUntilTheDataIsAlignedWhateverTheNamesLength) {
  for (std::size_t length = 1; length <= 16; ++length) {
    const auto plan = PlanSafetensors(
        {.tensors = std::vector<TensorToWrite>{{std::string(length, 'n'), Dtype::kF32, {3}}}});
    ASSERT_TRUE(plan);
    EXPECT_EQ(plan->header.size() % 8, 0U);
    EXPECT_LT(JsonOf(*plan).size() - JsonOf(*plan).find_last_of('}'), 9U) << "no more than needed";
    EXPECT_EQ(PrefixOf(*plan) + 8, plan->header.size());
    EXPECT_EQ(plan->ranges[0], (ByteRange{plan->header.size(), 12}));
    EXPECT_EQ(plan->file_bytes, plan->header.size() + 12);
  }
}

TEST(SafetensorsWriter, SortsByDtypeWidestFirstAndThenByName) {
  const auto plan =
      PlanSafetensors({.tensors = std::vector<TensorToWrite>{{"z", Dtype::kU64, {1}},
                                                             {"l.2", Dtype::kF16, {1}},
                                                             {"l.10", Dtype::kF16, {1}},
                                                             {"a", Dtype::kBF16, {1}}}});
  ASSERT_TRUE(plan);
  std::vector<std::uint64_t> offsets;
  for (const ByteRange& range : plan->ranges) offsets.push_back(range.offset - plan->header.size());
  EXPECT_EQ(offsets, (std::vector<std::uint64_t>{0, 12, 10, 8}));
}

TEST(SafetensorsWriter, GivesTheSameFileInWhateverOrderTensorsCome) {
  std::vector<TensorToWrite> tensors = {
      {"a", Dtype::kF16, {4}}, {"b", Dtype::kF32, {4}}, {"c", Dtype::kF16, {0, 7}}};
  const auto forward = PlanSafetensors({.tensors = tensors});
  std::swap(tensors[0], tensors[2]);
  const auto backward = PlanSafetensors({.tensors = tensors});
  ASSERT_TRUE(forward && backward);
  EXPECT_EQ(forward->header, backward->header);
  EXPECT_EQ(forward->ranges[0], backward->ranges[2]);
}

TEST(SafetensorsWriter, EscapesWhatJsonCannotHoldInAName) {
  const std::string name = "quote\" back\\ line\n bell\x07 \xC3\xA4";
  const auto plan =
      PlanSafetensors({.tensors = std::vector<TensorToWrite>{{name, Dtype::kU8, {1}}}});
  ASSERT_TRUE(plan);
  EXPECT_TRUE(nlohmann::json::parse(JsonOf(*plan)).contains(name));
}

TEST(SafetensorsWriter, PlansAFileWithoutTensors) {
  const auto plan = PlanSafetensors({});
  ASSERT_TRUE(plan);
  EXPECT_EQ(plan->file_bytes, plan->header.size());
}

TEST(SafetensorsWriter, RefusesANameTwice) {
  EXPECT_EQ(CodeOf({{"a", Dtype::kU8, {1}}, {"b", Dtype::kU8, {1}}, {"a", Dtype::kF32, {1}}}),
            "ST_DUPLICATE_KEY");
}

TEST(SafetensorsWriter, RefusesATensorNamedLikeTheMetadata) {
  EXPECT_EQ(CodeOf({{"__metadata__", Dtype::kU8, {1}}}), "ST_DUPLICATE_KEY");
}

TEST(SafetensorsWriter, RefusesANameThatIsNotUtf8) {
  EXPECT_EQ(CodeOf({{"\xFF", Dtype::kU8, {1}}}), "ST_UTF8");
}

TEST(SafetensorsWriter, RefusesAProductThatWraps) {
  EXPECT_EQ(CodeOf({{"a", Dtype::kU8, {1ULL << 32, 1ULL << 32}}}), "ST_OVERFLOW");
  EXPECT_EQ(CodeOf({{"a", Dtype::kF32, {1ULL << 62}}}), "ST_OVERFLOW");
}

TEST(SafetensorsWriter, RefusesASumThatWraps) {
  EXPECT_EQ(CodeOf({{"a", Dtype::kU8, {1ULL << 63}}, {"b", Dtype::kU8, {1ULL << 63}}}),
            "ST_OVERFLOW");
  EXPECT_EQ(CodeOf({{"a", Dtype::kU8, {~0ULL}}}), "ST_OVERFLOW") << "the header needs room too";
}

TEST(SafetensorsWriter, RefusesElementsThatFillNoWholeBytes) {
  EXPECT_EQ(CodeOf({{"a", Dtype::kF4, {3}}}), "ST_MISALIGNED");
  EXPECT_EQ(CodeOf({{"a", Dtype::kF4, {4}}}), "planned");
}

TEST(SafetensorsWriter, RefusesAHeaderThatReadersRefuse) {
  EXPECT_EQ(CodeOf({{std::string(100'000'000, 'n'), Dtype::kU8, {1}}}), "ST_HEADER_TOO_LARGE");
}

}  // namespace
}  // namespace falsify::loaders
