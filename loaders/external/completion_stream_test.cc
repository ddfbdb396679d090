#include "loaders/external/completion_stream.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace falsify::loaders {
namespace {

using ::testing::HasSubstr;

CompletionDelta Read(const std::string& data) {
  const auto delta = ReadCompletionEvent({data, ""});
  if (!delta) throw std::runtime_error(delta.error().Line());
  return *delta;
}

TEST(CompletionStream, CountsContentAndNothingElse) {
  EXPECT_EQ(Read(R"({"choices":[{"delta":{"content":"4"}}]})").text, "4");
  EXPECT_TRUE(Read(R"({"choices":[{"text":"4"}]})").has_output);
  EXPECT_TRUE(Read(R"({"choices":[{"delta":{"reasoning_content":"hm"}}]})").has_output);
  EXPECT_TRUE(Read(R"({"choices":[{"delta":{}},{"delta":{"content":"x"}}]})").has_output);
  EXPECT_TRUE(Read(R"({"choices":[{"delta":{"tool_calls":[{"id":1}]}}]})").has_output);
  for (const char* none :
       {R"({"choices":[{"delta":{"role":"assistant","content":""}}]})",
        R"({"choices":[{"delta":{"role":"assistant","content":null}}]})", R"({"choices":[]})",
        R"({"choices":null})", "{}", R"({"choices":[{"delta":{},"finish_reason":"stop"}]})",
        R"({"choices":[{"delta":{"tool_calls":[]}}]})"}) {
    EXPECT_FALSE(Read(none).has_output) << none;
  }
}

TEST(CompletionStream, ReadsUsageAndTheEnd) {
  EXPECT_EQ(Read(R"({"choices":[],"usage":{"completion_tokens":32}})").completion_tokens, 32U);
  EXPECT_EQ(Read(R"({"choices":[],"usage":null})").completion_tokens, std::nullopt);
  EXPECT_TRUE(Read("[DONE]").done);
}

TEST(CompletionStream, TellsWhatTheServerSaysWentWrong) {
  const auto in_data = ReadCompletionEvent({R"({"error":{"message":"no such model"}})", ""});
  EXPECT_EQ(in_data.error().code, "HTTP_ERROR");
  EXPECT_EQ(in_data.error().what, "no such model");
  const auto in_field = ReadCompletionEvent({"", R"({"code":500,"message":"out of slots"})"});
  EXPECT_EQ(in_field.error().what, "out of slots");
  EXPECT_EQ(ReadCompletionEvent({"", "broken"}).error().what, "broken");
  EXPECT_EQ(ReadCompletionEvent({"<html>", ""}).error().code, "HTTP_STREAM");
  EXPECT_EQ(ReadCompletionEvent({std::string(200, '['), ""}).error().code, "HTTP_STREAM");
}

}  // namespace
}  // namespace falsify::loaders
