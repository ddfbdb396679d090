#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "loaders/error.h"
#include "loaders/formats/format.h"
#include "loaders/loader.h"
#include "loaders/model.h"
#include "loaders/sources/source.h"

namespace falsify::loaders {

/// A model whose tensors are views of its source: what is resident is what is stored. Reads are as
/// thread-safe as `Source::View`, which for the built-in whole-file sources touches no state.
class FileModel : public Model {
 public:
  FileModel(std::unique_ptr<Source> source, const FormatEntry& format,
            std::unique_ptr<Header> header);

  const Header& header() const override { return *header_; }
  Result<TensorView> Resident(const TensorInfo& tensor) const override;
  Result<std::span<const std::byte>> Stored(const TensorInfo& tensor) const override;
  Result<ModelConfig> Config() const override;
  std::string_view format() const override { return format_.name; }
  std::uint64_t file_bytes() const override { return source_->size_bytes(); }
  LoadReport report() const override { return source_->report(); }

 private:
  std::unique_ptr<Source> source_;
  const FormatEntry& format_;
  std::unique_ptr<Header> header_;
};

/// Phases "open" and "header": opens the source, finds the format, parses.
Result<std::unique_ptr<FileModel>> OpenFileModel(const std::string& path, OpenSource open,
                                                 const SourceOptions& options,
                                                 const OnPhase& on_phase);

}  // namespace falsify::loaders
