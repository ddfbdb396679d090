#include "loaders/file_model.h"

#include <utility>

namespace falsify::loaders {

FileModel::FileModel(std::unique_ptr<Source> source, std::uint64_t file_bytes,
                     const FormatEntry& format, std::unique_ptr<Header> header)
    : source_(std::move(source)),
      file_bytes_(file_bytes),
      format_(format),
      header_(std::move(header)) {}

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

Result<Vocabulary> FileModel::Tokens() const {
  return format_.tokenizer(*header_, source_->path());
}

Result<void> FileModel::Verify() const {
  if (format_.verify == nullptr) return {};
  return format_.verify(*source_, *header_);
}

Result<std::unique_ptr<FileModel>> ParseFileModel(std::unique_ptr<Source> source) {
  Result<const FormatEntry*> format = DetectFormat(*source);
  if (!format) return Fail(std::move(format.error()));
  const std::uint64_t file_bytes = source->size_bytes();
  if ((*format)->unpack != nullptr && source->holds_whole_file()) {
    Result<std::unique_ptr<Source>> unpacked = (*format)->unpack(std::move(source));
    if (!unpacked) return Fail(std::move(unpacked.error()));
    source = std::move(*unpacked);
  }
  Result<std::unique_ptr<Header>> header = (*format)->parse(*source);
  if (!header) return Fail(std::move(header.error()));
  return std::make_unique<FileModel>(std::move(source), file_bytes, **format, std::move(*header));
}

}  // namespace falsify::loaders
