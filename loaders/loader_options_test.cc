#include "loaders/loader_options.h"

#include <array>
#include <string>

#include "gtest/gtest.h"

namespace falsify::loaders {
namespace {

constexpr std::array kKnown = {
    kThreadsOption, kChunkOption,
    LoaderOption{"delay", OptionKind::kSeconds, 0, 60, "how long it sleeps"}};

std::string LineFor(const std::string& name, const std::string& value) {
  const Result<void> checked = CheckOptions({"pread", {{name, value}}}, kKnown);
  return checked ? "fine" : checked.error().Line();
}

TEST(CheckOptions, TakesWhatLiesInRange) {
  EXPECT_EQ(LineFor("threads", "1"), "fine");
  EXPECT_EQ(LineFor("threads", "256"), "fine");
  EXPECT_EQ(LineFor("chunk", "8388608"), "fine");
  EXPECT_EQ(LineFor("delay", "0.25"), "fine");
  EXPECT_TRUE(CheckOptions({"mmap", {}}, {}));
}

TEST(CheckOptions, SaysWhatIsWrongAndWhatIsRight) {
  EXPECT_EQ(LineFor("thread", "2"),
            "loader \"pread\": unknown option \"thread\", expected one of: threads, chunk, delay "
            "[LOADER_OPTION]");
  EXPECT_EQ(LineFor("threads", "0"),
            "loader \"pread\": threads is 0, expected 1 to 256 [LOADER_OPTION]");
  EXPECT_EQ(LineFor("threads", "1.5"),
            "loader \"pread\": threads is 1.5, expected 1 to 256 [LOADER_OPTION]");
  EXPECT_EQ(LineFor("threads", "two"),
            "loader \"pread\": threads is two, expected 1 to 256 [LOADER_OPTION]");
  EXPECT_EQ(LineFor("threads", "nan"),
            "loader \"pread\": threads is nan, expected 1 to 256 [LOADER_OPTION]");
  EXPECT_EQ(LineFor("chunk", "5000"),
            "loader \"pread\": chunk is 5000 B, expected a multiple of 4096 B [LOADER_OPTION]");
  EXPECT_EQ(LineFor("delay", "61"),
            "loader \"pread\": delay is 61, expected 0 s to 60 s [LOADER_OPTION]");
  EXPECT_EQ(CheckOptions({"mmap", {{"x", "1"}}}, {}).error().Line(),
            "loader \"mmap\": unknown option \"x\", expected one of: none [LOADER_OPTION]");
}

TEST(OptionOr, PrefersWhatIsGiven) {
  const LoaderChoice choice = {"pread", {{"threads", "3"}}};
  EXPECT_EQ(OptionOr(choice, "threads", 1), 3);
  EXPECT_EQ(OptionOr(choice, "chunk", 7), 7);
}

}  // namespace
}  // namespace falsify::loaders
