#include "loaders/error.h"

#include <cerrno>
#include <string>

#include "gtest/gtest.h"

namespace falsify {
namespace {

TEST(ErrorLine, SaysWhereWhatHintAndCode) {
  const Error error{"ST_TOO_SMALL", "a.safetensors", "3 B, expected 8 B", "is it complete?"};
  EXPECT_EQ(error.Line(), "a.safetensors: 3 B, expected 8 B; is it complete? [ST_TOO_SMALL]");
}

TEST(ErrorLine, LeavesOutWhatIsEmpty) {
  EXPECT_EQ((Error{"IO_READ", "", "cannot read", ""}).Line(), "cannot read [IO_READ]");
}

TEST(ErrorLine, IsOneLineWhateverTheFileSays) {
  const Error error{"ST_JSON", "a\nb", "c\r\nd\x1b[31m", "\t"};
  EXPECT_EQ(error.Line(), "a\\x0ab: c\\x0d\\x0ad\\x1b[31m; \\x09 [ST_JSON]");
}

TEST(Printable, LeavesOrdinaryTextAlone) {
  const std::string text = "model.layers.0 \"q\" \xC3\xA9 \xE2\x82\xAC \xF0\x9F\x99\x82";
  EXPECT_EQ(Printable(text), text);
}

TEST(Printable, EscapesControlCharactersOfBothRanges) {
  EXPECT_EQ(Printable(std::string("\0\x1f\x7f", 3)), "\\x00\\x1f\\x7f");
  EXPECT_EQ(Printable("\xC2\x80\xC2\x9B"), "\\x80\\x9b");  // C1, among them the one-byte CSI
}

TEST(Printable, EscapesWhatReordersOrHidesText) {
  EXPECT_EQ(Printable("\xE2\x80\xAE"), "\\u{202e}");
  EXPECT_EQ(Printable("\xE2\x81\xA6\xE2\x81\xA9"), "\\u{2066}\\u{2069}");
  EXPECT_EQ(Printable("\xE2\x80\x8B\xE2\x80\xA8\xEF\xBB\xBF"), "\\u{200b}\\u{2028}\\u{feff}");
}

TEST(Printable, EscapesInvalidUtf8ByteByByteAndGoesOn) {
  EXPECT_EQ(Printable("a\xFF z"), "a\\xff z");
  EXPECT_EQ(Printable("\xC0\xAF"), "\\xc0\\xaf");                    // overlong
  EXPECT_EQ(Printable("\xE0\x80\xAF"), "\\xe0\\x80\\xaf");           // overlong
  EXPECT_EQ(Printable("\xED\xA0\x80"), "\\xed\\xa0\\x80");           // a surrogate
  EXPECT_EQ(Printable("\xF4\x90\x80\x80"), "\\xf4\\x90\\x80\\x80");  // above U+10FFFF
  EXPECT_EQ(Printable("cut \xE2\x82"), "cut \\xe2\\x82");
}

TEST(SystemError, NamesTheActionAndTheReason) {
  EXPECT_EQ(SystemError("IO_OPEN", "/x", "open", ENOENT).Line(),
            "/x: cannot open: No such file or directory [IO_OPEN]");
}

TEST(Result, HoldsNoErrorUnlessToldSo) {
  const auto succeed = []() -> Result<void> { return {}; };
  const auto fail = []() -> Result<void> { return Fail({"X", "", "y", ""}); };
  EXPECT_TRUE(succeed().has_value());
  EXPECT_EQ(fail().error().code, "X");
}

}  // namespace
}  // namespace falsify
