#include "harness/meters/anonymous_memory.h"

#include <cerrno>
#include <sys/mman.h>
#include <utility>

#include "fmt/format.h"
#include "harness/meters/page_bytes.h"

namespace falsify::harness {

Result<AnonymousMemory> AnonymousMemory::Map(std::size_t bytes, PageSize page_size) {
  void* const data =
      mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (data == MAP_FAILED) {
    return Fail(
        SystemError("METER_MEMORY", "anonymous memory", fmt::format("map {} B", bytes), errno));
  }
  // Fails only on kernels without huge pages, where either advice is void.
  madvise(data, bytes, page_size == PageSize::kHuge ? MADV_HUGEPAGE : MADV_NOHUGEPAGE);
  return AnonymousMemory(std::span(static_cast<std::byte*>(data), bytes));
}

AnonymousMemory::AnonymousMemory(AnonymousMemory&& other) noexcept
    : bytes_(std::exchange(other.bytes_, {})) {}

AnonymousMemory& AnonymousMemory::operator=(AnonymousMemory&& other) noexcept {
  std::swap(bytes_, other.bytes_);
  return *this;
}

AnonymousMemory::~AnonymousMemory() {
  if (!bytes_.empty()) munmap(bytes_.data(), bytes_.size());
}

// Without sanitizers, whose shadow of the touched memory would be touched, and counted, as well.
__attribute__((no_sanitize("address", "thread"))) void AnonymousMemory::Touch() const {
  volatile std::byte* const data = bytes_.data();
  const std::size_t step = PageBytes();
  for (std::size_t at = 0; at < bytes_.size(); at += step) data[at] = std::byte{1};
}

}  // namespace falsify::harness
