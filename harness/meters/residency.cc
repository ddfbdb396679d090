#include "harness/meters/residency.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <fcntl.h>

#include "fmt/format.h"
#include "harness/meters/file_descriptor.h"
#include "harness/meters/metered_read.h"
#include "harness/meters/page_bytes.h"

namespace falsify::harness {
namespace {

constexpr const char* kPagemap = "/proc/self/pagemap";
constexpr std::uint64_t kPresent = std::uint64_t{1} << 63;
constexpr std::uint64_t kEntriesPerRead = 8192;
using Entries = std::array<std::uint64_t, kEntriesPerRead>;

Result<void> ReadEntries(int pagemap, std::uint64_t first_page, std::span<std::uint64_t> entries) {
  const std::span<char> bytes(reinterpret_cast<char*>(entries.data()), entries.size_bytes());
  const auto at = static_cast<off_t>(first_page * sizeof(std::uint64_t));
  const MeteredRead read = MeteredPread(pagemap, bytes, at);
  if (read.bytes < 0) return Fail(SystemError("METER_PAGEMAP", kPagemap, "read", errno));
  if (static_cast<std::size_t>(read.bytes) != bytes.size()) {
    return Fail({.code = "METER_PAGEMAP",
                 .where = kPagemap,
                 .what = fmt::format("read {} B of {}", read.bytes, bytes.size()),
                 .hint = {}});
  }
  return {};
}

Result<std::uint64_t> ResidentBytesOf(int pagemap, std::span<const std::byte> range,
                                      Entries& entries) {
  if (range.empty()) return std::uint64_t{0};
  const std::uint64_t page_bytes = PageBytes();
  const auto begin = reinterpret_cast<std::uintptr_t>(range.data());
  const std::uint64_t end = begin + range.size();
  const std::uint64_t last_page = (end - 1) / page_bytes;
  std::uint64_t resident = 0;
  for (std::uint64_t page = begin / page_bytes; page <= last_page; page += kEntriesPerRead) {
    const std::uint64_t count = std::min(kEntriesPerRead, last_page - page + 1);
    const Result<void> read = ReadEntries(pagemap, page, std::span(entries).first(count));
    if (!read) return Fail(read.error());
    for (std::uint64_t i = 0; i < count; ++i) {
      if ((entries[i] & kPresent) == 0) continue;
      const std::uint64_t page_begin = (page + i) * page_bytes;
      resident +=
          std::min(page_begin + page_bytes, end) - std::max<std::uint64_t>(page_begin, begin);
    }
  }
  return resident;
}

}  // namespace

Result<std::uint64_t> ResidentBytes(std::span<const std::span<const std::byte>> ranges) {
  const Result<FileDescriptor> pagemap = OpenFile(kPagemap, O_RDONLY);
  if (!pagemap) return Fail(pagemap.error());
  Entries entries;
  std::uint64_t resident = 0;
  for (const std::span<const std::byte> range : ranges) {
    const Result<std::uint64_t> bytes = ResidentBytesOf(pagemap->get(), range, entries);
    if (!bytes) return bytes;
    resident += *bytes;
  }
  return resident;
}

}  // namespace falsify::harness
