#include "loaders/formats/name_index.h"

#include <string>
#include <vector>

#include "gtest/gtest.h"

namespace falsify::loaders {
namespace {

TEST(NameIndex, FindsEveryNameAndNoOther) {
  std::vector<std::string> names;
  for (int i = 0; i < 5000; ++i) names.push_back("layer." + std::to_string(i));
  NameIndex index(names.size());
  for (std::size_t i = 0; i < names.size(); ++i) {
    ASSERT_EQ(index.Add(names[i], i), NameIndex::kNone);
  }
  for (std::size_t i = 0; i < names.size(); ++i) ASSERT_EQ(index.Find(names[i]), i);
  EXPECT_EQ(index.Find("layer."), NameIndex::kNone);
  EXPECT_EQ(index.Find("layer.5000"), NameIndex::kNone);
}

TEST(NameIndex, TellsWhichPositionHoldsTheNameAlready) {
  NameIndex index(2);
  const std::string first = "a";
  const std::string again = "a";
  EXPECT_EQ(index.Add(first, 7), NameIndex::kNone);
  EXPECT_EQ(index.Add(again, 8), 7U);
  EXPECT_EQ(index.Find("a"), 7U);
}

TEST(NameIndex, TakesTheEmptyNameAndAnEmptyList) {
  EXPECT_EQ(NameIndex(0).Find(""), NameIndex::kNone);
  NameIndex index(1);
  EXPECT_EQ(index.Add("", 0), NameIndex::kNone);
  EXPECT_EQ(index.Find(""), 0U);
}

}  // namespace
}  // namespace falsify::loaders
