#include "loaders/sources/read.h"

#include <cerrno>
#include <memory>
#include <new>
#include <unistd.h>
#include <utility>

#include "fmt/format.h"
#include "loaders/sources/buffer_source.h"
#include "loaders/sources/file.h"

namespace falsify::loaders {
namespace {

/// Reads one byte past the end: the only way to learn that there is one.
Result<void> CheckEnd(const File& file, LoadReport& report) {
  std::byte beyond{};
  ssize_t got = 0;
  do {
    got = ::read(file.descriptor(), &beyond, 1);
  } while (got < 0 && errno == EINTR);
  if (got < 0) return Fail(SystemError("IO_READ", file.path(), "read", errno));
  ++report.read_calls;
  if (got == 0) return {};
  return Fail({.code = "IO_SHRANK",
               .where = file.path(),
               .what = fmt::format("grew beyond {} B while it was read", file.size_bytes()),
               .hint = "does something write to the file?"});
}

}  // namespace

Result<std::unique_ptr<Source>> OpenRead(const std::string& path, const SourceOptions&) {
  Result<File> file = File::Open(path);
  if (!file) return Fail(std::move(file.error()));
  const std::uint64_t size = file->size_bytes();
  std::shared_ptr<std::byte[]> bytes(new (std::nothrow) std::byte[size]);
  if (!bytes) {
    return Fail({.code = "IO_MEMORY",
                 .where = path,
                 .what = fmt::format("no memory for {} B", size),
                 .hint = "the mmap loader needs none"});
  }
  const auto call = [&file](std::byte* into, std::size_t most, std::uint64_t) {
    return ::read(file->descriptor(), into, most);
  };
  LoadReport report;
  const std::span<std::byte> whole(bytes.get(), size);
  if (Result<void> filled = FillBy(call, path, whole, report); !filled) return Fail(filled.error());
  if (Result<void> ended = CheckEnd(*file, report); !ended) return Fail(ended.error());
  return std::make_unique<BufferSource>(path, whole, std::move(bytes), std::move(report));
}

}  // namespace falsify::loaders
