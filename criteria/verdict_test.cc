#include "criteria/verdict.h"

#include <algorithm>
#include <vector>

#include "gtest/gtest.h"

namespace falsify::criteria {
namespace {

using enum Verdict;

constexpr Verdict kAll[] = {kPass, kFalsified, kInconclusive, kInvalid, kError};

TEST(Verdict, IsReadBackFromItsName) {
  for (const Verdict verdict : kAll) EXPECT_EQ(VerdictFromName(Name(verdict)), verdict);
  EXPECT_EQ(VerdictFromName("PASS"), kPass);
  EXPECT_EQ(VerdictFromName("FALSIFIED"), kFalsified);
  EXPECT_EQ(VerdictFromName("INCONCLUSIVE"), kInconclusive);
  EXPECT_EQ(VerdictFromName("INVALID"), kInvalid);
  EXPECT_EQ(VerdictFromName("ERROR"), kError);
}

TEST(Verdict, IsNotReadFromAnyOtherText) {
  for (const char* text : {"", "pass", "PASS ", "FAIL", "PASSED"}) {
    EXPECT_EQ(VerdictFromName(text), std::nullopt) << text;
  }
}

TEST(StudyVerdict, IsTheWorstInTheirOrder) {
  const std::vector<Verdict> worst_first = {kError, kFalsified, kInvalid, kInconclusive, kPass};
  for (std::size_t i = 0; i < worst_first.size(); ++i) {
    std::vector<Verdict> verdicts(worst_first.rbegin(), worst_first.rend() - static_cast<long>(i));
    EXPECT_EQ(StudyVerdict(verdicts), worst_first[i]);
    std::reverse(verdicts.begin(), verdicts.end());
    EXPECT_EQ(StudyVerdict(verdicts), worst_first[i]) << "whatever the order";
  }
}

TEST(StudyVerdict, IsPassOnlyIfAllPass) {
  EXPECT_EQ(StudyVerdict(std::vector{kPass, kPass, kPass}), kPass);
  for (const Verdict other : {kFalsified, kInconclusive, kInvalid, kError}) {
    EXPECT_EQ(StudyVerdict(std::vector{kPass, other, kPass}), other);
  }
}

TEST(StudyVerdict, OfNothingTestedIsInvalid) { EXPECT_EQ(StudyVerdict({}), kInvalid); }

TEST(ExitCode, IsZeroForPassAlone) {
  EXPECT_EQ(ExitCode(kPass), 0);
  EXPECT_EQ(ExitCode(kFalsified), 1);
  EXPECT_EQ(ExitCode(kInconclusive), 3);
  EXPECT_EQ(ExitCode(kInvalid), 3);
  EXPECT_EQ(ExitCode(kError), 4);
}

}  // namespace
}  // namespace falsify::criteria
