#include "loaders/tokenizer/byte_pairs.h"

#include <map>
#include <random>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace falsify::loaders {
namespace {

using ::testing::ElementsAre;

std::array<std::uint32_t, 256> BytesAsIds() {
  std::array<std::uint32_t, 256> ids = {};
  for (std::uint32_t byte = 0; byte < ids.size(); ++byte) ids[byte] = byte;
  return ids;
}

std::vector<std::uint32_t> Encoded(const BytePairs& pairs, std::string_view piece) {
  std::vector<std::uint32_t> ids;
  pairs.Encode(piece, ids);
  return ids;
}

TEST(BytePairs, MergesTheFirstOfTheMergesFirstAndTheLeftmostOfEquals) {
  BytePairs pairs(BytesAsIds());
  pairs.Add('b', 'c', 300);
  pairs.Add('a', 'b', 301);
  pairs.Add('a', 'a', 302);
  pairs.Add(302, 'a', 303);
  EXPECT_THAT(Encoded(pairs, "abc"), ElementsAre('a', 300));
  EXPECT_THAT(Encoded(pairs, "abab"), ElementsAre(301, 301));
  EXPECT_THAT(Encoded(pairs, "aaa"), ElementsAre(303));
  EXPECT_THAT(Encoded(pairs, "aaaa"), ElementsAre(302, 302)) << "before the rarer merge of three";
  EXPECT_THAT(Encoded(pairs, ""), ElementsAre());
}

/// What the words say, done as they say it: the lowest rank in the whole piece, the leftmost.
std::vector<std::uint32_t> Textbook(
    const std::map<std::pair<std::uint32_t, std::uint32_t>, std::pair<int, std::uint32_t>>& merges,
    std::string_view piece) {
  std::vector<std::uint32_t> ids(piece.begin(), piece.end());
  for (;;) {
    std::size_t best = ids.size();
    int rank = 1 << 30;
    for (std::size_t i = 0; i + 1 < ids.size(); ++i) {
      const auto merge = merges.find({ids[i], ids[i + 1]});
      if (merge == merges.end() || merge->second.first >= rank) continue;
      rank = merge->second.first;
      best = i;
    }
    if (best == ids.size()) return ids;
    ids[best] = merges.at({ids[best], ids[best + 1]}).second;
    ids.erase(ids.begin() + static_cast<std::ptrdiff_t>(best) + 1);
  }
}

TEST(BytePairs, DoesWhatTheTextbookDoes) {
  std::mt19937 random(1);
  for (int round = 0; round < 50; ++round) {
    BytePairs pairs(BytesAsIds());
    std::map<std::pair<std::uint32_t, std::uint32_t>, std::pair<int, std::uint32_t>> merges;
    std::vector<std::uint32_t> known = {'a', 'b', 'c'};
    for (int rank = 0; rank < 20; ++rank) {
      const std::pair pair(known[random() % known.size()], known[random() % known.size()]);
      const auto id = static_cast<std::uint32_t>(300 + rank);
      if (!merges.try_emplace(pair, merges.size(), id).second) continue;
      pairs.Add(pair.first, pair.second, id);
      known.push_back(id);
    }
    for (int text = 0; text < 20; ++text) {
      std::string piece;
      for (std::size_t i = random() % 60; i > 0; --i)
        piece += static_cast<char>('a' + random() % 3);
      EXPECT_EQ(Encoded(pairs, piece), Textbook(merges, piece)) << piece;
    }
  }
}

TEST(BytePairs, TakesAMegabyteOfOneWord) {
  BytePairs pairs(BytesAsIds());
  pairs.Add('a', 'a', 300);
  pairs.Add(300, 300, 301);
  EXPECT_EQ(Encoded(pairs, std::string(1 << 20, 'a')).size(), std::size_t{1} << 18);
}

}  // namespace
}  // namespace falsify::loaders
