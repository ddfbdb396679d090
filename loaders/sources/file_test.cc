#include "loaders/sources/file.h"

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <deque>
#include <sys/mman.h>
#include <vector>

#include "gtest/gtest.h"

namespace falsify::loaders {
namespace {

struct Reply {
  ssize_t got;
  int error = 0;
};

/// Answers like read(2) would, as scripted, and notes what it was asked for.
struct ScriptedRead {
  std::deque<Reply> replies;
  std::vector<std::size_t> asked;
  std::vector<std::uint64_t> offsets;

  ReadCall Call() {
    return [this](std::byte*, std::size_t most, std::uint64_t done) {
      asked.push_back(most);
      offsets.push_back(done);
      const Reply reply = replies.front();
      replies.pop_front();
      errno = reply.error;
      return reply.got;
    };
  }
};

TEST(FillBy, GoesOnAfterShortReadsAndSignals) {
  ScriptedRead script{{{3}, {-1, EINTR}, {4}, {1}}, {}, {}};
  std::vector<std::byte> bytes(8);
  LoadReport report;
  ASSERT_TRUE(FillBy(script.Call(), "f", bytes, report));
  EXPECT_EQ(script.asked, (std::vector<std::size_t>{8, 5, 5, 1}));
  EXPECT_EQ(script.offsets, (std::vector<std::uint64_t>{0, 3, 3, 7}));
  EXPECT_EQ(report.bytes_read, 8U);
  EXPECT_EQ(report.read_calls, 3U);
}

TEST(FillBy, AsksForAtMostOneGibibytePerCall) {
  constexpr std::size_t kGib = std::size_t{1} << 30;
  constexpr std::size_t kWhole = 2 * kGib + 5;
  void* reserved = ::mmap(nullptr, kWhole, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  ASSERT_NE(reserved, MAP_FAILED);
  ScriptedRead script{{{kGib}, {kGib}, {5}}, {}, {}};
  LoadReport report;
  ASSERT_TRUE(FillBy(script.Call(), "f", {static_cast<std::byte*>(reserved), kWhole}, report));
  EXPECT_EQ(script.asked, (std::vector<std::size_t>{kGib, kGib, 5}));
  EXPECT_EQ(report.bytes_read, kWhole);
  ::munmap(reserved, kWhole);
}

TEST(FillBy, SaysThatTheFileShrank) {
  ScriptedRead script{{{3}, {0}}, {}, {}};
  std::vector<std::byte> bytes(8);
  LoadReport report;
  const Result<void> filled = FillBy(script.Call(), "f", bytes, report);
  ASSERT_FALSE(filled);
  EXPECT_EQ(filled.error().Line(),
            "f: ended 3 B into a read of 8 B; does something write to the file? [IO_SHRANK]");
}

TEST(FillBy, NamesTheErrorOfTheCall) {
  ScriptedRead script{{{-1, EIO}}, {}, {}};
  std::vector<std::byte> bytes(8);
  LoadReport report;
  const Result<void> filled = FillBy(script.Call(), "f", bytes, report);
  ASSERT_FALSE(filled);
  EXPECT_EQ(filled.error().Line(), "f: cannot read: Input/output error [IO_READ]");
  EXPECT_EQ(report.bytes_read, 0U);
}

TEST(FillBy, MakesNoCallForNoBytes) {
  ScriptedRead script;
  LoadReport report;
  EXPECT_TRUE(FillBy(script.Call(), "f", {}, report));
  EXPECT_TRUE(script.asked.empty());
}

}  // namespace
}  // namespace falsify::loaders
