#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "loaders/error.h"
#include "loaders/formats/format.h"
#include "loaders/sources/source.h"
#include "loaders/stored_model.h"

namespace falsify::loaders {

/// A model whose tensors are views of its source: what is resident is what is stored. Reads are as
/// thread-safe as `Source::View`, which for the built-in whole-file sources touches no state.
class FileModel : public StoredModel {
 public:
  /// `file_bytes`: of the file on the disk, which is not the source's size if it was unpacked.
  FileModel(std::unique_ptr<Source> source, std::uint64_t file_bytes, const FormatEntry& format,
            std::unique_ptr<Header> header);

  const Header& header() const override { return *header_; }
  Result<TensorView> Resident(const TensorInfo& tensor) const override;
  Result<std::span<const std::byte>> Stored(const TensorInfo& tensor) const override;
  Result<ModelConfig> Config() const override;
  Result<Vocabulary> Tokens() const override;
  std::string_view format() const override { return format_.name; }
  std::vector<std::string> files() const override { return {source_->path()}; }
  std::uint64_t file_bytes() const override { return file_bytes_; }
  LoadReport report() const override { return source_->report(); }
  Source& SourceOf(const TensorInfo&) const override { return *source_; }

  Result<void> Verify() const override;

  const FormatEntry& format_entry() const { return format_; }

 private:
  std::unique_ptr<Source> source_;
  std::uint64_t file_bytes_;
  const FormatEntry& format_;
  std::unique_ptr<Header> header_;
};

/// Finds the format of an open file and parses its header. Errors: FORMAT_UNKNOWN, those of source
/// and format.
Result<std::unique_ptr<FileModel>> ParseFileModel(std::unique_ptr<Source> source);

}  // namespace falsify::loaders
