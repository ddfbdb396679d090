#include "harness/meters/residency.h"

#include <array>
#include <fcntl.h>
#include <optional>
#include <sys/mman.h>
#include <vector>

#include "gtest/gtest.h"
#include "harness/meters/anonymous_memory.h"
#include "harness/meters/faults_cpu.h"
#include "harness/meters/file_descriptor.h"
#include "harness/meters/page_bytes.h"
#include "harness/meters/page_cache.h"
#include "harness/meters/test_files.h"

namespace falsify::harness {
namespace {

constexpr std::size_t kMapped = 64 * 1024 * 1024;

std::uint64_t ResidentBytesOf(std::span<const std::byte> range) {
  const Result<std::uint64_t> bytes = ResidentBytes(std::span(&range, 1));
  EXPECT_TRUE(bytes.has_value()) << bytes.error().Line();
  return bytes.value_or(~0ULL);
}

/// Anonymous memory in base pages: the kernel maps exactly the pages that are touched.
class ResidencyTest : public testing::Test {
 protected:
  void SetUp() override {
    Result<AnonymousMemory> memory = AnonymousMemory::Map(kMapped, PageSize::kBase);
    ASSERT_TRUE(memory.has_value());
    memory_ = *std::move(memory);
  }
  std::span<std::byte> bytes() const { return memory_->bytes(); }
  void TouchPage(std::size_t page) const { bytes()[page * PageBytes()] = std::byte{1}; }

  std::optional<AnonymousMemory> memory_;
};

TEST_F(ResidencyTest, CountsNothingBeforeTheFirstTouch) { EXPECT_EQ(ResidentBytesOf(bytes()), 0U); }

TEST_F(ResidencyTest, CountsExactlyTheTouchedPages) {
  for (const std::size_t page : {0U, 1U, 100U, 8191U, 8192U, 16383U}) TouchPage(page);
  EXPECT_EQ(ResidentBytesOf(bytes()), 6 * PageBytes());
}

TEST_F(ResidencyTest, ClipsPagesToTheRange) {
  for (std::size_t page = 0; page < 4; ++page) TouchPage(page);
  EXPECT_EQ(ResidentBytesOf(bytes().subspan(10, 20)), 20U);
  EXPECT_EQ(ResidentBytesOf(bytes().subspan(PageBytes() - 1, PageBytes() + 2)), PageBytes() + 2);
  EXPECT_EQ(ResidentBytesOf(bytes().subspan(3 * PageBytes() + 1, 2 * PageBytes())),
            PageBytes() - 1);
}

TEST_F(ResidencyTest, AddsUpRangesAndIgnoresEmptyOnes) {
  TouchPage(0);
  TouchPage(9000);
  const std::array<std::span<const std::byte>, 4> ranges = {
      bytes().first(100), bytes().subspan(100, 50), std::span<const std::byte>(),
      bytes().subspan(9000 * PageBytes(), 7)};
  EXPECT_EQ(ResidentBytes(ranges).value(), 157U);
  EXPECT_EQ(ResidentBytes({}).value(), 0U);
}

TEST_F(ResidencyTest, FaultsNothingIn) {
  const std::uint64_t before = ReadFaultsAndCpu().minor_faults;
  ResidentBytesOf(bytes());
  EXPECT_LT(ReadFaultsAndCpu().minor_faults, before + 1024);  // of the range's 16,384
  EXPECT_EQ(ResidentBytesOf(bytes()), 0U);
}

TEST(Residency, CountsMappedPagesOfACachedFileOnlyOnceTouched) {
  const TestDirectory directory;
  const std::string path = directory.Write("warm", kMapped);
  ASSERT_TRUE(MakeWarm(path).has_value());
  const Result<FileDescriptor> file = OpenFile(path, O_RDONLY);
  ASSERT_TRUE(file.has_value());
  void* const data = mmap(nullptr, kMapped, PROT_READ, MAP_SHARED, file->get(), 0);
  ASSERT_NE(data, MAP_FAILED);
  const std::span<const std::byte> bytes(static_cast<const std::byte*>(data), kMapped);
  EXPECT_EQ(ResidentBytesOf(bytes), 0U);

  // The kernel may map neighbours of a touched page too, so the count is bounded, not exact.
  for (std::size_t page = 0; page < 10; ++page) {
    static_cast<void>(*static_cast<const volatile std::byte*>(&bytes[page * 1024 * PageBytes()]));
  }
  const std::uint64_t touched = ResidentBytesOf(bytes);
  EXPECT_GE(touched, 10 * PageBytes());
  EXPECT_LT(touched, kMapped);

  ASSERT_EQ(madvise(data, kMapped, MADV_POPULATE_READ), 0);
  EXPECT_EQ(ResidentBytesOf(bytes), kMapped);
  munmap(data, kMapped);
}

}  // namespace
}  // namespace falsify::harness
