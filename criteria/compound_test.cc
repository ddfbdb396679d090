#include "criteria/compound.h"

#include <algorithm>
#include <vector>

#include "gtest/gtest.h"

namespace falsify::criteria {
namespace {

using enum Verdict;

Conclusion Came(Verdict verdict, double e_falsify = 1, double e_corroborate = 1) {
  return {verdict, e_falsify, e_corroborate};
}

TEST(AllOf, IsAsBadAsItsWorstMember) {
  const std::vector<Verdict> worst_first = {kFalsified, kError, kInvalid, kInconclusive, kPass};
  for (std::size_t worst = 0; worst < worst_first.size(); ++worst) {
    std::vector<Conclusion> members;
    for (std::size_t i = worst; i < worst_first.size(); ++i) {
      members.push_back(Came(worst_first[i]));
    }
    EXPECT_EQ(AllOf(members).verdict, worst_first[worst]);
    std::reverse(members.begin(), members.end());
    EXPECT_EQ(AllOf(members).verdict, worst_first[worst]) << "whatever the order";
  }
}

TEST(AllOf, PassesOnlyIfAllPass) {
  EXPECT_EQ(AllOf(std::vector{Came(kPass), Came(kPass)}).verdict, kPass);
  for (const Verdict other : {kFalsified, kError, kInvalid, kInconclusive}) {
    EXPECT_EQ(AllOf(std::vector{Came(kPass), Came(other), Came(kPass)}).verdict, other);
  }
}

TEST(AllOf, WeighsAgainstByTheMeanAndForByTheLeast) {
  const Conclusion all =
      AllOf(std::vector{Came(kPass, 0.1, 21), Came(kPass, 0.2, 40), Came(kFalsified, 29.7, 0.05)});
  EXPECT_NEAR(all.e_falsify.value(), 10, 1e-12);
  EXPECT_EQ(all.e_corroborate, 0.05);
}

TEST(AllOf, HoldsTheMostThatEvidenceMayBe) {
  const std::vector<Conclusion> members(3, Came(kFalsified, 1e300, 0));
  EXPECT_NEAR(AllOf(members).e_falsify.value() / 1e300, 1, 1e-12);
}

TEST(AllOf, HasNoEvidenceWhereAMemberHasNone) {
  const Conclusion invariant = {kPass, 0.1, {}};
  for (const auto& members :
       {std::vector{invariant, Came(kPass)}, std::vector{Came(kPass), invariant, Came(kPass)}}) {
    EXPECT_NE(AllOf(members).e_falsify, std::nullopt);
    EXPECT_EQ(AllOf(members).e_corroborate, std::nullopt);
  }
  const Conclusion crashed = {kError, {}, {}};
  EXPECT_EQ(AllOf(std::vector{Came(kPass), crashed, Came(kPass)}), crashed);
}

TEST(AllOf, OfNothingTestedIsInvalid) { EXPECT_EQ(AllOf({}), (Conclusion{kInvalid, {}, {}})); }

TEST(AllOf, MayHoldCompounds) {
  const Conclusion inner = AllOf(std::vector{Came(kPass, 2, 30), Came(kPass, 4, 25)});
  EXPECT_EQ(AllOf(std::vector{inner, Came(kPass, 5, 40)}), Came(kPass, 4, 25));
}

}  // namespace
}  // namespace falsify::criteria
