#include "loaders/file_model.h"

#include <utility>

namespace falsify::loaders {

FileModel::FileModel(std::unique_ptr<Source> source, const FormatEntry& format,
                     std::unique_ptr<Header> header)
    : source_(std::move(source)), format_(format), header_(std::move(header)) {}

Result<TensorView> FileModel::Resident(const TensorInfo& tensor) const {
  Result<std::span<const std::byte>> bytes = Stored(tensor);
  if (!bytes) return Fail(std::move(bytes.error()));
  return TensorView{
      .name = tensor.name, .dtype = tensor.dtype, .shape = tensor.shape, .bytes = *bytes};
}

Result<std::span<const std::byte>> FileModel::Stored(const TensorInfo& tensor) const {
  return source_->View(tensor.range);
}

Result<ModelConfig> FileModel::Config() const { return format_.config(*header_, source_->path()); }

Result<void> FileModel::Verify() const {
  if (format_.verify == nullptr) return {};
  return format_.verify(*source_, *header_);
}

Result<std::unique_ptr<FileModel>> ParseFileModel(std::unique_ptr<Source> source) {
  Result<const FormatEntry*> format = DetectFormat(*source);
  if (!format) return Fail(std::move(format.error()));
  Result<std::unique_ptr<Header>> header = (*format)->parse(*source);
  if (!header) return Fail(std::move(header.error()));
  return std::make_unique<FileModel>(std::move(source), **format, std::move(*header));
}

}  // namespace falsify::loaders
