#include "loaders/digest.h"

#include <algorithm>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "gtest/gtest.h"
#include "loaders/convert.h"
#include "loaders/file_model.h"
#include "loaders/sources/read.h"
#include "loaders/test_files.h"

namespace falsify::loaders {
namespace {

class Digest : public testing::Test {
 protected:
  std::unique_ptr<FileModel> Open(std::string_view header, std::string_view data) {
    const std::string path =
        directory_.Write(std::to_string(++files_) + ".safetensors", SafetensorsBytes(header, data));
    auto model = OpenFileModel(path, &OpenRead, {}, {});
    if (model) return std::move(*model);
    ADD_FAILURE() << model.error().Line();
    return nullptr;
  }

  std::string Of(std::string_view header, std::string_view data) {
    const Result<std::string> digest = DigestPayload(*Open(header, data));
    return digest ? *digest : digest.error().Line();
  }

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
  explicit WidenedModel(std::unique_ptr<FileModel> file) : file_(std::move(file)) {
    for (const TensorInfo& tensor : header().tensors()) {
      std::vector<float>& values = values_.emplace_back(tensor.elements);
      ToF32(tensor.dtype, file_->Stored(tensor).value(), values);
    }
  }

  const Header& header() const override { return file_->header(); }
  Result<ModelConfig> Config() const override { return file_->Config(); }
  std::string_view format() const override { return file_->format(); }
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
  std::unique_ptr<FileModel> file_;
  std::vector<std::vector<float>> values_;
};

std::unique_ptr<FileModel> EveryPattern(const auto& open, const std::string& dtype) {
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
    const Result<std::string> digest = DigestPayload(widened);
    ASSERT_TRUE(digest) << digest.error().Line();
    EXPECT_EQ(*digest, DigestPayload(*EveryPattern(open, dtype)).value());
  }
}

TEST_F(Digest, RefusesF32ThatTheStoredTypeNeverHeld) {
  WidenedModel widened(Open(R"({"t":{"dtype":"BF16","shape":[2],"data_offsets":[0,4]}})", "1234"));
  widened.values()[0][1] = 0.1F;  // would round to a BF16, and pass for it
  const Result<std::string> digest = DigestPayload(widened);
  ASSERT_FALSE(digest);
  EXPECT_EQ(digest.error().Line(),
            "tensor \"t\": holds F32 values that no BF16 widens to [LOADER_VALUES]");
}

}  // namespace
}  // namespace falsify::loaders
