#include "harness/meters/memory_read.h"

#include <cstring>
#include <random>
#include <vector>

#include "gtest/gtest.h"

namespace falsify::harness {
namespace {

std::vector<std::byte> RandomBytes(std::size_t size) {
  std::mt19937_64 random(size);
  std::vector<std::byte> bytes(size);
  for (std::byte& byte : bytes) byte = static_cast<std::byte>(random() & 0xFF);
  return bytes;
}

std::uint64_t FoldSlowly(std::span<const std::byte> bytes) {
  std::uint64_t sum = 0;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    sum += std::to_integer<std::uint64_t>(bytes[i]) << (8 * (i % 8));
  }
  return sum;
}

TEST(MemoryRead, FoldsEveryByteOfEveryLength) {
  const std::vector<std::byte> bytes = RandomBytes(2000);
  for (std::size_t size = 0; size <= bytes.size(); ++size) {
    const auto part = std::span(bytes).first(size);
    ASSERT_EQ(FoldBytes(part), FoldSlowly(part)) << size;
  }
}

TEST(MemoryRead, FoldsFromAnyAddress) {
  const std::vector<std::byte> bytes = RandomBytes(2000);
  for (std::size_t offset = 0; offset < 70; ++offset) {
    const auto part = std::span(bytes).subspan(offset, 1111);
    ASSERT_EQ(FoldBytes(part), FoldSlowly(part)) << offset;
  }
}

TEST(MemoryRead, ReadsTheSameBytesWhateverTheNumberOfThreads) {
  const std::vector<std::byte> bytes = RandomBytes(1'000'003);
  for (const unsigned threads : {1U, 2U, 3U, 7U, 300U}) {
    EXPECT_EQ(ReadAll(bytes, threads).checksum, FoldSlowly(bytes)) << threads;
  }
  EXPECT_EQ(ReadAll({}, 2).checksum, 0U);
}

TEST(MemoryRead, TakesTime) {
  const std::vector<std::byte> bytes = RandomBytes(1'000'000);
  EXPECT_GT(ReadAllSeconds(bytes, 2), 0.0);
}

}  // namespace
}  // namespace falsify::harness
