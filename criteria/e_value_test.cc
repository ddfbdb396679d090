#include "criteria/e_value.h"

#include <boost/math/distributions/binomial.hpp>
#include <cmath>
#include <limits>
#include <optional>

#include "gtest/gtest.h"

namespace falsify::criteria {
namespace {

constexpr double kSixDecimals = 5e-7;
constexpr double kNulls[] = {0.01, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99};

TEST(EValue, GivesTheFiguresComputedElsewhere) {
  EXPECT_NEAR(EValue(1, 0, 0.5), 0.250000, kSixDecimals);
  EXPECT_NEAR(EValue(1, 1, 0.5), 1.750000, kSixDecimals);
  EXPECT_NEAR(EValue(2, 1, 0.5), 0.333333, kSixDecimals);
  EXPECT_NEAR(EValue(5, 4, 0.5), 0.950000, kSixDecimals);
  EXPECT_NEAR(EValue(10, 8, 0.5), 2.001010, kSixDecimals);
  EXPECT_NEAR(EValue(20, 15, 0.5), 3.177761, kSixDecimals);
  EXPECT_NEAR(EValue(60, 40, 0.5), 4.486625, kSixDecimals);
  EXPECT_NEAR(EValue(1, 1, 0.05), 15.250000, kSixDecimals);
  EXPECT_NEAR(EValue(5, 4, 0.95), 0.268251, kSixDecimals);
  EXPECT_NEAR(EValue(10, 8, 0.9), 0.210159, kSixDecimals);
  EXPECT_NEAR(EValue(67, 67, 0.95), 19.972616, kSixDecimals);
  EXPECT_NEAR(EValue(68, 68, 0.95), 20.963451, kSixDecimals);
}

TEST(EValue, StartsAtOne) {
  for (const double p0 : kNulls) EXPECT_DOUBLE_EQ(EValue(0, 0, p0), 1);
}

TEST(EValue, IsAFairGameAtTheNull) {
  for (const double p0 : kNulls) {
    for (int n = 0; n < 80; ++n) {
      for (int k = 0; k <= n; ++k) {
        const double next = p0 * EValue(n + 1, k + 1, p0) + (1 - p0) * EValue(n + 1, k, p0);
        const double now = EValue(n, k, p0);
        ASSERT_NEAR(next / now, 1, 1e-12) << "n " << n << " k " << k << " p0 " << p0;
      }
    }
  }
}

TEST(EValue, IsALosingGameBelowTheNull) {
  for (const double p0 : kNulls) {
    for (int n = 0; n < 40; ++n) {
      for (int k = 0; k <= n; ++k) {
        const double p = 0.8 * p0;
        const double next = p * EValue(n + 1, k + 1, p0) + (1 - p) * EValue(n + 1, k, p0);
        ASSERT_LT(next, EValue(n, k, p0)) << "n " << n << " k " << k << " p0 " << p0;
      }
    }
  }
}

/// The same wealth by binomial probabilities; absent where those leave the range of a double.
std::optional<double> EValueByBoost(int n, int k, double p0) {
  using boost::math::binomial;
  const double probability = pdf(binomial(n, p0), k);
  if (probability < 1e-280) return std::nullopt;
  const double spread = cdf(binomial(n + 1, p0), k) / ((n + 1) * (1 - p0) * probability);
  const double all_in = k == n ? std::pow(p0, -n) : 0;
  return (all_in + spread) / 2;
}

TEST(EValue, AgreesWithBoost) {
  int compared = 0;
  for (const double p0 : kNulls) {
    for (const int n : {1, 2, 7, 40, 153, 777}) {
      for (int k = 0; k <= n; ++k) {
        const std::optional<double> expected = EValueByBoost(n, k, p0);
        if (!expected) continue;
        ++compared;
        ASSERT_NEAR(EValue(n, k, p0) / *expected, 1, 1e-11) << n << " " << k << " " << p0;
      }
    }
  }
  EXPECT_GT(compared, 4000);
}

TEST(EValue, GrowsWithViolationsAndNeverOverflows) {
  for (const double p0 : {1e-12, 0.01, 0.5}) {
    double before = 0;
    for (int k = 0; k <= 2000; k += 40) {
      const double now = EValue(2000, k, p0);
      ASSERT_GE(now, before);
      ASSERT_LE(now, 1e300);
      before = now;
    }
    EXPECT_DOUBLE_EQ(EValue(2000, 2000, p0), 1e300);
  }
}

TEST(EValue, NeverExceedsOneWhileViolationsAreAsRareAsAllowed) {
  for (const double p0 : kNulls) {
    for (int n = 1; n < 60; ++n) {
      for (int k = 0; k <= p0 * n && k < n; ++k) ASSERT_LE(EValue(n, k, p0), 1) << n << " " << k;
    }
  }
}

TEST(Reaches, ForgivesRoundingOnly) {
  EXPECT_TRUE(Reaches(20, 20));
  EXPECT_TRUE(Reaches(20 * (1 - 0.9e-9), 20));
  EXPECT_FALSE(Reaches(20 * (1 - 1.1e-9), 20));
  EXPECT_FALSE(Reaches(std::numeric_limits<double>::quiet_NaN(), 20));
}

TEST(MostViolationsToPass, GivesTheTabulatedFiguresOfAMedian) {
  const auto most = [](int n) { return MostViolationsToPass(n, 0.5, 20); };
  for (int n = 0; n <= 4; ++n) EXPECT_EQ(most(n), std::nullopt) << n;
  for (int n = 5; n <= 11; ++n) EXPECT_EQ(most(n), 0) << n;
  for (int n = 12; n <= 15; ++n) EXPECT_EQ(most(n), 1) << n;
  for (int n = 16; n <= 18; ++n) EXPECT_EQ(most(n), 2) << n;
  for (int n = 19; n <= 21; ++n) EXPECT_EQ(most(n), 3) << n;
  for (int n = 22; n <= 24; ++n) EXPECT_EQ(most(n), 4) << n;
  for (int n = 25; n <= 27; ++n) EXPECT_EQ(most(n), 5) << n;
  EXPECT_EQ(most(40), 10);
  EXPECT_EQ(most(50), 14);
  EXPECT_EQ(most(60), 18);
}

TEST(FewestViolationsToFalsify, IsTheFirstCountThatReaches) {
  for (const double p0 : kNulls) {
    for (const double need : {1.0, 20.0, 80.0}) {
      for (int n = 0; n <= 60; ++n) {
        std::optional<int> expected;
        for (int k = n; k >= 0; --k) {
          if (Reaches(EValue(n, k, p0), need)) expected = k;
        }
        ASSERT_EQ(FewestViolationsToFalsify(n, p0, need), expected) << n << " " << p0;
      }
    }
  }
}

TEST(UpperViolationShare, GivesTheFiguresComputedElsewhere) {
  EXPECT_NEAR(UpperViolationShare(5, 0, 20), 0.493609, kSixDecimals);
  EXPECT_NEAR(UpperViolationShare(20, 0, 20), 0.157654, kSixDecimals);
  EXPECT_NEAR(UpperViolationShare(20, 2, 20), 0.401727, kSixDecimals);
  EXPECT_NEAR(UpperViolationShare(60, 0, 20), 0.055686, kSixDecimals);
}

TEST(UpperViolationShare, IsOneIfNothingOrOnlyViolationsWereSeen) {
  EXPECT_EQ(UpperViolationShare(0, 0, 20), 1);
  EXPECT_EQ(UpperViolationShare(7, 7, 20), 1);
}

TEST(UpperViolationShare, IsTheLeastShareThatIsCorroborated) {
  for (int n = 1; n <= 60; ++n) {
    for (int k = 0; k < n; ++k) {
      const double upper = UpperViolationShare(n, k, 20);
      ASSERT_GT(upper, static_cast<double>(k) / n);
      ASSERT_TRUE(Reaches(EValue(n, n - k, 1 - upper), 20)) << n << " " << k;
      ASSERT_FALSE(Reaches(EValue(n, n - k, 1 - upper + 1e-9), 20)) << n << " " << k;
    }
  }
}

}  // namespace
}  // namespace falsify::criteria
