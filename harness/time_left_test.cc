#include "harness/time_left.h"

#include "gtest/gtest.h"

namespace falsify::harness {
namespace {

constexpr criteria::Rules kRules = {.min_blocks = 5, .max_blocks = 60};

criteria::Judgement Standing(double falsify, double corroborate) {
  criteria::Judgement judgement;
  judgement.falsify = {.n = 0, .violations = 0, .e = falsify, .need = 100};
  judgement.corroborate = {.n = 0, .violations = 0, .e = corroborate, .need = 10'000};
  return judgement;
}

TEST(BlocksLeft, GoesOnAsTheBetThatIsNearerToItsEndWentSoFar) {
  EXPECT_EQ(BlocksLeft(Standing(0.1, 100), kRules, 8), 8);
  EXPECT_EQ(BlocksLeft(Standing(10, 100), kRules, 8), 8);
  EXPECT_EQ(BlocksLeft(Standing(50, 1), kRules, 17), 4);
}

TEST(BlocksLeft, StaysWithinWhatTheRulesAllow) {
  EXPECT_EQ(BlocksLeft(Standing(1, 1), kRules, 0), 5);
  EXPECT_EQ(BlocksLeft(Standing(1, 0.5), kRules, 10), 50);
  EXPECT_EQ(BlocksLeft(Standing(1.01, 1), kRules, 50), 10);
  EXPECT_EQ(BlocksLeft(Standing(99, 1), kRules, 2), 3);
  EXPECT_EQ(BlocksLeft(Standing(1, 1), kRules, 70), 0);
}

}  // namespace
}  // namespace falsify::harness
