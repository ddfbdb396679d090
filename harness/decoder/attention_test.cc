#include "harness/decoder/attention.h"

#include <cmath>
#include <limits>
#include <random>
#include <vector>

#include "gtest/gtest.h"
#include "harness/decoder/vector_ops.h"

namespace falsify::harness {
namespace {

std::vector<float> Normal(std::size_t count, unsigned seed) {
  std::mt19937 random(seed);
  std::normal_distribution<float> normal;
  std::vector<float> values(count);
  for (float& value : values) value = normal(random);
  return values;
}

TEST(Rotate, TurnsPairsHalfAHeadApartByPositionTimesFrequency) {
  const std::size_t lanes = 16;
  const RopeTable table = MakeRopeTable(/*head_dim=*/4, /*theta=*/100.0, lanes);
  std::vector<float> head(4 * lanes, 0.0F);
  head[0 * lanes + 3] = 1.0F;  // feature 0 of token 3
  head[3 * lanes + 5] = 2.0F;  // feature 3 of token 5
  Rotate(table, head.data());
  EXPECT_FLOAT_EQ(head[0 * lanes + 3], std::cos(3.0F));  // frequency 1
  EXPECT_FLOAT_EQ(head[2 * lanes + 3], std::sin(3.0F));
  EXPECT_FLOAT_EQ(head[1 * lanes + 5], -2.0F * std::sin(0.5F));  // frequency 100^(-1/2)
  EXPECT_FLOAT_EQ(head[3 * lanes + 5], 2.0F * std::cos(0.5F));
}

TEST(PartPairs, MovesTheFirstOfEachPairBeforeAllTheSecond) {
  const std::size_t lanes = 16;
  const RopeTable table = MakeRopeTable(/*head_dim=*/6, /*theta=*/100.0, lanes);
  std::vector<float> head(6 * lanes);
  for (std::size_t i = 0; i < head.size(); ++i) head[i] = static_cast<float>(i);
  std::vector<float> room(head.size());
  PartPairs(table, room.data(), head.data());
  const std::vector<std::size_t> was = {0, 2, 4, 1, 3, 5};
  for (std::size_t i = 0; i < head.size(); ++i) {
    EXPECT_EQ(head[i], static_cast<float>(was[i / lanes] * lanes + i % lanes)) << i;
  }
}

TEST(Attend, IsCausalSoftmax) {
  for (const std::size_t tokens : {1U, 9U, 16U, 37U}) {
    const HeadShape shape = {.head_dim = 6, .tokens = tokens, .lanes = PaddedLanes(tokens)};
    const std::vector<float> query = Normal(shape.head_dim * shape.lanes, 1);
    const std::vector<float> key = Normal(shape.head_dim * shape.lanes, 2);
    const std::vector<float> value = Normal(shape.head_dim * shape.lanes, 3);
    std::vector<float> scores(tokens * kLaneBlock);
    std::vector<float> out(shape.head_dim * shape.lanes);
    Attend(shape, query.data(), key.data(), value.data(), scores.data(), out.data());
    const auto at = [&](const std::vector<float>& matrix, std::size_t i, std::size_t token) {
      return static_cast<double>(matrix[i * shape.lanes + token]);
    };
    for (std::size_t t = 0; t < tokens; ++t) {
      std::vector<double> mixed(shape.head_dim, 0.0);
      double sum = 0.0;
      for (std::size_t u = 0; u <= t; ++u) {
        double dot = 0.0;
        for (std::size_t i = 0; i < shape.head_dim; ++i) dot += at(query, i, t) * at(key, i, u);
        const double weight = std::exp(dot / std::sqrt(6.0));
        sum += weight;
        for (std::size_t i = 0; i < shape.head_dim; ++i) mixed[i] += weight * at(value, i, u);
      }
      for (std::size_t i = 0; i < shape.head_dim; ++i) {
        EXPECT_NEAR(at(out, i, t), mixed[i] / sum, 1e-6) << tokens << " " << t;
      }
    }
  }
}

TEST(Attend, SurvivesScoresThatExpCannotHold) {
  const HeadShape shape = {.head_dim = 2, .tokens = 3, .lanes = kLaneBlock};
  const std::vector<float> query(2 * kLaneBlock, 1000.0F);
  std::vector<float> key(2 * kLaneBlock, -1000.0F);
  key[1] = key[kLaneBlock + 1] = 1000.0F;  // token 1 outweighs all
  std::vector<float> value(2 * kLaneBlock, 1.0F);
  value[1] = value[kLaneBlock + 1] = 5.0F;
  std::vector<float> scores(3 * kLaneBlock);
  std::vector<float> out(2 * kLaneBlock);
  Attend(shape, query.data(), key.data(), value.data(), scores.data(), out.data());
  EXPECT_EQ(out[0], 1.0F);
  EXPECT_EQ(out[1], 5.0F);
  EXPECT_EQ(out[2], 5.0F);
}

TEST(Attend, HidesNoBrokenKeyFromThoseWhoSeeIt) {
  const HeadShape shape = {.head_dim = 2, .tokens = 3, .lanes = kLaneBlock};
  const std::vector<float> ones(2 * kLaneBlock, 1.0F);
  std::vector<float> key = ones;
  key[1] = std::numeric_limits<float>::quiet_NaN();
  std::vector<float> scores(3 * kLaneBlock);
  std::vector<float> out(2 * kLaneBlock);
  Attend(shape, ones.data(), key.data(), ones.data(), scores.data(), out.data());
  EXPECT_EQ(out[0], 1.0F);
  EXPECT_TRUE(std::isnan(out[1]));
  EXPECT_TRUE(std::isnan(out[2]));
}

}  // namespace
}  // namespace falsify::harness
