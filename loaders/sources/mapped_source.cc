#include "loaders/sources/mapped_source.h"

#include <cerrno>
#include <sys/mman.h>
#include <utility>

namespace falsify::loaders {

Result<std::unique_ptr<MappedSource>> MappedSource::Open(const std::string& path) {
  Result<File> file = File::Open(path);
  if (!file) return Fail(std::move(file.error()));
  if (file->size_bytes() == 0) return std::make_unique<MappedSource>(std::move(*file), nullptr);
  void* base = ::mmap(nullptr, file->size_bytes(), PROT_READ, MAP_PRIVATE, file->descriptor(), 0);
  if (base == MAP_FAILED) return Fail(SystemError("IO_MAP", path, "map", errno));
  return std::make_unique<MappedSource>(std::move(*file), base);
}

MappedSource::MappedSource(File file, void* base) : file_(std::move(file)), base_(base) {
  report_.bytes_mapped = file_.size_bytes();
}

MappedSource::~MappedSource() {
  if (base_ != nullptr) ::munmap(base_, file_.size_bytes());
}

LoadReport MappedSource::report() const {
  const std::lock_guard lock(mutex_);
  return report_;
}

Result<std::span<const std::byte>> MappedSource::View(ByteRange range) {
  if (Result<void> inside = file_.CheckRange(range); !inside) return Fail(inside.error());
  if (range.size == 0) return std::span<const std::byte>();
  return std::span(static_cast<const std::byte*>(base_) + range.offset, range.size);
}

Result<void> MappedSource::Copy(std::uint64_t offset, std::span<std::byte> into) {
  LoadReport done;
  Result<void> copied = file_.ReadAt(offset, into, done);
  AmendReport([&done](LoadReport& report) {
    report.bytes_read += done.bytes_read;
    report.read_calls += done.read_calls;
  });
  return copied;
}

void MappedSource::AmendReport(const std::function<void(LoadReport&)>& change) {
  const std::lock_guard lock(mutex_);
  change(report_);
}

}  // namespace falsify::loaders
