#include "loaders/sources/small_file.h"

#include <span>
#include <utility>

#include "fmt/format.h"
#include "loaders/sources/file.h"

namespace falsify::loaders {

Result<std::string> ReadSmallFile(const std::string& path, std::uint64_t most_bytes,
                                  const char* too_large) {
  Result<File> file = File::Open(path);
  if (!file) return Fail(std::move(file.error()));
  if (file->size_bytes() > most_bytes) {
    return Fail({too_large,
                 path,
                 fmt::format("{} B, expected at most {} B", file->size_bytes(), most_bytes),
                 {}});
  }
  std::string text(file->size_bytes(), '\0');
  LoadReport ignored;
  Result<void> read = file->ReadAt(0, std::as_writable_bytes(std::span(text)), ignored);
  if (!read) return Fail(std::move(read.error()));
  return text;
}

}  // namespace falsify::loaders
