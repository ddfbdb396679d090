#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "gtest/gtest.h"
#include "harness/workloads/workload.h"
#include "loaders/open_model.h"
#include "loaders/sources/read.h"
#include "loaders/test_files.h"

namespace falsify::harness {
namespace {

/// A model whose one tensor of two elements, "t", is held in `bytes` bytes of `dtype`.
class HeldModel final : public loaders::Model {
 public:
  HeldModel(loaders::Dtype dtype, std::size_t bytes) : dtype_(dtype), bytes_(bytes) {
    const std::string path = directory_.Write(
        "m.safetensors", loaders::SafetensorsBytes(
                             R"({"t":{"dtype":"U8","shape":[2],"data_offsets":[0,2]}})", "12"));
    auto file = loaders::OpenModel(path, &loaders::OpenRead, {}, {});
    if (file) file_ = std::move(*file);
  }
  const loaders::Header& header() const override { return file_->header(); }
  Result<loaders::TensorView> Resident(const loaders::TensorInfo& tensor) const override {
    return loaders::TensorView{tensor.name, dtype_, tensor.shape, bytes_};
  }
  Result<std::span<const std::byte>> Stored(const loaders::TensorInfo& tensor) const override {
    return file_->Stored(tensor);
  }
  Result<loaders::ModelConfig> Config() const override { return file_->Config(); }
  Result<loaders::Vocabulary> Tokens() const override { return file_->Tokens(); }
  std::string_view format() const override { return file_->format(); }
  std::vector<std::string> files() const override { return file_->files(); }
  std::uint64_t file_bytes() const override { return file_->file_bytes(); }
  loaders::LoadReport report() const override { return file_->report(); }

 private:
  loaders::TemporaryDirectory directory_;
  std::unique_ptr<loaders::StoredModel> file_;
  loaders::Dtype dtype_;
  std::vector<std::byte> bytes_;
};

std::string WidenError(loaders::Dtype dtype, std::size_t bytes) {
  const Result<void> widened = WidenPayload(HeldModel(dtype, bytes), 2);
  return widened ? "no error" : widened.error().Line();
}

TEST(WidenPayload, TakesElementsThatShareABlock) {
  EXPECT_EQ(WidenError(loaders::Dtype::kAprQ4, 18), "no error");
  EXPECT_EQ(WidenError(loaders::Dtype::kAprQ8, 6), "no error");
  EXPECT_EQ(WidenError(loaders::Dtype::kF32, 8), "no error");
}

TEST(WidenPayload, RefusesDtypesWithoutAnF32) {
  EXPECT_EQ(WidenError(loaders::Dtype::kU8, 2),
            "t: dtype U8 cannot be widened to F32 [WORKLOAD_DTYPE]");
  EXPECT_EQ(WidenError(loaders::Dtype::kIQ2_S, 82),
            "t: dtype IQ2_S cannot be widened to F32 [WORKLOAD_DTYPE]");
}

TEST(WidenPayload, ReadsNoFurtherThanTheLoaderHolds) {
  EXPECT_EQ(WidenError(loaders::Dtype::kAprQ4, 17),
            "t: 17 B cannot hold 2 elements of AprQ4 [WORKLOAD_BYTES]");
  EXPECT_EQ(WidenError(loaders::Dtype::kQ8_0, 34),
            "t: 34 B cannot hold 2 elements of Q8_0 [WORKLOAD_BYTES]");
}

}  // namespace
}  // namespace falsify::harness
