#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <span>
#include <string>

#include "loaders/error.h"
#include "loaders/sources/file.h"
#include "loaders/sources/source.h"

namespace falsify::loaders {

/// A file mapped read-only and private as a whole: what all mapping sources share. Views are lazy,
/// copies go through pread(2). Copies and reports may be made from several threads at once.
class MappedSource final : public Source {
 public:
  /// Maps it and faults nothing in. Errors: IO_OPEN, IO_NOT_REGULAR, IO_MAP.
  static Result<std::unique_ptr<MappedSource>> Open(const std::string& path);

  /// `base` is null for an empty file, which cannot be mapped. Takes ownership of the mapping.
  MappedSource(File file, void* base);
  ~MappedSource() override;

  const std::string& path() const override { return file_.path(); }
  std::uint64_t size_bytes() const override { return file_.size_bytes(); }
  LoadReport report() const override;
  Result<std::span<const std::byte>> View(ByteRange range) override;
  Result<void> Copy(std::uint64_t offset, std::span<std::byte> into) override;

  const File& file() const { return file_; }
  void* base() const { return base_; }

  /// For those who do more with the file than copy from it; `change` runs alone.
  void AmendReport(const std::function<void(LoadReport&)>& change);

 private:
  File file_;
  void* base_;
  mutable std::mutex mutex_;
  LoadReport report_;
};

}  // namespace falsify::loaders
