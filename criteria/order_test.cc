#include "criteria/order.h"

#include <boost/math/statistics/linear_regression.hpp>
#include <cmath>
#include <cstddef>
#include <random>
#include <string>
#include <vector>

#include "criteria/testing.h"
#include "gtest/gtest.h"

namespace falsify::criteria {
namespace {

using testing::kInfinity;

constexpr double kSixDecimals = 5e-7;
constexpr double kMiB = 1 << 20;
const std::vector<double> kSizes = {kMiB, 16 * kMiB, 256 * kMiB, 4096 * kMiB};

constexpr Order kConstant = {.growth = Growth::kConstant};
constexpr Order kLog = {.growth = Growth::kLog};
constexpr Order kLinear = {.growth = Growth::kLinear};
constexpr Order kLinearLog = {.growth = Growth::kLinearLog};
constexpr Order Power(double k) { return {.growth = Growth::kPower, .power = k}; }

std::vector<Interval> Points(const std::vector<double>& values) {
  std::vector<Interval> points;
  for (const double value : values) points.push_back({value, value});
  return points;
}

TEST(ParseOrder, ReadsWhatNameWrites) {
  for (const Order& order :
       {kConstant, kLog, kLinear, kLinearLog, Power(2), Power(1.5), Power(0.25)}) {
    EXPECT_EQ(ParseOrder(Name(order)), order) << Name(order);
  }
  EXPECT_EQ(ParseOrder("O(1)"), kConstant);
  EXPECT_EQ(ParseOrder("O(log n)"), kLog);
  EXPECT_EQ(ParseOrder("O(n)"), kLinear);
  EXPECT_EQ(ParseOrder("O(n log n)"), kLinearLog);
  EXPECT_EQ(ParseOrder("O(n^2)"), Power(2));
  EXPECT_EQ(ParseOrder("O( n ^ 1.5 )"), Power(1.5));
}

TEST(ParseOrder, RefusesAnyOtherText) {
  for (const char* text : {"", "1", "o(1)", "O(2)", "O(n", "O(n^)", "O(n^0)", "O(n^-1)", "O(n^2)x",
                           "O(n^2x)", "O(n^inf)", "O(n^nan)", "O(2^n)", "O(n^k)"}) {
    const Result<Order> order = ParseOrder(text);
    ASSERT_FALSE(order) << text;
    EXPECT_EQ(order.error().code, "ORDER_UNKNOWN");
  }
  EXPECT_EQ(ParseOrder("O(m)").error().what, "\"O(m)\" is not an order of growth");
  EXPECT_EQ(ParseOrder("O(m)").error().hint,
            "use O(1), O(log n), O(n), O(n log n) or O(n^k) with k > 0");
}

TEST(CheckSizes, AcceptsAWideSweep) {
  EXPECT_TRUE(CheckSizes(kConstant, kSizes));
  EXPECT_TRUE(CheckSizes(kConstant, std::vector<double>{1, 2, 64}));
  EXPECT_TRUE(CheckSizes(kLog, std::vector<double>{2, 8, 128}));
}

Error Refused(const Order& order, const std::vector<double>& sizes) {
  const Result<void> checked = CheckSizes(order, sizes);
  return checked ? Error{} : checked.error();
}

TEST(CheckSizes, RefusesWhatCannotShowAnOrder) {
  EXPECT_EQ(Refused(kConstant, {}).code, "SWEEP_TOO_FEW");
  EXPECT_EQ(Refused(kConstant, {1, 64}).code, "SWEEP_TOO_FEW");
  EXPECT_EQ(Refused(kConstant, {1, 64}).what, "2 sizes cannot show an order");
  EXPECT_EQ(Refused(kConstant, {1, 1, 64}).code, "SWEEP_NOT_ASCENDING");
  EXPECT_EQ(Refused(kConstant, {1, 64, 8}).what, "size 8 follows 64");
  EXPECT_EQ(Refused(kConstant, {0, 8, 64}).code, "SWEEP_TOO_SMALL");
  EXPECT_EQ(Refused(kLog, {1, 8, 64}).what, "O(log n) is not positive at size 1");
  EXPECT_EQ(Refused(kLinearLog, {1, 8, 64}).code, "SWEEP_TOO_SMALL");
  EXPECT_EQ(Refused(kConstant, {1, 8, 63}).code, "SWEEP_TOO_NARROW");
  EXPECT_EQ(Refused(kConstant, {1, 8, 63}).what,
            "the last size is 63 times the first, less than 64");
  EXPECT_EQ(Refused(kConstant, {1, 8, kInfinity}).code, "SWEEP_TOO_SMALL");
}

void ExpectExponents(const Order& order, double overall, double top) {
  const Exponents excess = ExcessExponents(order, kSizes, Points({1.0e-3, 1.0e-3, 1.1e-3, 2.0e-3}));
  EXPECT_NEAR(excess.overall.lo, overall, kSixDecimals) << Name(order);
  EXPECT_NEAR(excess.top.lo, top, kSixDecimals) << Name(order);
  EXPECT_EQ(excess.overall.lo, excess.overall.hi);
  EXPECT_EQ(excess.top.lo, excess.top.hi);
}

TEST(ExcessExponents, GiveTheFiguresComputedElsewhere) {
  ExpectExponents(kConstant, 0.078438, 0.215624);
  ExpectExponents(kLog, 0.022022, 0.167463);
  ExpectExponents(kLinear, -0.921562, -0.784376);
  ExpectExponents(Power(2), 0.078438 - 2, 0.215624 - 2);
}

TEST(ExcessExponents, AreZeroForTheOrderItself) {
  for (const Order& order : {kConstant, kLog, kLinear, kLinearLog, Power(1.5)}) {
    std::vector<double> values;
    for (const double size : kSizes) values.push_back(3e-9 * std::exp(LogOf(order, size)));
    const Exponents excess = ExcessExponents(order, kSizes, Points(values));
    EXPECT_NEAR(excess.overall.lo, 0, 1e-12) << Name(order);
    EXPECT_NEAR(excess.top.hi, 0, 1e-12) << Name(order);
  }
}

TEST(ExcessExponents, DoNotDependOnTheUnits) {
  const std::vector<Interval> seconds = {{1, 2}, {1, 3}, {2, 2}, {4, 5}};
  std::vector<double> sizes_in_bits;
  std::vector<Interval> milliseconds;
  for (const double size : kSizes) sizes_in_bits.push_back(8 * size);
  for (const Interval& t : seconds) milliseconds.push_back({1000 * t.lo, 1000 * t.hi});
  for (const Order& order : {kConstant, kLinear, Power(2)}) {
    const Exponents one = ExcessExponents(order, kSizes, seconds);
    const Exponents other = ExcessExponents(order, sizes_in_bits, milliseconds);
    EXPECT_NEAR(one.overall.lo, other.overall.lo, 1e-12);
    EXPECT_NEAR(one.overall.hi, other.overall.hi, 1e-12);
    EXPECT_NEAR(one.top.lo, other.top.lo, 1e-12);
  }
}

TEST(ExcessExponents, BoundWhatATimeoutMayHide) {
  std::vector<Interval> values = Points({1, 1, 1, 64});
  const Exponents known = ExcessExponents(kConstant, kSizes, values);
  values.back().hi = kInfinity;
  const Exponents last = ExcessExponents(kConstant, kSizes, values);
  EXPECT_EQ(last.overall.lo, known.overall.lo);
  EXPECT_EQ(last.overall.hi, kInfinity);
  EXPECT_EQ(last.top.hi, kInfinity);
  values = Points({1, 1, 1, 64});
  values.front().hi = kInfinity;
  const Exponents first = ExcessExponents(kConstant, kSizes, values);
  EXPECT_EQ(first.overall.lo, -kInfinity);
  EXPECT_EQ(first.overall.hi, known.overall.hi);
  EXPECT_EQ(first.top.lo, known.top.lo) << "the smallest size is no part of it";
}

TEST(ExcessExponents, KnowNothingOfAFailedTrial) {
  std::vector<Interval> values = Points({1, 1, 1, 1});
  values[1] = {-kInfinity, kInfinity};
  const Exponents excess = ExcessExponents(kConstant, kSizes, values);
  EXPECT_EQ(excess.overall.lo, -kInfinity);
  EXPECT_EQ(excess.overall.hi, kInfinity);
  EXPECT_EQ(excess.top.hi, 0);
  values[3] = {std::nan(""), 1};
  EXPECT_EQ(ExcessExponents(kConstant, kSizes, values).top.hi, kInfinity);
}

TEST(ExcessExponents, TakeCountsOfNothingForFlat) {
  const Exponents none = ExcessExponents(kConstant, kSizes, Points({0, 0, 0, 0}));
  EXPECT_EQ(none.overall.lo, 0);
  EXPECT_EQ(none.overall.hi, 0);
  EXPECT_EQ(none.top.lo, 0);
  const Exponents some = ExcessExponents(kConstant, kSizes, Points({0, 0, 3, 3}));
  EXPECT_EQ(some.overall.lo, kInfinity) << "it grows from nothing";
  EXPECT_EQ(some.top.hi, 0);
  const Exponents unclear = ExcessExponents(kConstant, kSizes, Points({0, 3, 3, 0}));
  EXPECT_EQ(unclear.overall.lo, -kInfinity);
  EXPECT_EQ(unclear.overall.hi, kInfinity);
  EXPECT_EQ(unclear.top.hi, -kInfinity);
}

TEST(ExcessExponents, SeeAtTheTopWhatAFixedCostHides) {
  // 500 ms + 0.15 ms per MiB.
  std::vector<double> seconds;
  for (const double size : kSizes) seconds.push_back(0.5 + 0.00015 * size / kMiB);
  const Exponents excess = ExcessExponents(kConstant, kSizes, Points(seconds));
  EXPECT_LT(excess.overall.hi, 0.1);
  EXPECT_GT(excess.top.lo, 0.2);
}

/// Sizes that CheckSizes accepts, and intervals of values about them.
struct Sweep {
  std::vector<double> sizes;
  std::vector<Interval> values;

  explicit Sweep(std::mt19937_64& random) {
    std::uniform_real_distribution<> step(1, 64);
    std::lognormal_distribution<> value;
    sizes = {1000 * step(random)};
    for (int i = 0; i < 4; ++i) sizes.push_back(sizes.back() * (2 + step(random)));
    for (std::size_t i = 0; i < sizes.size(); ++i) {
      const double lo = value(random);
      values.push_back({lo, lo * (1 + value(random))});
    }
  }

  /// One value of each interval.
  std::vector<Interval> Pick(std::mt19937_64& random) const {
    std::vector<Interval> picked;
    for (const Interval& value : values) {
      const double x = std::uniform_real_distribution<>(value.lo, value.hi)(random);
      picked.push_back({x, x});
    }
    return picked;
  }
};

void ExpectWithin(const Interval& outer, const Interval& inner) {
  EXPECT_LE(outer.lo, inner.lo);
  EXPECT_LE(inner.lo, inner.hi);
  EXPECT_GE(outer.hi, inner.hi);
}

TEST(ExcessExponents, HoldWhateverTheValuesTrulyAre) {
  std::mt19937_64 random(1);
  for (int i = 0; i < 500; ++i) {
    const Sweep sweep(random);
    const Exponents bounds = ExcessExponents(kLinearLog, sweep.sizes, sweep.values);
    const Interval slope = SlopePerSize(sweep.sizes, sweep.values);
    for (int j = 0; j < 10; ++j) {
      const std::vector<Interval> truth = sweep.Pick(random);
      const Exponents excess = ExcessExponents(kLinearLog, sweep.sizes, truth);
      ExpectWithin(bounds.overall, excess.overall);
      ExpectWithin(bounds.top, excess.top);
      ExpectWithin(slope, SlopePerSize(sweep.sizes, truth));
    }
    ASSERT_FALSE(HasFailure());
  }
}

TEST(ExcessExponents, AgreeWithBoost) {
  using boost::math::statistics::simple_ordinary_least_squares;
  std::mt19937_64 random(2);
  for (int i = 0; i < 500; ++i) {
    const Sweep sweep(random);
    std::vector<double> log_sizes;
    std::vector<double> log_values;
    std::vector<double> values;
    for (const Interval& value : sweep.Pick(random)) values.push_back(value.lo);
    for (std::size_t j = 0; j < values.size(); ++j) {
      log_sizes.push_back(std::log(sweep.sizes[j]));
      log_values.push_back(std::log(values[j]) - 1.5 * std::log(sweep.sizes[j]));
    }
    const double exponent = simple_ordinary_least_squares(log_sizes, log_values).second;
    const double slope = simple_ordinary_least_squares(sweep.sizes, values).second;
    const Exponents excess = ExcessExponents(Power(1.5), sweep.sizes, Points(values));
    EXPECT_NEAR(excess.overall.lo, exponent, 1e-10);
    EXPECT_NEAR(SlopePerSize(sweep.sizes, Points(values)).lo / slope, 1, 1e-9);
  }
}

TEST(SlopePerSize, IsThatOfALine) {
  std::vector<double> seconds;
  for (const double size : kSizes) seconds.push_back(0.5 + 2e-10 * size);
  const Interval slope = SlopePerSize(kSizes, Points(seconds));
  EXPECT_NEAR(slope.lo, 2e-10, 1e-16);
  EXPECT_EQ(slope.lo, slope.hi);
}

TEST(SlopePerSize, IsBoundedAsItsValuesAre) {
  const std::vector<double> sizes = {0, 1, 2};
  const Interval slope = SlopePerSize(sizes, std::vector<Interval>{{1, 2}, {5, 9}, {3, 4}});
  EXPECT_EQ(slope.lo, 0.5);
  EXPECT_EQ(slope.hi, 1.5);
  const Interval timeout =
      SlopePerSize(sizes, std::vector<Interval>{{1, 1}, {1, 1}, {3, kInfinity}});
  EXPECT_EQ(timeout.lo, 1);
  EXPECT_EQ(timeout.hi, kInfinity);
  const Interval failed = SlopePerSize(sizes, std::vector<Interval>{{1, 1}, {-1, 1}, {3, 3}});
  EXPECT_EQ(failed.lo, -kInfinity);
  EXPECT_EQ(failed.hi, kInfinity);
}

TEST(FitAffine, FindsAFixedCostAndItsCrossover) {
  // The fourth source report's curve: 540 ms + 0.68 ms per MB.
  const std::vector<double> sizes = {1e6, 10e6, 100e6, 1000e6};
  std::vector<double> seconds;
  for (const double size : sizes) seconds.push_back(0.540 + 0.68e-9 * size);
  const AffineFit fit = FitAffine(sizes, seconds).value();
  EXPECT_NEAR(fit.fixed, 0.540, 1e-12);
  EXPECT_NEAR(fit.per_size, 0.68e-9, 1e-20);
  EXPECT_NEAR(fit.crossover.value(), 794e6, 0.2e6);
}

TEST(FitAffine, WeighsRelativeErrors) {
  // A tenth more at the largest size alone must not wipe out the fixed cost of the smallest.
  std::vector<double> seconds;
  for (const double size : kSizes) seconds.push_back(0.001 + 1e-9 * size);
  seconds.back() *= 1.1;
  EXPECT_NEAR(FitAffine(kSizes, seconds).value().fixed, 0.001, 0.0003);
}

TEST(FitAffine, LeavesRelativeErrorsThatNoOtherLineCouldLessen) {
  std::mt19937_64 random(3);
  for (int i = 0; i < 100; ++i) {
    const Sweep sweep(random);
    std::vector<double> typical;
    for (const Interval& value : sweep.values) typical.push_back(value.lo);
    const AffineFit best = FitAffine(sweep.sizes, typical).value();
    const auto squares = [&](double fixed, double per_size) {
      double sum = 0;
      for (std::size_t j = 0; j < typical.size(); ++j) {
        sum += std::pow((fixed + per_size * sweep.sizes[j]) / typical[j] - 1, 2);
      }
      return sum;
    };
    const double least = squares(best.fixed, best.per_size);
    for (const double nudge : {-1e-4, 1e-4}) {
      EXPECT_LT(least, squares(best.fixed + nudge, best.per_size));
      EXPECT_LT(least, squares(best.fixed, best.per_size * (1 + nudge)));
    }
  }
}

TEST(FitAffine, HasNoCrossoverWithoutBothParts) {
  EXPECT_EQ(FitAffine(kSizes, std::vector<double>{1, 1, 1, 1}).value().crossover, std::nullopt);
  EXPECT_EQ(FitAffine(kSizes, std::vector<double>{4, 3, 2, 1}).value().crossover, std::nullopt);
}

TEST(FitAffine, IsAbsentIfThereIsNoLine) {
  const std::vector<double> twice = {1, 1};
  EXPECT_FALSE(FitAffine(twice, std::vector<double>{1, 2}));
  EXPECT_FALSE(FitAffine({}, {}));
  EXPECT_FALSE(FitAffine(kSizes, std::vector<double>{0, 1, 2, 3}));
  EXPECT_FALSE(FitAffine(kSizes, std::vector<double>{1, 1, 2, kInfinity}));
}

TEST(GrowthInWords, SaysHowFarAndOverWhichRange) {
  const double growth = AllowedGrowth(0.1, kSizes.front(), kSizes.back());
  EXPECT_EQ(GrowthInWords(kConstant, growth, "1 MiB", "4 GiB"), "at most 2.3x from 1 MiB to 4 GiB");
  EXPECT_EQ(GrowthInWords(kLinear, growth, "1 MiB", "4 GiB"),
            "at most 2.3x beyond O(n) from 1 MiB to 4 GiB");
  EXPECT_EQ(GrowthInWords(kConstant, AllowedGrowth(0.01, 1, 4096), "1", "4096"),
            "at most 1.09x from 1 to 4096");
  EXPECT_EQ(GrowthInWords(kConstant, AllowedGrowth(0.5, 1, 4096), "1", "4096"),
            "at most 64x from 1 to 4096");
}

}  // namespace
}  // namespace falsify::criteria
