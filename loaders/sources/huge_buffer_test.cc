#include "loaders/sources/huge_buffer.h"

#include <cstdint>
#include <fstream>
#include <limits>
#include <sys/mman.h>
#include <unistd.h>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace falsify::loaders {
namespace {

constexpr std::uint64_t kHugePage = std::uint64_t{2} << 20;

TEST(HugeBuffer, StartsAtAHugePageAndIsZeroToItsLastByte) {
  for (const std::uint64_t size : {std::uint64_t{1}, kHugePage - 1, kHugePage, 3 * kHugePage + 5}) {
    const Result<HugeBuffer> buffer = HugeBuffer::Make(size, "f");
    ASSERT_TRUE(buffer) << buffer.error().Line();
    ASSERT_EQ(buffer->bytes().size(), size);
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(buffer->bytes().data()) % kHugePage, 0U);
    EXPECT_EQ(buffer->bytes().front(), std::byte{0});
    buffer->bytes().back() = std::byte{1};
  }
}

bool IsMapped(const std::byte* address) {
  std::vector<unsigned char> pages(1);
  const auto page = static_cast<std::uintptr_t>(::sysconf(_SC_PAGESIZE));
  const std::uintptr_t start = reinterpret_cast<std::uintptr_t>(address) / page * page;
  return ::mincore(reinterpret_cast<void*>(start), 1, pages.data()) == 0;
}

TEST(HugeBuffer, IsUnmappedOnceWhoeverHoldsItLast) {
  const std::byte* last = nullptr;
  {
    Result<HugeBuffer> made = HugeBuffer::Make(kHugePage + 1, "f");
    ASSERT_TRUE(made);
    HugeBuffer buffer;
    buffer = std::move(*made);
    last = &buffer.bytes().back();
    const HugeBuffer moved(std::move(buffer));
    EXPECT_TRUE(IsMapped(last));
    EXPECT_EQ(moved.bytes().size(), kHugePage + 1);
  }
  EXPECT_FALSE(IsMapped(last));
}

/// Address space of this process in bytes.
std::uint64_t AddressSpace() {
  std::uint64_t pages = 0;
  std::ifstream("/proc/self/statm") >> pages;
  return pages * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}

TEST(HugeBuffer, LeavesNoneOfWhatItReservedBehind) {
  const std::uint64_t before = AddressSpace();
  for (int i = 0; i < 64; ++i) {
    const Result<HugeBuffer> buffer = HugeBuffer::Make(1, "f");
    ASSERT_TRUE(buffer);
  }
  EXPECT_LT(AddressSpace() - before, 32 * kHugePage);
}

TEST(HugeBuffer, HoldsNothingForNothing) {
  const Result<HugeBuffer> buffer = HugeBuffer::Make(0, "f");
  ASSERT_TRUE(buffer);
  LoadReport report;
  buffer->AdviseHugePages(report);
  EXPECT_TRUE(buffer->bytes().empty());
  EXPECT_TRUE(report.advice.empty());
}

TEST(HugeBuffer, SaysThatThereIsNoMemory) {
  for (const std::uint64_t size :
       {std::uint64_t{1} << 60, std::numeric_limits<std::uint64_t>::max()}) {
    const Result<HugeBuffer> buffer = HugeBuffer::Make(size, "f");
    ASSERT_FALSE(buffer);
    EXPECT_EQ(buffer.error().code, "IO_MEMORY");
  }
}

TEST(HugeBuffer, ReportsTheAdviceOrItsRefusal) {
  const Result<HugeBuffer> buffer = HugeBuffer::Make(kHugePage, "f");
  ASSERT_TRUE(buffer);
  LoadReport report;
  buffer->AdviseHugePages(report);
  EXPECT_EQ(report.advice.size() + report.fallbacks.size(), 1U);
}

}  // namespace
}  // namespace falsify::loaders
