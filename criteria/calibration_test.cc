#include "criteria/calibration.h"

#include <algorithm>
#include <array>
#include <boost/math/distributions/binomial.hpp>
#include <cmath>
#include <cstdint>
#include <functional>
#include <numbers>
#include <ostream>
#include <random>
#include <string>
#include <tuple>
#include <vector>

#include "criteria/order.h"
#include "criteria/testing.h"
#include "gtest/gtest.h"

namespace falsify::criteria {
namespace {

constexpr double kSixDecimals = 5e-7;
constexpr int kStudies = 20000;

// 1. Exact.

TEST(CalibrationExact, AMedianAtTheBoundary) {
  const Rates rates = WalkLattice(0.5, {}, 0.5);
  EXPECT_NEAR(rates.pass, 0.037965, kSixDecimals);
  EXPECT_NEAR(rates.falsified, 0.037965, kSixDecimals);
  EXPECT_NEAR(rates.mean_blocks, 40.0953, 5e-5);
}

TEST(CalibrationExact, AMedianThatAQuarterViolates) {
  const Rates rates = WalkLattice(0.5, {}, 0.25);
  EXPECT_NEAR(rates.pass, 0.898465, kSixDecimals);
  EXPECT_NEAR(rates.falsified, 0.000978, kSixDecimals);
  EXPECT_NEAR(rates.mean_blocks, 27.7565, 5e-5);
}

TEST(CalibrationExact, AMedianOfFourLeaves) {
  EXPECT_NEAR(WalkLattice(0.5, {.leaves = 4}, 0.5).falsified, 0.005740, kSixDecimals);
}

TEST(CalibrationExact, TailsAtTheBoundary) {
  const Rates p90 = WalkLattice(1 - 0.9, {.max_blocks = 75}, 0.1);
  EXPECT_NEAR(p90.pass, 0.032260, kSixDecimals);
  EXPECT_NEAR(p90.falsified, 0.007043, kSixDecimals);
  const Rates p95 = WalkLattice(1 - 0.95, {.max_blocks = 153}, 0.05);
  EXPECT_NEAR(p95.pass, 0.031962, kSixDecimals);
  EXPECT_NEAR(p95.falsified, 0.006314, kSixDecimals);
  EXPECT_NEAR(p95.mean_blocks, 139.2230, 5e-5);
}

// 2. Monte Carlo through the whole criterion.

class Draws {
 public:
  explicit Draws(std::uint64_t seed) : random_(seed) {}

  /// In (0, 1].
  double Uniform() { return 1 - std::generate_canonical<double, 53>(random_); }
  double LogNormal(double s) { return std::exp(s * normal_(random_)); }

 private:
  std::mt19937_64 random_;
  std::normal_distribution<> normal_;
};

double LogNormalCdf(double x, double s) {
  return std::erfc(-std::log(x) / (s * std::numbers::sqrt2)) / 2;
}

double Stall(double u) { return 1 + 0.2 * std::pow(u, -2.0 / 3); }

/// A positive value with a known distribution function.
struct Times {
  std::string name;
  std::function<double(Draws&)> draw;
  std::function<double(double)> cdf;
};
std::ostream& operator<<(std::ostream& out, const Times& times) { return out << times.name; }

Times LogNormalTimes() {
  return {"LogNormal", [](Draws& draws) { return draws.LogNormal(0.1); },
          [](double x) { return LogNormalCdf(x, 0.1); }};
}

/// One in ten stalls, by a factor without a variance.
Times StallingTimes() {
  const auto draw = [](Draws& draws) {
    const double x = draws.LogNormal(0.05);
    return draws.Uniform() < 0.1 ? x * Stall(draws.Uniform()) : x;
  };
  const auto cdf = [](double x) {
    constexpr int kSteps = 2000;
    double stalled = 0;
    for (int i = 0; i < kSteps; ++i) {
      stalled += LogNormalCdf(x / Stall((i + 0.5) / kSteps), 0.05) / kSteps;
    }
    return 0.9 * LogNormalCdf(x, 0.05) + 0.1 * stalled;
  };
  return {"ParetoStalls", draw, cdf};
}

Times TwoModes() {
  return {"TwoModes",
          [](Draws& draws) { return draws.LogNormal(0.05) * (draws.Uniform() < 0.6 ? 1 : 1.6); },
          [](double x) { return 0.6 * LogNormalCdf(x, 0.05) + 0.4 * LogNormalCdf(x / 1.6, 0.05); }};
}

double TrueQuantile(const Times& times, double q) {
  double low = 0;
  double high = 1000;
  while (high - low > 1e-12) {
    const double middle = (low + high) / 2;
    (times.cdf(middle) < q ? low : high) = middle;
  }
  return high;
}

Rates RatesOf(const Times& times, const Claim& claim, int max_blocks, std::uint64_t seed) {
  Draws draws(seed);
  const Rules rules = {.max_blocks = max_blocks};
  return Simulate(
      kStudies, max_blocks, [&] { return testing::Plain(times.draw(draws)); },
      JudgedBy(claim, rules));
}

std::string FormName(Form form) { return form == Form::kBelow ? "Below" : "Above"; }

using Cell = std::tuple<Times, Form>;
std::string CellName(const ::testing::TestParamInfo<Cell>& cell) {
  return std::get<Times>(cell.param).name + FormName(std::get<Form>(cell.param));
}

class CalibrationMonteCarlo : public ::testing::TestWithParam<Cell> {
 protected:
  const Times& times() const { return std::get<Times>(GetParam()); }
  Form form() const { return std::get<Form>(GetParam()); }
};

TEST_P(CalibrationMonteCarlo, AMedianAtTheBoundaryIsDecidedFalselyAsOftenAsDeclared) {
  const Claim claim = {.form = form(), .threshold = TrueQuantile(times(), 0.5)};
  const Rates rates = RatesOf(times(), claim, 60, 1);
  EXPECT_LE(rates.pass, MostFalseRate(0.05, kStudies));
  EXPECT_LE(rates.falsified, MostFalseRate(0.05, kStudies));
  EXPECT_GE(rates.pass, 0.025) << "a test that never decides is no test";
  EXPECT_GE(rates.falsified, 0.025) << "a test that never decides is no test";
}

TEST_P(CalibrationMonteCarlo, ATailAtTheBoundaryIsDecidedFalselyAsRarelyAsDeclared) {
  const double q = form() == Form::kBelow ? 0.9 : 0.1;
  const Claim claim = {.form = form(), .threshold = TrueQuantile(times(), q), .quantile = q};
  const Rates rates = RatesOf(times(), claim, 75, 2);
  EXPECT_LE(rates.pass, MostFalseRate(0.05, kStudies));
  EXPECT_LE(rates.falsified, MostFalseRate(0.05, kStudies));
  EXPECT_GT(rates.pass, 0);
  EXPECT_GT(rates.falsified, 0);
}

TEST_P(CalibrationMonteCarlo, AClearCaseIsDecidedRightAtOnce) {
  for (const double ratio : {0.5, 2.0}) {
    const Claim claim = {.form = form(), .threshold = TrueQuantile(times(), 0.5) / ratio};
    const Rates rates = RatesOf(times(), claim, 60, 3);
    const bool holds = (ratio < 1) == (form() == Form::kBelow);
    EXPECT_NEAR(holds ? rates.pass : rates.falsified, 1, 1e-9) << ratio;
    EXPECT_LE(rates.mean_blocks, 5.5) << ratio;
  }
}

TEST_P(CalibrationMonteCarlo, AQuantileAtTheEdgeOfBetweenIsDecidedFalselyAsRarelyAsDeclared) {
  const double median = TrueQuantile(times(), 0.5);
  const bool at_upper = form() == Form::kBelow;
  const Claim claim = {.form = Form::kBetween,
                       .threshold = at_upper ? median / 2 : median,
                       .upper_threshold = at_upper ? median : 2 * median};
  const Rates rates = RatesOf(times(), claim, 60, 5);
  EXPECT_LE(rates.pass, MostFalseRate(0.05, kStudies));
  EXPECT_GE(rates.pass, 0.025) << "the far side is met, so this is the near side's rate";
  EXPECT_LE(rates.falsified, MostFalseRate(0.05, kStudies));
  EXPECT_GT(rates.falsified, 0.01);
}

INSTANTIATE_TEST_SUITE_P(Cells, CalibrationMonteCarlo,
                         ::testing::Combine(::testing::Values(LogNormalTimes(), StallingTimes(),
                                                              TwoModes()),
                                            ::testing::Values(Form::kBelow, Form::kAbove)),
                         CellName);

/// Blocks whose true exponents, overall and at the top, are `exponent`.
BlockValue ScalingBlock(Draws& draws, double exponent) {
  const std::vector<double> sizes = {0x1p20, 0x1p24, 0x1p28, 0x1p32};
  std::vector<Interval> times;
  for (const double size : sizes) {
    const double time = std::pow(size, exponent) * draws.LogNormal(0.1);
    times.push_back({time, time});
  }
  const Exponents excess = ExcessExponents(Order{}, sizes, times);
  return {.x = excess.overall, .top = excess.top};
}

constexpr double kTolerance = 0.1;
constexpr Claim kConstantOrder = {.form = Form::kOrder, .threshold = kTolerance};

TEST(CalibrationOrder, IsDecidedFalselyAsRarelyAsDeclaredAtTheTolerance) {
  Draws draws(6);
  const Rates rates = Simulate(
      kStudies, 60, [&] { return ScalingBlock(draws, kTolerance); }, JudgedBy(kConstantOrder, {}));
  EXPECT_LE(rates.pass, MostFalseRate(0.05, kStudies));
  EXPECT_LE(rates.falsified, MostFalseRate(0.05, kStudies));
  EXPECT_GT(rates.pass, 0);
  EXPECT_GE(rates.falsified, 0.02);
}

TEST(CalibrationOrder, IsDecidedRightAtOnceFarFromTheTolerance) {
  Draws draws(7);
  const auto rates_at = [&](double exponent) {
    return Simulate(
        kStudies, 60, [&] { return ScalingBlock(draws, exponent); }, JudgedBy(kConstantOrder, {}));
  };
  const Rates flat = rates_at(0);
  EXPECT_GE(flat.pass, 0.999);
  EXPECT_LE(flat.mean_blocks, 8) << "two standard deviations of the top exponent away";
  const Rates linear = rates_at(1);
  EXPECT_NEAR(linear.falsified, 1, 1e-9);
  EXPECT_LE(linear.mean_blocks, 5.5);
}

// 3. The calibration's own controls.

/// A sign test at 5 % looked at after every block, which is the mistake that e-values are for.
Outcome PeekedSignTest(std::span<const BlockValue> blocks, double threshold) {
  int k = 0;
  for (int n = 1; n <= static_cast<int>(blocks.size()); ++n) {
    if (blocks[static_cast<std::size_t>(n) - 1].x.lo >= threshold) ++k;
    if (n < 5) continue;
    const auto at_most = [n](int count) {
      return boost::math::cdf(boost::math::binomial(n, 0.5), count);
    };
    if (at_most(n - k) <= 0.05) return {Verdict::kFalsified, n};
    if (at_most(k) <= 0.05) return {Verdict::kPass, n};
  }
  return {Verdict::kInconclusive, static_cast<int>(blocks.size())};
}

TEST(CalibrationControl, CatchesASignTestThatPeeks) {
  Draws draws(4);
  const auto peek = [](std::span<const BlockValue> blocks) { return PeekedSignTest(blocks, 1); };
  const Rates rates = Simulate(
      kStudies, 60, [&] { return testing::Plain(draws.LogNormal(0.1)); }, peek);
  EXPECT_GT(rates.pass, 2 * MostFalseRate(0.05, kStudies));
  EXPECT_GT(rates.falsified, 2 * MostFalseRate(0.05, kStudies));
  EXPECT_NEAR(rates.pass, 0.17, 0.02);
  EXPECT_NEAR(rates.falsified, 0.17, 0.02);
}

TEST(CalibrationControl, CatchesAJudgeOfTheLargerExponent) {
  Draws draws(8);
  const auto larger = [&] {
    const BlockValue block = ScalingBlock(draws, kTolerance);
    return testing::Plain(std::max(block.x.lo, block.top.lo));
  };
  const Rates rates = Simulate(kStudies, 60, larger, JudgedBy({.threshold = kTolerance}, {}));
  EXPECT_GT(rates.falsified, 2 * MostFalseRate(0.05, kStudies));
}

TEST(MostFalseRate, IsThreeStandardErrorsAboveTheDeclared) {
  EXPECT_NEAR(MostFalseRate(0.05, 20000), 0.0546, 5e-5);
}

}  // namespace
}  // namespace falsify::criteria
