#include "loaders/sources/huge_buffer.h"

#include <cerrno>
#include <limits>
#include <sys/mman.h>
#include <utility>

#include "fmt/format.h"

namespace falsify::loaders {
namespace {

constexpr std::size_t kHugePage = std::size_t{2} << 20;

}  // namespace

Result<HugeBuffer> HugeBuffer::Make(std::uint64_t size_bytes, const std::string& path) {
  if (size_bytes == 0) return HugeBuffer();
  const auto refuse = [&] {
    return Fail({"IO_MEMORY", path, fmt::format("no memory for {} B", size_bytes),
                 "the mmap loader needs none"});
  };
  if (size_bytes > std::numeric_limits<std::size_t>::max() - 2 * kHugePage) return refuse();
  const std::size_t size = (size_bytes + kHugePage - 1) / kHugePage * kHugePage;
  const std::size_t reserved = size + kHugePage;
  void* start =
      ::mmap(nullptr, reserved, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (start == MAP_FAILED) return refuse();
  auto* first = static_cast<std::byte*>(start);
  const std::size_t past = reinterpret_cast<std::uintptr_t>(start) % kHugePage;
  const std::size_t before = past == 0 ? 0 : kHugePage - past;
  if (before > 0) ::munmap(first, before);
  ::munmap(first + before + size, kHugePage - before);
  return HugeBuffer(std::span(first + before, size_bytes));
}

HugeBuffer::HugeBuffer(HugeBuffer&& other) noexcept
    : bytes_(std::exchange(other.bytes_, std::span<std::byte>())) {}

HugeBuffer& HugeBuffer::operator=(HugeBuffer&& other) noexcept {
  std::swap(bytes_, other.bytes_);
  return *this;
}

HugeBuffer::~HugeBuffer() {
  if (bytes_.empty()) return;
  ::munmap(bytes_.data(), (bytes_.size() + kHugePage - 1) / kHugePage * kHugePage);
}

void HugeBuffer::AdviseHugePages(LoadReport& report) const {
  if (bytes_.empty()) return;
  if (::madvise(bytes_.data(), bytes_.size(), MADV_HUGEPAGE) == 0) {
    report.advice.emplace_back("madvise HUGEPAGE");
  } else {
    report.fallbacks.push_back("MADV_HUGEPAGE refused: base pages");
  }
}

}  // namespace falsify::loaders
