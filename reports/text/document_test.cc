#include "reports/text/document.h"

#include <string>

#include "gtest/gtest.h"

namespace falsify::reports {
namespace {

TEST(Table, LinesUpItsColumns) {
  Table table({{"name"}, {"size", Align::kRight}});
  table.Row({"µ", "1"});
  table.Row({"longer", "1000"});
  EXPECT_EQ(table.Markdown(),
            "| name   | size |\n"
            "| ------ | ---: |\n"
            "| µ      |    1 |\n"
            "| longer | 1000 |\n");
}

TEST(Table, EscapesPipesInTitlesAndCells) {
  Table table({{"a|b"}});
  table.Row({"`x|y`"});
  EXPECT_EQ(table.Markdown(), "| a\\|b   |\n| ------ |\n| `x\\|y` |\n");
}

TEST(Table, LeavesNoCellEmpty) {
  Table table({{"a"}, {"b"}});
  table.Row({""});
  EXPECT_EQ(table.Markdown(),
            "| a            | b            |\n"
            "| ------------ | ------------ |\n"
            "| not recorded | not recorded |\n");
}

TEST(Table, DoesNotPadForACellThatNoScreenShows) {
  Table table({{"a"}, {"b", Align::kRight}});
  table.Row({std::string(61, 'x'), "y"});
  EXPECT_EQ(table.Markdown(), "| a | b |\n| --- | --: |\n| " + std::string(61, 'x') + " | y |\n");
}

TEST(Document, SeparatesBlocksByOneBlankLine) {
  Document document;
  document.Heading(2, "Two");
  document.Bullets({"a", "b"});
  document.Bullets({});
  document.Add(Table({{"no rows"}}));
  document.Numbered({"c", "d"});
  document.Paragraph("end");
  EXPECT_EQ(document.text(), "## Two\n\n- a\n- b\n\n1. c\n2. d\n\nend\n");
}

TEST(Enumerate, ReadsAsASentence) {
  EXPECT_EQ(Enumerate({}), "");
  EXPECT_EQ(Enumerate({"a"}), "a");
  EXPECT_EQ(Enumerate({"a", "b"}), "a and b");
  EXPECT_EQ(Enumerate({"a", "b", "c"}), "a, b and c");
}

TEST(AtMost, SaysHowManyItLeftOut) {
  EXPECT_EQ(Enumerate(AtMost({"a", "b", "c", "d"}, 2)), "a, b and 2 more");
  EXPECT_EQ(Enumerate(AtMost({"a", "b"}, 2)), "a and b");
}

}  // namespace
}  // namespace falsify::reports
