#include "loaders/read_copy_f32.h"

#include <cstring>
#include <utility>
#include <vector>

#include "loaders/check_widens.h"
#include "loaders/model_over_file.h"
#include "loaders/open_model.h"
#include "loaders/sources/read.h"
#include "loaders/stored_layout.h"

namespace falsify::loaders {
namespace {

class ReadCopyF32Model final : public ModelOverFile {
 public:
  using ModelOverFile::ModelOverFile;

  Result<TensorView> Resident(const TensorInfo& tensor) const override {
    const auto* values = reinterpret_cast<const std::byte*>(values_[PositionOf(tensor)].get());
    return TensorView{.name = tensor.name,
                      .dtype = Dtype::kF32,
                      .shape = tensor.shape,
                      .bytes = {values, tensor.elements * sizeof(float)}};
  }

  Result<std::span<const std::byte>> Stored(const TensorInfo& tensor) const override {
    return std::span<const std::byte>(copies_[PositionOf(tensor)].get(), tensor.range.size);
  }

  Result<void> Copy() {
    copies_.reserve(header().tensors().size());
    for (const TensorInfo& tensor : header().tensors()) {
      Result<std::span<const std::byte>> bytes = file().Stored(tensor);
      if (!bytes) return Fail(std::move(bytes.error()));
      copies_.push_back(std::make_unique_for_overwrite<std::byte[]>(bytes->size()));
      if (!bytes->empty()) std::memcpy(copies_.back().get(), bytes->data(), bytes->size());
    }
    return {};
  }

  void Convert() {
    values_.reserve(copies_.size());
    for (const TensorInfo& tensor : header().tensors()) {
      values_.push_back(std::make_unique_for_overwrite<float[]>(tensor.elements));
      // The format's parser has made sure that the bytes fit the shape.
      const auto layout = StoredLayout::Of(tensor.dtype, tensor.shape, tensor.range.size);
      layout->ToF32({copies_[PositionOf(tensor)].get(), tensor.range.size}, 0,
                    {values_.back().get(), tensor.elements});
    }
  }

 private:
  std::size_t PositionOf(const TensorInfo& tensor) const {
    return static_cast<std::size_t>(&tensor - header().tensors().data());
  }

  std::vector<std::unique_ptr<std::byte[]>> copies_;
  std::vector<std::unique_ptr<float[]>> values_;
};

}  // namespace

Result<std::unique_ptr<Model>> OpenReadCopyF32(const std::string& path, const LoaderChoice&,
                                               unsigned, const OnPhase& on_phase) {
  Result<std::unique_ptr<StoredModel>> file = OpenModel(path, &OpenRead, {}, on_phase);
  if (!file) return Fail(std::move(file.error()));
  if (Result<void> widen = CheckWidens(path, (*file)->header()); !widen) {
    return Fail(std::move(widen.error()));
  }
  auto model = std::make_unique<ReadCopyF32Model>(std::move(*file));
  if (on_phase) on_phase("copy");
  if (Result<void> copied = model->Copy(); !copied) return Fail(std::move(copied.error()));
  if (on_phase) on_phase("convert");
  model->Convert();
  return model;
}

}  // namespace falsify::loaders
