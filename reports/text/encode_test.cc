#include "reports/text/encode.h"

#include <array>
#include <cstdio>
#include <memory>
#include <string>
#include <string_view>

#include "gtest/gtest.h"

namespace falsify::reports {
namespace {

using namespace std::string_literals;

std::string Text(std::string_view text) { return MarkdownText(Untrusted(text)); }
std::string Span(std::string_view text) { return MarkdownCode(Untrusted(text)); }

TEST(MarkdownText, LeavesPlainProseAlone) {
  EXPECT_EQ(Text("Loads in 1.5x, half-open (2026-01-21)!"),
            "Loads in 1.5x, half-open (2026-01-21)!");
  EXPECT_EQ(Text("2.0 fs_read"), "2.0 fs_read");
}

TEST(MarkdownText, EscapesWhatMarkdownActsOn) {
  EXPECT_EQ(Text("*b* _i_ `c` [l](u) <i> ~ \\ a & b|c"),
            "\\*b\\* \\_i\\_ \\`c\\` \\[l\\](u) \\<i\\> \\~ \\\\ a &amp; b&#124;c");
}

TEST(MarkdownText, CannotBeginAListOrARule) {
  EXPECT_EQ(Text("- item"), "\\- item");
  EXPECT_EQ(Text("+ item"), "\\+ item");
  EXPECT_EQ(Text("12. item"), "12\\. item");
  EXPECT_EQ(Text("12) item"), "12\\) item");
  EXPECT_EQ(Text("---"), "\\---");
  EXPECT_EQ(Text("# heading"), "\\# heading");
  EXPECT_EQ(Text("-5 and 2.5"), "-5 and 2.5");
}

TEST(MarkdownText, ShowsWhatAForgeWouldLinkAsCode) {
  EXPECT_EQ(Text("ask @mention"), "`ask @mention`");
  EXPECT_EQ(Text("see http://x"), "`see http://x`");
  EXPECT_EQ(Text("WWW.example.org"), "`WWW.example.org`");
  EXPECT_EQ(Text("closes #12"), "`closes #12`");
  EXPECT_EQ(Text("![img](http://x)"), "`![img](http://x)`");
  EXPECT_EQ(Text("50 % of $ and @ alone"), "50 % of \\$ and \\@ alone");
}

TEST(MarkdownText, PutsEverythingOnOneLineWithoutControls) {
  EXPECT_EQ(Text("a\nb\tc\r"), "a\\\\x0ab\\\\x09c\\\\x0d");
  EXPECT_EQ(Text("\x1b[31m"), "\\\\x1b\\[31m");
  EXPECT_EQ(Text("\xe2\x80\xae!"), "\\\\u\\{202e\\}!");
  EXPECT_EQ(Text("\xff"), "\\\\xff");
  EXPECT_EQ(Text("µ"), "µ");
}

TEST(MarkdownText, SaysThatNothingIsThere) {
  EXPECT_EQ(Text(""), "(empty)");
  EXPECT_EQ(Span(""), "(empty)");
}

TEST(MarkdownText, CutsLongTextAndSaysHowMuchIsMissing) {
  const std::string cut = Text(std::string(10000, 'w'));
  EXPECT_EQ(cut, std::string(400, 'w') + "… (9600 more bytes)");
}

TEST(MarkdownText, CutsBetweenCharacters) {
  EXPECT_EQ(MarkdownText(Untrusted("aµµ", 4)), "aµ… (2 more bytes)");
  EXPECT_EQ(MarkdownText(Untrusted("aµµ", 3)), "aµ… (2 more bytes)");
}

TEST(MarkdownCode, FencesLongerThanAnyRunOfBackticksInside) {
  EXPECT_EQ(Span("ttft"), "`ttft`");
  EXPECT_EQ(Span("a`b"), "``a`b``");
  EXPECT_EQ(Span("a``b`c"), "```a``b`c```");
  EXPECT_EQ(Span("`"), "`` ` ``");
  EXPECT_EQ(Span(" a "), "`  a  `");
}

TEST(MarkdownFence, CannotBeClosedFromInside) {
  EXPECT_EQ(MarkdownFence(Untrusted("```\n# x\n"), "> ", 5), "````text\n> ```\n> # x\n````\n");
}

TEST(MarkdownFence, KeepsTheLastLinesAndCutsLongOnes) {
  const std::string fence =
      MarkdownFence(Untrusted("1\n2\n3\n" + std::string(300, 'x'), 4096), "", 2);
  EXPECT_EQ(fence, "```text\n(2 earlier lines left out)\n3\n" + std::string(200, 'x') +
                       "… (100 more bytes)\n```\n");
}

TEST(MarkdownFence, ShowsControlsAndExpandsTabs) {
  EXPECT_EQ(MarkdownFence(Untrusted("\ta\x1b]0;t\x07\r"), "", 9),
            "```text\n    a\\x1b]0;t\\x07\\x0d\n```\n");
}

TEST(TerminalText, CannotActOnATerminalOrACiRunner) {
  EXPECT_EQ(TerminalText(Untrusted("a\x1b[2Jb\nc")), "a\\x1b[2Jb\\x0ac");
  EXPECT_EQ(TerminalText(Untrusted("##[add-path]x ##vso[x] ##teamcity[x]")),
            "#\\u{23}[add-path]x #\\u{23}vso[x] #\\u{23}teamcity[x]");
}

TEST(SarifText, HoldsNoLinkAndNothingThatActs) {
  EXPECT_EQ(SarifText(Untrusted("see [here](https://e.vil) or [a](1), [1 s, 2 s]")),
            "see [here] (https://e.vil) or [a] (1), [1 s, 2 s]");
  EXPECT_EQ(SarifText(Untrusted("\x1b[31m")), "\\x1b[31m");
  EXPECT_EQ(SarifText(Untrusted("")), "");
}

TEST(UriPath, EncodesWhatAUriReferenceMayNotHold) {
  EXPECT_EQ(UriPath("fixtures/studies/t-qa_019b~.yaml"), "fixtures/studies/t-qa_019b~.yaml");
  EXPECT_EQ(UriPath("my study#1.yaml"), "my%20study%231.yaml");
  EXPECT_EQ(UriPath("a:b%20\n\xff"), "a%3Ab%2520%0A%FF") << "nor is a colon a scheme's";
}

TEST(ShellWord, LeavesHarmlessWordsAlone) {
  EXPECT_EQ(ShellWord("fixtures/studies/t-qa-019b.yaml"), "fixtures/studies/t-qa-019b.yaml");
  EXPECT_EQ(ShellWord("--set=a=1"), "--set=a=1");
}

TEST(ShellWord, QuotesEverythingElse) {
  EXPECT_EQ(ShellWord(""), "''");
  EXPECT_EQ(ShellWord("a b"), "'a b'");
  EXPECT_EQ(ShellWord("it's"), "'it'\\''s'");
  EXPECT_EQ(ShellWord("$(reboot)`x`"), "'$(reboot)`x`'");
  EXPECT_EQ(ShellWord("a\nb"), "'a'$'\\n''b'");
  EXPECT_EQ(ShellWord("~"), "'~'");
  EXPECT_EQ(ShellWord("=ls"), "'=ls'");
  EXPECT_EQ(ShellWord("\xe2\x80\xae"), "''$'\\xe2\\x80\\xae'''");
}

std::string ReadBackByShell(const std::string& word) {
  const std::string command = "exec bash -c 'printf %s \"$1\"' - " + word;
  const std::string quoted = "bash <<'END_OF_COMMAND'\n" + command + "\nEND_OF_COMMAND\n";
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> pipe(::popen(quoted.c_str(), "r"),
                                                             &::pclose);
  std::string out;
  std::array<char, 256> buffer{};
  for (std::size_t got = 0; (got = std::fread(buffer.data(), 1, buffer.size(), pipe.get())) > 0;) {
    out.append(buffer.data(), got);
  }
  return out;
}

TEST(ShellWord, IsReadBackByAShellAsExactlyTheArgument) {
  for (const std::string& argument : {"plain"s, "it's"s, "$(echo no) `echo no` \\ \" ! ~ *"s,
                                      "a\nb\tc"s, "\x1b]0;x\x07"s, "µ"s, "\xff\xfe"s,
                                      "\xe2\x80\xae"s
                                      "abc"s,
                                      "-n"s}) {
    EXPECT_EQ(ReadBackByShell(ShellWord(argument)), argument) << ShellWord(argument);
  }
}

}  // namespace
}  // namespace falsify::reports
