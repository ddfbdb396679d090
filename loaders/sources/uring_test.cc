#include "loaders/sources/uring.h"

#include <cerrno>
#include <cstdlib>
#include <string>
#include <sys/syscall.h>
#include <unistd.h>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "loaders/sources/deny_call_for_test.h"
#include "loaders/test_files.h"

namespace falsify::loaders {
namespace {

class Uring : public testing::Test {
 protected:
  void SetUp() override {
    const auto source = OpenUring(path_, {});
    if (!source && source.error().code == "LOADER_UNAVAILABLE") {
      GTEST_SKIP() << source.error().Line();
    }
  }

  TemporaryDirectory directory_;
  std::string path_ = directory_.Write("f", std::string(5 * 4096 + 608, 'x'));
};

TEST_F(Uring, CountsEveryByteAndReadOnce) {
  const auto source = OpenUring(path_, {.chunk_bytes = 4096, .queue_depth = 2});
  ASSERT_TRUE(source) << source.error().Line();
  const LoadReport report = (*source)->report();
  EXPECT_EQ(report.bytes_read, 5U * 4096U + 608U);
  EXPECT_EQ(report.read_calls, 6U);
  EXPECT_EQ(report.threads, 1U);
}

TEST_F(Uring, KeepsSixteenReadsOfOneMiBInFlightUnlessToldOtherwise) {
  const auto source = OpenUring(path_, {});
  ASSERT_TRUE(source) << source.error().Line();
  EXPECT_EQ((*source)->report().queue_depth, 16U);
  EXPECT_EQ((*source)->report().chunk_bytes, std::uint64_t{1} << 20);
}

TEST_F(Uring, NamesTheByteAtWhichAFileEndedTooSoon) {
  // The kernel gives this a size of 4096 and then a few characters.
  const auto source = OpenUring("/sys/devices/system/cpu/online", {});
  ASSERT_FALSE(source);
  EXPECT_THAT(source.error().Line(),
              testing::MatchesRegex("/sys/devices/system/cpu/online: ended at [0-9]+ B, expected "
                                    "4096 B; does something write to the file\\? \\[IO_SHRANK\\]"));
}

TEST_F(Uring, SaysSoWhenTheFileShrankInTheMiddleOfABlock) {
  for (const off_t left : {off_t{0}, off_t{4096}, off_t{5000}}) {
    const std::string path = directory_.Write("g", std::string(3 * 4096 + 608, 'x'));
    LoadReport report;
    Result<DirectFile> file = DirectFile::Open(path, report);
    ASSERT_TRUE(file) << file.error().Line();
    ASSERT_EQ(::truncate(path.c_str(), left), 0);
    const Result<void> read = ReadByUring(*file, {}, report);
    ASSERT_FALSE(read) << left;
    EXPECT_EQ(read.error().Line(),
              path + ": ended at " + std::to_string(left) +
                  " B, expected 12896 B; does something write to the file? [IO_SHRANK]");
  }
}

TEST(UringDeathTest, IsUnavailableWhereAContainerForbidsIt) {
  const TemporaryDirectory directory;
  const std::string path = directory.Write("f", "x");
  for (const int error : {EPERM, ENOSYS}) {
    const auto try_it = [&] {
      if (!DenyCall(SYS_io_uring_setup, error)) std::_Exit(2);
      const auto source = OpenUring(path, {});
      const bool good = !source && source.error().code == "LOADER_UNAVAILABLE" &&
                        source.error().what.rfind("cannot make a ring of 16: ", 0) == 0;
      std::_Exit(good ? 0 : 1);
    };
    EXPECT_EXIT(try_it(), testing::ExitedWithCode(0), "");
  }
}

TEST_F(Uring, LooksForTheFileFirst) {
  const auto source = OpenUring(directory_ / "absent", {});
  ASSERT_FALSE(source);
  EXPECT_EQ(source.error().code, "IO_OPEN");
}

}  // namespace
}  // namespace falsify::loaders
