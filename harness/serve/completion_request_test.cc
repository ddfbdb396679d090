#include "harness/serve/completion_request.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace falsify::harness {
namespace {

using ::testing::ElementsAre;

TEST(CompletionRequest, ReadsAChat) {
  const auto request =
      ParseCompletionRequest(CompletionApi::kChat,
                             R"({"model": "m", "messages": [{"role": "system", "content": "Brief."},
          {"role": "user", "content": [{"type": "text", "text": "What is "},
                                       {"type": "text", "text": "2+2?"}]}],
          "max_tokens": 32, "stream": true, "temperature": 0.7, "top_p": 1,
          "stream_options": {"include_usage": true}, "n": 1})");
  ASSERT_TRUE(request) << request.error().Line();
  ASSERT_EQ(request->messages.size(), 2U);
  EXPECT_EQ(request->messages[1].role, "user");
  EXPECT_EQ(request->messages[1].content, "What is 2+2?");
  EXPECT_EQ(request->max_tokens, 32U);
  EXPECT_TRUE(request->stream);
  EXPECT_TRUE(request->include_usage);
}

TEST(CompletionRequest, ReadsAPromptAsTextOrAsTokens) {
  const auto text = ParseCompletionRequest(CompletionApi::kText, R"({"prompt": "2+2"})");
  ASSERT_TRUE(text);
  EXPECT_EQ(text->text, "2+2");
  EXPECT_FALSE(text->stream);
  const auto tokens = ParseCompletionRequest(CompletionApi::kText, R"({"prompt": [1, 2]})");
  ASSERT_TRUE(tokens);
  EXPECT_THAT(tokens->tokens, ElementsAre(1, 2));
}

struct Refused {
  CompletionApi api;
  const char* body;
  const char* code;
};

TEST(CompletionRequest, RefusesWhatItCannotDo) {
  constexpr CompletionApi kChat = CompletionApi::kChat;
  constexpr CompletionApi kText = CompletionApi::kText;
  constexpr const char* kJson = "REQUEST_JSON";
  constexpr const char* kField = "REQUEST_FIELD";
  constexpr const char* kUnsupported = "REQUEST_UNSUPPORTED";
  const Refused refused[] = {
      {kChat, "", kJson},
      {kChat, "{", kJson},
      {kChat, "[]", kJson},
      {kChat, "\xFF", kJson},
      {kChat, R"([[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]])", kJson},
      {kChat, "{}", kField},
      {kChat, R"({"messages": []})", kField},
      {kChat, R"({"messages": [1]})", kField},
      {kChat, R"({"messages": [{"role": "user"}]})", kField},
      {kChat, R"({"messages": [{"role": 1, "content": "x"}]})", kField},
      {kChat, R"({"messages": [{"role": "user", "content": [{"type": "image"}]}]})", kField},
      {kText, R"({"prompt": ""})", kField},
      {kText, R"({"prompt": []})", kField},
      {kText, R"({"prompt": ["a", "b"]})", kUnsupported},
      {kText, R"({"prompt": [-1]})", kUnsupported},
      {kText, R"({"prompt": [4294967296]})", kUnsupported},
      {kText, R"({"prompt": "x", "max_tokens": 0})", kField},
      {kText, R"({"prompt": "x", "max_tokens": 1e9})", kField},
      {kText, R"({"prompt": "x", "max_tokens": "9"})", kField},
      {kText, R"({"prompt": "x", "n": 2})", kUnsupported},
      {kText, R"({"prompt": "x", "stream": "yes"})", kField},
      {kText, R"({"prompt": "x", "stream_options": 1})", kField},
  };
  for (const Refused& one : refused) {
    const auto request = ParseCompletionRequest(one.api, one.body);
    ASSERT_FALSE(request) << one.body;
    EXPECT_EQ(request.error().code, one.code) << one.body;
  }
}

}  // namespace
}  // namespace falsify::harness
