#include "loaders/sources/direct_io.h"

#include <algorithm>
#include <fcntl.h>
#include <linux/stat.h>
#include <memory>
#include <string>
#include <sys/stat.h>
#include <utility>

#include "loaders/sources/buffer_source.h"

namespace falsify::loaders {
namespace {

constexpr std::uint64_t kUsualAlignment = 4096;

// A file's image is never aligned to more: HugeBuffer's own alignment.
constexpr std::uint64_t kMostAlignment = std::uint64_t{2} << 20;

std::uint64_t RoundUp(std::uint64_t value, std::uint64_t unit) {
  return (value + unit - 1) / unit * unit;
}

/// Of offsets, lengths and addresses; 0 if the file takes no direct I/O.
std::uint64_t AlignmentOf(int descriptor) {
  struct statx status = {};
  if (::statx(descriptor, "", AT_EMPTY_PATH, STATX_DIOALIGN, &status) != 0 ||
      (status.stx_mask & STATX_DIOALIGN) == 0) {
    return kUsualAlignment;
  }
  if (status.stx_dio_offset_align == 0 || status.stx_dio_mem_align == 0) return 0;
  const std::uint64_t alignment = std::max(status.stx_dio_offset_align, status.stx_dio_mem_align);
  return alignment <= kMostAlignment ? alignment : 0;
}

bool SetDirect(int descriptor, bool direct) {
  const int flags = ::fcntl(descriptor, F_GETFL);
  if (flags < 0) return false;
  return ::fcntl(descriptor, F_SETFL, direct ? flags | O_DIRECT : flags & ~O_DIRECT) == 0;
}

}  // namespace

Result<DirectFile> DirectFile::Open(const std::string& path, LoadReport& report) {
  Result<File> file = File::Open(path);
  if (!file) return Fail(std::move(file.error()));
  std::uint64_t alignment = AlignmentOf(file->descriptor());
  if (alignment != 0 && !SetDirect(file->descriptor(), true)) alignment = 0;
  if (alignment == 0) report.fallbacks.emplace_back("O_DIRECT refused: buffered");
  report.alignment_bytes = alignment;
  if (alignment == 0) alignment = 1;
  Result<HugeBuffer> image = HugeBuffer::Make(RoundUp(file->size_bytes(), alignment), path);
  if (!image) return Fail(std::move(image.error()));
  image->AdviseHugePages(report);
  return DirectFile(std::move(*file), std::move(*image), alignment);
}

DirectFile::DirectFile(File file, HugeBuffer image, std::uint64_t alignment)
    : file_(std::move(file)), image_(std::move(image)), alignment_(alignment) {}

std::uint64_t DirectFile::ChunkOf(std::uint64_t asked) const { return RoundUp(asked, alignment_); }

ByteRange DirectFile::Around(std::uint64_t at, std::uint64_t end) const {
  const std::uint64_t start = at / alignment_ * alignment_;
  return {start, RoundUp(end, alignment_) - start};
}

std::uint64_t DirectFile::Gained(std::uint64_t at, std::uint64_t end, std::uint64_t bytes) const {
  const std::uint64_t before = at - Around(at, end).offset;
  return bytes <= before ? 0 : std::min(bytes - before, end - at);
}

std::span<std::byte> DirectFile::Room(ByteRange range) const {
  return image_.bytes().subspan(range.offset, range.size);
}

Result<void> DirectFile::ReadBy(const std::function<Result<void>(LoadReport&)>& pass,
                                const std::atomic<bool>& refused, LoadReport& report) {
  const LoadReport before = report;
  Result<void> done = pass(report);
  if (done || !refused || alignment_ == 1) return done;
  report = before;
  GiveUpDirect(report);
  return pass(report);
}

void DirectFile::GiveUpDirect(LoadReport& report) {
  SetDirect(file_.descriptor(), false);
  alignment_ = 1;
  report.alignment_bytes = 0;
  report.fallbacks.emplace_back("O_DIRECT reads refused: buffered");
}

std::unique_ptr<Source> DirectFile::IntoSource(LoadReport report) && {
  return std::make_unique<BufferSource>(file_.path(), file_.size_bytes(), std::move(image_),
                                        std::move(report));
}

}  // namespace falsify::loaders
