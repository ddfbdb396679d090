#include "loaders/sources/pread.h"

#include <utility>

#include "loaders/sources/buffer_source.h"
#include "loaders/sources/file.h"
#include "loaders/sources/parallel.h"

namespace falsify::loaders {
namespace {

constexpr std::uint64_t kDefaultChunk = std::uint64_t{16} << 20;

}  // namespace

Result<std::unique_ptr<Source>> OpenPread(const std::string& path, const SourceOptions& options) {
  Result<File> file = File::Open(path);
  if (!file) return Fail(std::move(file.error()));
  Result<HugeBuffer> buffer = HugeBuffer::Make(file->size_bytes(), path);
  if (!buffer) return Fail(std::move(buffer.error()));
  LoadReport report;
  buffer->AdviseHugePages(report);
  const auto read = [&](ByteRange range, LoadReport& part) {
    return file->ReadAt(range.offset, buffer->bytes().subspan(range.offset, range.size), part);
  };
  const std::uint64_t chunk = options.chunk_bytes != 0 ? options.chunk_bytes : kDefaultChunk;
  Result<void> done = ReadChunks(file->size_bytes(), chunk, options.threads, read, report);
  if (!done) return Fail(std::move(done.error()));
  return std::make_unique<BufferSource>(path, file->size_bytes(), std::move(*buffer),
                                        std::move(report));
}

}  // namespace falsify::loaders
