#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "loaders/model.h"

namespace falsify::harness {

/// A model of which one tensor's values are others than the loader holds: a private copy stands in
/// for them, the model itself is untouched. `model` outlives it.
class AlteredModel : public loaders::Model {
 public:
  /// `bytes` are the tensor's as `model` holds it; `name` is as the header spells it.
  AlteredModel(const loaders::Model& model, std::string_view name, std::span<const std::byte> bytes)
      : model_(model), name_(name), bytes_(bytes) {}

  const loaders::Header& header() const override { return model_.header(); }

  Result<loaders::TensorView> Resident(const loaders::TensorInfo& tensor) const override {
    Result<loaders::TensorView> view = model_.Resident(tensor);
    if (view && tensor.name == name_) view->bytes = bytes_;
    return view;
  }

  Result<std::span<const std::byte>> Stored(const loaders::TensorInfo& tensor) const override {
    Result<std::span<const std::byte>> stored = model_.Stored(tensor);
    if (stored && tensor.name == name_ && stored->size() == bytes_.size()) return bytes_;
    return stored;
  }

  Result<loaders::ModelConfig> Config() const override { return model_.Config(); }
  Result<loaders::Vocabulary> Tokens() const override { return model_.Tokens(); }
  std::string_view format() const override { return model_.format(); }
  std::vector<std::string> files() const override { return model_.files(); }
  std::uint64_t file_bytes() const override { return model_.file_bytes(); }
  loaders::LoadReport report() const override { return model_.report(); }

 private:
  const loaders::Model& model_;
  std::string_view name_;
  std::span<const std::byte> bytes_;
};

}  // namespace falsify::harness
