#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "loaders/model.h"
#include "loaders/model_config.h"

namespace falsify::harness {

/// A tensor to lay out, for tests and benchmarks.
struct TensorSpec {
  std::string name;
  loaders::Dtype dtype;
  std::vector<std::uint64_t> shape;
};

/// The tensors of a model of this configuration as Hugging Face names and orders them, all of one
/// dtype.
std::vector<TensorSpec> SpecsOf(const loaders::ModelConfig& config, loaders::Dtype dtype);

/// An opened model over memory that its caller owns and fills: tensor after tensor from `base` on,
/// `gap` bytes before each.
class MadeModel final : public loaders::Model {
 public:
  MadeModel(std::vector<TensorSpec> specs, loaders::ModelConfig config, std::uint64_t gap,
            std::byte* base);
  ~MadeModel() override;

  static std::uint64_t BytesNeeded(const std::vector<TensorSpec>& specs, std::uint64_t gap);

  /// Where the tensor lies; it must exist.
  std::span<std::byte> Bytes(std::string_view name) const;

  const loaders::Header& header() const override;
  Result<loaders::TensorView> Resident(const loaders::TensorInfo& tensor) const override;
  Result<std::span<const std::byte>> Stored(const loaders::TensorInfo& tensor) const override;
  Result<loaders::ModelConfig> Config() const override { return config_; }
  Result<loaders::Vocabulary> Tokens() const override {
    return Fail({"TOKENIZER_MISSING", "made", "a made model has no tokenizer", {}});
  }
  std::string_view format() const override { return "made"; }
  std::vector<std::string> files() const override { return {}; }
  std::uint64_t file_bytes() const override { return file_bytes_; }
  loaders::LoadReport report() const override { return {}; }

 private:
  class MadeHeader;

  loaders::ModelConfig config_;
  std::byte* base_;
  std::uint64_t file_bytes_;
  std::unique_ptr<MadeHeader> header_;
};

}  // namespace falsify::harness
