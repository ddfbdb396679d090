#include "loaders/sources/mmap.h"

#include <cerrno>
#include <sys/mman.h>
#include <utility>

#include "loaders/sources/file.h"

namespace falsify::loaders {
namespace {

class MmapSource final : public Source {
 public:
  /// `base` is null for an empty file, which cannot be mapped.
  MmapSource(File file, void* base) : file_(std::move(file)), base_(base) {
    report_.bytes_mapped = file_.size_bytes();
  }

  ~MmapSource() override {
    if (base_ != nullptr) ::munmap(base_, file_.size_bytes());
  }

  const std::string& path() const override { return file_.path(); }
  std::uint64_t size_bytes() const override { return file_.size_bytes(); }
  LoadReport report() const override { return report_; }

  Result<std::span<const std::byte>> View(ByteRange range) override {
    if (Result<void> inside = file_.CheckRange(range); !inside) return Fail(inside.error());
    if (range.size == 0) return std::span<const std::byte>();
    return std::span(static_cast<const std::byte*>(base_) + range.offset, range.size);
  }

  Result<void> Copy(std::uint64_t offset, std::span<std::byte> into) override {
    return file_.ReadAt(offset, into, report_);
  }

 private:
  File file_;
  void* base_;
  LoadReport report_;
};

}  // namespace

Result<std::unique_ptr<Source>> OpenMmap(const std::string& path, const SourceOptions&) {
  Result<File> file = File::Open(path);
  if (!file) return Fail(std::move(file.error()));
  if (file->size_bytes() == 0) return std::make_unique<MmapSource>(std::move(*file), nullptr);
  void* base = ::mmap(nullptr, file->size_bytes(), PROT_READ, MAP_PRIVATE, file->descriptor(), 0);
  if (base == MAP_FAILED) return Fail(SystemError("IO_MAP", path, "map", errno));
  return std::make_unique<MmapSource>(std::move(*file), base);
}

}  // namespace falsify::loaders
