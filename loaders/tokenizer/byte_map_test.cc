#include "loaders/tokenizer/byte_map.h"

#include <set>

#include "gtest/gtest.h"

namespace falsify::loaders {
namespace {

TEST(ByteMap, SpellsWhatIsNotPrintableBeyondLatinOne) {
  EXPECT_EQ(MapBytes("Az~!"), "Az~!");
  EXPECT_EQ(MapBytes("\n"), "\u010A");
  EXPECT_EQ(MapBytes(" "), "\u0120");
  EXPECT_EQ(MapBytes("\x7F"), "\u0121");
  EXPECT_EQ(MapBytes("\xA0"), "\u0142");
  EXPECT_EQ(MapBytes("\xAD"), "\u0143");
  EXPECT_EQ(MapBytes("\xFF"), "\u00FF");
}

TEST(ByteMap, GivesEveryByteASpellingOfItsOwnAndTakesItBack) {
  std::set<std::string> spellings;
  for (int byte = 0; byte < 256; ++byte) {
    const std::string bytes(1, static_cast<char>(byte));
    const std::string mapped = MapBytes(bytes);
    spellings.insert(mapped);
    EXPECT_EQ(UnmapBytes(mapped), bytes) << byte;
  }
  EXPECT_EQ(spellings.size(), 256U);
}

TEST(ByteMap, KnowsWhatStandsForNoByte) {
  EXPECT_EQ(UnmapBytes(" "), std::nullopt) << "a space is spelled otherwise";
  EXPECT_EQ(UnmapBytes("\u0144"), std::nullopt);
  EXPECT_EQ(UnmapBytes("\u4E2D"), std::nullopt);
  EXPECT_EQ(UnmapBytes("\xC4"), std::nullopt) << "half a character";
  EXPECT_EQ(UnmapBytes("\xC4z"), std::nullopt);
}

}  // namespace
}  // namespace falsify::loaders
