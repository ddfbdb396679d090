#include <csignal>
#include <cstdio>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "harness/cli/tool.h"

/// `falsify serve` as its clients meet it.
namespace falsify::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

class ServeToolTest : public ToolTest {
 protected:
  void SetUp() override {
    ToolTest::SetUp();
    ASSERT_EQ(Run({"fixtures", "generate", "model.safetensors", "--tokenizer"}).exit_code, 0);
  }

  /// Waits until it says where it listens; its port.
  std::string PortOf() const {
    const std::string head = "http://127.0.0.1:";
    for (int i = 0; i < 1000; ++i) {
      const std::string said = Slurp(folder / "out");
      if (said.ends_with('\n')) {
        EXPECT_THAT(said, StartsWith(head));
        return said.substr(head.size(), said.size() - head.size() - 1);
      }
      usleep(10'000);
    }
    return "";
  }

  int Client(const std::string& command) const {
    const std::string line = command + " > " + (folder / "client").string() + " 2>&1";
    return std::system(line.c_str());
  }
};

TEST_F(ServeToolTest, SurvivesAThousandMalformedRequestsSlowClientsAndThoseThatLeave) {
  std::filesystem::remove(folder / "out");
  const pid_t pid = Start({"serve", "model.safetensors"});
  const std::string port = PortOf();
  const std::string script = std::string(FALSIFY_SOURCE_DIR) + "/fixtures/servers/harass.py";
  EXPECT_EQ(Client("timeout 200 python3 " + script + " " + port), 0) << Slurp(folder / "client");
  kill(pid, SIGTERM);
  const Ran served = Finish(pid);
  EXPECT_EQ(served.exit_code, 0) << served.err;
  EXPECT_EQ(served.signal, 0);
  EXPECT_EQ(served.err, "");
}

TEST_F(ServeToolTest, SaysInOneLineWhyItDoesNotServe) {
  Write("cut.safetensors", "short");
  const Ran cut = Run({"serve", "cut.safetensors"});
  EXPECT_EQ(cut.exit_code, 2);
  EXPECT_THAT(cut.err, HasSubstr("[ST_"));
  std::filesystem::remove(folder / "tokenizer.json");
  const Ran none = Run({"serve", "model.safetensors"});
  EXPECT_EQ(none.exit_code, 2);
  EXPECT_THAT(none.err, HasSubstr("no tokenizer.json beside it"));
  EXPECT_THAT(none.err, HasSubstr("[TOKENIZER_MISSING]"));
  const Ran loader = Run({"serve", "model.safetensors", "--loader", "mmapp"});
  EXPECT_EQ(loader.exit_code, 2);
  EXPECT_THAT(loader.err, HasSubstr("no loader \"mmapp\""));
  const Ran port = Run({"serve", "model.safetensors", "--port", "1", "--host", "203.0.113.1"});
  EXPECT_EQ(port.exit_code, 2);
  EXPECT_THAT(port.err, HasSubstr("[SERVE_BIND]"));
}

TEST_F(ServeToolTest, TokenizeShowsWhatAModelMakesOfAText) {
  const Ran ids = Run({"tokenize", "model.safetensors", "the end"});
  EXPECT_EQ(ids.exit_code, 0) << ids.err;
  const Ran chat = Run({"tokenize", "model.safetensors", "the end", "--chat", "chatml", "--json"});
  EXPECT_THAT(chat.out, HasSubstr("<|im_start|>"));
  Write("lines", "\"the end\"\n\"\"\n");
  EXPECT_THAT(Run({"tokenize", "model.safetensors", "--lines", "lines"}).out, HasSubstr("\n[]\n"));
  Write("lines", "the end\n");
  EXPECT_EQ(Run({"tokenize", "model.safetensors", "--lines", "lines"}).exit_code, 2);
  EXPECT_EQ(Run({"tokenize", "model.safetensors"}).exit_code, 2);
  EXPECT_THAT(Run({"tokenize", "model.safetensors", "x", "--chat", "alpaca"}).err,
              HasSubstr("no chat format \"alpaca\"; one of chatml, llama3 [USAGE]"));
}

}  // namespace
}  // namespace falsify::cli
