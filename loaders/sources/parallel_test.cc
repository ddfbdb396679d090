#include "loaders/sources/parallel.h"

#include <atomic>
#include <mutex>
#include <new>
#include <set>
#include <thread>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace falsify::loaders {
namespace {

using testing::ElementsAre;
using testing::UnorderedElementsAre;

TEST(RunPieces, RunsEachPieceOnceAndAddsUpWhatTheyRead) {
  std::vector<std::atomic<int>> runs(1000);
  LoadReport report;
  report.bytes_read = 7;
  const auto piece = [&](std::uint64_t index, LoadReport& part) -> Result<void> {
    ++runs[index];
    part.bytes_read += index;
    ++part.read_calls;
    return {};
  };
  ASSERT_TRUE(RunPieces(runs.size(), 4, piece, report));
  for (const std::atomic<int>& run : runs) EXPECT_EQ(run, 1);
  EXPECT_EQ(report.bytes_read, 7U + 999U * 1000U / 2U);
  EXPECT_EQ(report.read_calls, 1000U);
  EXPECT_EQ(report.threads, 4U);
}

TEST(RunPieces, RunsThePiecesAtTheSameTime) {
  std::atomic<int> present = 0;
  LoadReport report;
  const auto meet = [&](std::uint64_t, LoadReport&) -> Result<void> {
    ++present;
    while (present < 3) std::this_thread::yield();
    return {};
  };
  EXPECT_TRUE(RunPieces(3, 3, meet, report));
}

TEST(RunPieces, NeedsNoSecondThreadForOnePieceAndNoneForNothing) {
  std::set<std::thread::id> ids;
  LoadReport report;
  const auto note = [&](std::uint64_t, LoadReport&) -> Result<void> {
    ids.insert(std::this_thread::get_id());
    return {};
  };
  ASSERT_TRUE(RunPieces(1, 8, note, report));
  EXPECT_THAT(ids, ElementsAre(std::this_thread::get_id()));
  EXPECT_EQ(report.threads, 1U);
  ids.clear();
  ASSERT_TRUE(RunPieces(0, 8, note, report));
  EXPECT_TRUE(ids.empty());
}

TEST(RunPieces, StopsAtTheFirstErrorAndKeepsItsCount) {
  std::atomic<std::uint64_t> last = 0;
  LoadReport report;
  const auto piece = [&](std::uint64_t index, LoadReport& part) -> Result<void> {
    last = index;
    ++part.read_calls;
    if (index == 5) return Fail({"IO_READ", "f", "no", {}});
    return {};
  };
  const Result<void> run = RunPieces(1'000'000, 1, piece, report);
  ASSERT_FALSE(run);
  EXPECT_EQ(run.error().Line(), "f: no [IO_READ]");
  EXPECT_EQ(last, 5U);
  EXPECT_EQ(report.read_calls, 6U);
}

TEST(RunPieces, TurnsAThreadsLackOfMemoryIntoAnError) {
  LoadReport report;
  const auto piece = [](std::uint64_t, LoadReport&) -> Result<void> { throw std::bad_alloc(); };
  const Result<void> run = RunPieces(4, 2, piece, report);
  ASSERT_FALSE(run);
  EXPECT_EQ(run.error().code, "IO_MEMORY");
}

TEST(ReadChunks, CutsTheFileWithoutGapOrOverlap) {
  std::mutex mutex;
  std::vector<std::pair<std::uint64_t, std::uint64_t>> chunks;
  const auto note = [&](ByteRange range, LoadReport&) -> Result<void> {
    const std::lock_guard lock(mutex);
    chunks.emplace_back(range.offset, range.size);
    return {};
  };
  LoadReport report;
  ASSERT_TRUE(ReadChunks(20'000, 8192, 2, note, report));
  EXPECT_THAT(chunks, UnorderedElementsAre(std::pair(0, 8192), std::pair(8192, 8192),
                                           std::pair(16384, 3616)));
  EXPECT_EQ(report.chunk_bytes, 8192U);
  chunks.clear();
  ASSERT_TRUE(ReadChunks(0, 8192, 2, note, report));
  EXPECT_TRUE(chunks.empty());
}

}  // namespace
}  // namespace falsify::loaders
