#include "loaders/external/sse_parser.h"

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace falsify::loaders {
namespace {

using ::testing::ElementsAre;

/// The data of every event, whatever pieces the text comes in.
std::vector<std::string> Events(const std::string& text, std::size_t piece = 1 << 20) {
  SseParser parser;
  std::vector<std::string> data;
  for (std::size_t at = 0; at < text.size(); at += piece) {
    const auto fed = parser.Feed(std::string_view(text).substr(at, piece), [&](const SseEvent& e) {
      data.push_back(e.error.empty() ? e.data : "error " + e.error);
      return Result<void>();
    });
    EXPECT_TRUE(fed);
  }
  return data;
}

TEST(SseParser, EndsAnEventInAnEmptyLineOfAnyKind) {
  EXPECT_THAT(Events("data: a\n\ndata: b\r\n\r\ndata: c\r\rdata: d\n\n"),
              ElementsAre("a", "b", "c", "d"));
}

TEST(SseParser, ReadsTheSameHoweverItIsCut) {
  const std::string text =
      "\xEF\xBB\xBF"
      ": ping\r\n\r\ndata:x\r\ndata:  y\r\nid: 7\r\nevent: e\r\n\r\ndata: \u00E9\n\ndata\n\n";
  for (std::size_t piece = 1; piece <= text.size(); ++piece) {
    EXPECT_THAT(Events(text, piece), ElementsAre("x\n y", "\u00E9", "")) << piece;
  }
}

TEST(SseParser, DropsWhatTheEndCutsOffAndPassesOverWhatItDoesNotKnow) {
  EXPECT_THAT(Events("data: a\n\ndata: b\n"), ElementsAre("a"));
  EXPECT_THAT(Events("retry: 10\nfoo: bar\n\n:\n\n"), ElementsAre());
  EXPECT_THAT(Events("error: {\"code\": 500}\n\n"), ElementsAre("error {\"code\": 500}"));
}

TEST(SseParser, BoundsLinesAndEventsAndTheirNumber) {
  const auto ignore = [](const SseEvent&) { return Result<void>(); };
  SseParser lines;
  EXPECT_EQ(lines.Feed(std::string((1 << 20) + 1, 'x'), ignore).error().code, "HTTP_STREAM");
  SseParser events;
  std::string large;
  for (int i = 0; i < 40; ++i) large += "data: " + std::string(1 << 15, 'x') + "\n";
  EXPECT_EQ(events.Feed(large, ignore).error().code, "HTTP_STREAM");
  SseParser many;
  std::string all;
  for (int i = 0; i <= 100'000; ++i) all += "data:\n\n";
  EXPECT_EQ(many.Feed(all, ignore).error().code, "HTTP_STREAM");
}

TEST(SseParser, StopsWhereItsListenerDoes) {
  SseParser parser;
  int heard = 0;
  const auto fed = parser.Feed("data: a\n\ndata: b\n\n", [&](const SseEvent&) -> Result<void> {
    ++heard;
    return Fail({"ENOUGH", "", "", {}});
  });
  EXPECT_EQ(fed.error().code, "ENOUGH");
  EXPECT_EQ(heard, 1);
}

}  // namespace
}  // namespace falsify::loaders
