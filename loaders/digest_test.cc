#include "loaders/digest.h"

#include <algorithm>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "gtest/gtest.h"
#include "loaders/convert.h"
#include "loaders/open_model.h"
#include "loaders/sources/read.h"
#include "loaders/test_files.h"

namespace falsify::loaders {
namespace {

class Digest : public testing::Test {
 protected:
  std::unique_ptr<StoredModel> Open(std::string_view header, std::string_view data) {
    const std::string path =
        directory_.Write(std::to_string(++files_) + ".safetensors", SafetensorsBytes(header, data));
    auto model = OpenModel(path, &OpenRead, {}, {});
    if (model) return std::move(*model);
    ADD_FAILURE() << model.error().Line();
    return nullptr;
  }

  std::string Of(std::string_view header, std::string_view data) {
    const Result<PayloadDigests> digests = DigestPayload(*Open(header, data), LastPath());
    return digests ? digests->payload : digests.error().Line();
  }

  PayloadDigests AllOf(std::string_view header, std::string_view data) {
    Result<PayloadDigests> digests = DigestPayload(*Open(header, data), LastPath());
    return digests ? *digests : PayloadDigests{};
  }

  std::string LastPath() const { return directory_ / (std::to_string(files_) + ".safetensors"); }

  TemporaryDirectory directory_;
  int files_ = 0;
};

TEST_F(Digest, DoesNotDependOnOrderAlignmentOrMetadata) {
  const std::string expected = Of(R"({"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},)"
                                  R"("b":{"dtype":"BF16","shape":[1],"data_offsets":[2,4]}})",
                                  "12xy");
  EXPECT_EQ(expected, Of(R"({"__metadata__":{"format":"pt"},)"
                         R"("b":{"dtype":"BF16","shape":[1],"data_offsets":[0,2]},)"
                         R"("a":{"dtype":"U8","shape":[2],"data_offsets":[2,4]}}   )",
                         "xy12"));
}

TEST_F(Digest, DependsOnEveryPartOfEveryTensor) {
  std::set<std::string> digests = {
      Of(R"({"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]}})", "12"),
      Of(R"({"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]}})", "13"),
      Of(R"({"a":{"dtype":"I8","shape":[2],"data_offsets":[0,2]}})", "12"),
      Of(R"({"a":{"dtype":"U8","shape":[2,1],"data_offsets":[0,2]}})", "12"),
      Of(R"({"a":{"dtype":"U8","shape":[1,2],"data_offsets":[0,2]}})", "12"),
      Of(R"({"b":{"dtype":"U8","shape":[2],"data_offsets":[0,2]}})", "12"),
      Of(R"({"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},)"
         R"("b":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}})",
         "12"),
      Of(R"({"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},)"
         R"("b":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}})",
         "21"),
      Of("{}", ""),
  };
  EXPECT_EQ(digests.size(), 9U);
}

// The expected value was computed by another program from the fields digest.cc lists.
TEST_F(Digest, IsTheSameTextOnEveryRunAndMachine) {
  EXPECT_EQ(Of(R"({"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]}})", "12"),
            "xxh3-128:ad95309e84927991e031a4a0348f4d03");
}

/// A loader that kept F32 only, as a converting one does.
class WidenedModel final : public Model {
 public:
  explicit WidenedModel(std::unique_ptr<StoredModel> file) : file_(std::move(file)) {
    for (const TensorInfo& tensor : header().tensors()) {
      std::vector<float>& values = values_.emplace_back(tensor.elements);
      ToF32(tensor.dtype, file_->Stored(tensor).value(), values);
    }
  }

  const Header& header() const override { return file_->header(); }
  Result<ModelConfig> Config() const override { return file_->Config(); }
  Result<Vocabulary> Tokens() const override { return file_->Tokens(); }
  std::string_view format() const override { return file_->format(); }
  std::vector<std::string> files() const override { return file_->files(); }
  std::uint64_t file_bytes() const override { return file_->file_bytes(); }
  LoadReport report() const override { return file_->report(); }
  Result<std::span<const std::byte>> Stored(const TensorInfo& tensor) const override {
    return Fail({"LOADER_NOT_KEPT", std::string(tensor.name), "only F32 was kept", ""});
  }
  Result<TensorView> Resident(const TensorInfo& tensor) const override {
    const auto at = static_cast<std::size_t>(&tensor - header().tensors().data());
    return TensorView{tensor.name, Dtype::kF32, tensor.shape,
                      std::as_bytes(std::span(values_[at]))};
  }

  std::vector<std::vector<float>>& values() { return values_; }

 private:
  std::unique_ptr<StoredModel> file_;
  std::vector<std::vector<float>> values_;
};

std::unique_ptr<StoredModel> EveryPattern(const auto& open, const std::string& dtype) {
  std::string data;
  for (int i = 0; i < 65536; ++i) {
    data += static_cast<char>(i & 255);
    data += static_cast<char>(i >> 8);
  }
  return open("{\"t\":{\"dtype\":\"" + dtype + "\",\"shape\":[65536],\"data_offsets\":[0,131072]}}",
              data);
}

TEST_F(Digest, IsTheSameOverF32OnlyForEveryPatternOfBothTypes) {
  const auto open = [this](const std::string& header, const std::string& data) {
    return Open(header, data);
  };
  for (const std::string dtype : {"BF16", "F16"}) {
    const WidenedModel widened(EveryPattern(open, dtype));
    const Result<PayloadDigests> digests = DigestPayload(widened, LastPath());
    ASSERT_TRUE(digests) << digests.error().Line();
    EXPECT_EQ(digests->payload, DigestPayload(*EveryPattern(open, dtype), LastPath())->payload);
  }
}

TEST_F(Digest, RefusesF32ThatTheStoredTypeNeverHeld) {
  WidenedModel widened(Open(R"({"t":{"dtype":"BF16","shape":[2],"data_offsets":[0,4]}})", "1234"));
  widened.values()[0][1] = 0.1F;  // would round to a BF16, and pass for it
  const Result<PayloadDigests> digests = DigestPayload(widened, LastPath());
  ASSERT_FALSE(digests);
  EXPECT_EQ(digests.error().Line(),
            "tensor \"t\": holds F32 values that are not those of its BF16 [LOADER_VALUES]");
}

// 1.0 and -2.0, as BF16 and as F32.
constexpr std::string_view kNarrow("\x80\x3f\x00\xc0", 4);
constexpr std::string_view kWide("\x00\x00\x80\x3f\x00\x00\x00\xc0", 8);

TEST_F(Digest, MatchesAVectorThatIsStoredWider) {
  const PayloadDigests narrow =
      AllOf(R"({"norm":{"dtype":"BF16","shape":[2],"data_offsets":[0,4]}})", kNarrow);
  const PayloadDigests wide =
      AllOf(R"({"norm":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}})", kWide);
  EXPECT_NE(narrow.payload, wide.payload);
  EXPECT_EQ(narrow.matched, wide.matched);
  EXPECT_EQ(narrow.vectors, (std::map<std::string, std::string>{{"norm", "BF16"}}));
  EXPECT_EQ(wide.vectors, (std::map<std::string, std::string>{{"norm", "F32"}}));
}

TEST_F(Digest, DoesNotMatchAMatrixThatIsStoredWider) {
  const PayloadDigests narrow =
      AllOf(R"({"m":{"dtype":"BF16","shape":[1,2],"data_offsets":[0,4]}})", kNarrow);
  const PayloadDigests wide =
      AllOf(R"({"m":{"dtype":"F32","shape":[1,2],"data_offsets":[0,8]}})", kWide);
  EXPECT_NE(narrow.matched, wide.matched);
  EXPECT_TRUE(narrow.vectors.empty());
}

TEST_F(Digest, DoesNotMatchAVectorOfOtherValuesOrAnotherName) {
  const std::string head = R"({"norm":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}})";
  std::string other(kWide);
  other[2] ^= 1;
  EXPECT_NE(AllOf(head, kWide).matched, AllOf(head, other).matched);
  EXPECT_NE(AllOf(head, kWide).matched,
            AllOf(R"({"morn":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}})", kWide).matched);
}

TEST_F(Digest, KnowsATensorByItsCanonicalName) {
  EXPECT_EQ(Of(R"({"output_norm.weight":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}})", kWide),
            Of(R"({"model.norm.weight":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}})", kWide));
}

}  // namespace
}  // namespace falsify::loaders
