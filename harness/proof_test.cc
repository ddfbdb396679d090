#include <algorithm>
#include <string>

#include "gmock/gmock.h"
#include "harness/scripted_run.h"

namespace falsify::harness {
namespace {

using criteria::Verdict;
using ::testing::HasSubstr;

class ProofTest : public ScriptedRun {
 protected:
  /// Every trial of every subject takes what `seconds` says of its model.
  void Takes(std::function<double(const TrialSpec&)> seconds) {
    runner.trial = [=](const TrialSpec& spec) { return Took(seconds(spec)); };
  }

  HypothesisRecord Only(const Study& study, const RunOptions& options = {.seed = 1}) {
    const Result<Record> record = Run(study, options);
    EXPECT_TRUE(record) << record.error().Line();
    if (!record || record->hypotheses.empty()) return {};
    exit_code = record->exit_code;
    return record->hypotheses.front();
  }

  static Study Of(Hypothesis hypothesis) {
    Study study = StudyOf({hypothesis.subject});
    study.hypotheses = {std::move(hypothesis)};
    return study;
  }

  int exit_code = -1;
};

Hypothesis LoadOrder(const std::string& order, std::vector<std::uint64_t> sizes) {
  Hypothesis h = TtftBelowTwo("H1", "s");
  h.measure = "load_time";
  h.workload = {};
  h.predict = {};
  h.predict.kind = Prediction::Kind::kOrder;
  h.predict.order = order;
  h.predict.threshold = 0.1;
  h.sweep = Sweep{.over = Sweep::Over::kPayload, .sizes = std::move(sizes)};
  return h;
}

double SizeOf(const TrialSpec& spec) {
  return std::stod(spec.model_path.substr(spec.model_path.find('@') + 1));
}

/// An opened model of which `bytes` were read and as many mapped in.
Observation Opened(double seconds, double bytes) {
  Observation seen = Took(seconds);
  seen.measures["bytes_read"] = bytes;
  seen.measures["resident_after_load"] = bytes;
  seen.measures["minor_faults"] = 100 + bytes / 4096;
  return seen;
}

TEST_F(ProofTest, SabotagesTheSubjectItselfAndSaysWhatItWouldHaveCaught) {
  Takes([](const TrialSpec&) { return 1.0; });
  const HypothesisRecord h = Only(Of(TtftBelowTwo("H1", "s")));
  EXPECT_EQ(h.verdict, Verdict::kPass);
  ASSERT_TRUE(h.control);
  EXPECT_EQ(h.control->sabotage, "a delay of 2 s");  // 1.5 x 2 s - 1 s
  EXPECT_EQ(h.control->verdict, Verdict::kFalsified);
  EXPECT_EQ(h.control->blocks, 5);
  EXPECT_NEAR(*h.control->caught_above, 1.0, 1e-5) << "trials without noise";
  EXPECT_TRUE(h.proved);
}

TEST_F(ProofTest, FindsTheSmallestViolationThatNoiseLeavesVisible) {
  // Sabotaged trials at 2.7, 2.85, .., 3.3 s: moved down by 0.7 s the fastest meets the claim.
  Takes([](const TrialSpec& spec) { return 0.7 + 0.15 * static_cast<double>(spec.number % 5); });
  const HypothesisRecord h = Only(Of(TtftBelowTwo("H1", "s")));
  ASSERT_TRUE(h.control && h.control->caught_above);
  EXPECT_GT(*h.control->caught_above, 1.05);
  EXPECT_LT(*h.control->caught_above, 1.25);
}

TEST_F(ProofTest, ATestWithoutTeethIsInvalid) {
  Takes([](const TrialSpec&) { return 1.0; });
  runner.obeys_sabotage = false;
  const HypothesisRecord h = Only(Of(TtftBelowTwo("H1", "s")));
  EXPECT_EQ(h.verdict, Verdict::kInvalid);
  EXPECT_THAT(h.why, HasSubstr("the test has no teeth: with a delay of 2 s"));
  EXPECT_EQ(exit_code, 3);
}

TEST_F(ProofTest, ASabotageTooSmallToBeSeenIsNoPass) {
  Hypothesis h = TtftBelowTwo("H1", "s");
  h.sabotage = 1.05;
  Takes([](const TrialSpec& spec) { return 0.5 + 0.3 * static_cast<double>(spec.number % 4); });
  EXPECT_NE(Only(Of(h)).verdict, Verdict::kPass);
}

TEST_F(ProofTest, IsLeftOutOnRequestAndSaysSo) {
  Takes([](const TrialSpec&) { return 1.0; });
  const HypothesisRecord h = Only(Of(TtftBelowTwo("H1", "s")), {.seed = 1, .prove = Prove::kNo});
  EXPECT_EQ(h.verdict, Verdict::kPass);
  EXPECT_FALSE(h.proved);
  EXPECT_FALSE(h.control);
  EXPECT_EQ(runner.trials.size(), 6U) << "a burn-in and five blocks";
}

TEST_F(ProofTest, WhatNoSabotageCanDoNeedsAControl) {
  Takes([](const TrialSpec&) { return 3.0; });
  Hypothesis h = TtftBelowTwo("H1", "s");
  h.predict.kind = Prediction::Kind::kAbove;
  const HypothesisRecord seen = Only(Of(h));
  EXPECT_EQ(seen.verdict, Verdict::kInvalid);
  EXPECT_THAT(seen.why, HasSubstr("no sabotage makes ttft smaller; name a control"));
}

TEST_F(ProofTest, OutOfTimeBeforeTheProofIsUndecided) {
  Takes([](const TrialSpec&) { return 1.0; });
  const HypothesisRecord h = Only(Of(TtftBelowTwo("H1", "s")), {.seed = 1, .max_seconds = 6.5});
  EXPECT_EQ(h.verdict, Verdict::kInconclusive);
  EXPECT_THAT(h.why, HasSubstr("the time was up before its test was seen to fail"));
}

TEST_F(ProofTest, AClaimBelowTheNoiseFloorIsInvalid) {
  Takes([](const TrialSpec&) { return 1e-6; });
  Hypothesis h = TtftBelowTwo("H1", "s");
  h.predict.threshold = 5e-6;
  h.predict.threshold_text = "5 us";
  const HypothesisRecord seen = Only(Of(h), {.seed = 1, .noise_floor_seconds = 2e-5});
  EXPECT_EQ(seen.verdict, Verdict::kInvalid);
  EXPECT_THAT(seen.why, HasSubstr("ttft of 5 us lies below the noise floor here"));
  EXPECT_EQ(Only(Of(h), {.seed = 1, .noise_floor_seconds = 1e-6}).verdict, Verdict::kPass);
}

TEST_F(ProofTest, PassesARangeAndProvesItsUpperEnd) {
  Takes([](const TrialSpec&) { return 1.0; });
  Hypothesis h = TtftBelowTwo("H1", "s");
  h.predict.kind = Prediction::Kind::kBetween;
  h.predict.threshold = 0.5;
  h.predict.upper_threshold = 2.0;
  const HypothesisRecord inside = Only(Of(h));
  EXPECT_EQ(inside.verdict, Verdict::kPass);
  EXPECT_EQ(inside.control->verdict, Verdict::kFalsified);
  Takes([](const TrialSpec&) { return 0.4; });
  EXPECT_EQ(Only(Of(h)).verdict, Verdict::kFalsified);
}

TEST_F(ProofTest, AFlatLoaderPassesAndItsSabotageGrows) {
  runner.trial = [](const TrialSpec&) { return Opened(0.001, 20'000); };
  const HypothesisRecord h = Only(Of(LoadOrder("O(1)", {1 << 20, 1 << 24, 1 << 28})));
  EXPECT_EQ(h.verdict, Verdict::kPass);
  ASSERT_TRUE(h.sweep);
  EXPECT_EQ(h.sweep->allowed, "at most 1.7x from 1 MiB to 256 MiB");
  EXPECT_EQ(h.sweep->companions.size(), 3U);
  EXPECT_EQ(h.control->verdict, Verdict::kFalsified);
  EXPECT_NEAR(*h.control->caught_above, 0.1, 1e-4);
}

TEST_F(ProofTest, WhatIsReadRefutesAnOrderThatTheClockBears) {
  runner.trial = [](const TrialSpec& spec) { return Opened(0.001, SizeOf(spec)); };
  const HypothesisRecord h = Only(Of(LoadOrder("O(1)", {1 << 20, 1 << 24, 1 << 28})));
  EXPECT_EQ(h.verdict, Verdict::kFalsified);
  EXPECT_THAT(h.why, HasSubstr("bytes_read grows faster than O(1), whatever the clock says"));
}

TEST_F(ProofTest, AFixedCostHidesASlopeAndTheReportSaysFromWhere) {
  const auto affine = [](const TrialSpec& spec) {
    return Opened(0.540 + 0.68e-9 * SizeOf(spec), 20'000);
  };
  runner.trial = affine;
  const HypothesisRecord wide =
      Only(Of(LoadOrder("O(1)", {1 << 20, 16 << 20, 256 << 20, 1 << 30})));
  EXPECT_EQ(wide.verdict, Verdict::kFalsified) << "the top exponent sees it";
  const HypothesisRecord narrow = Only(Of(LoadOrder("O(1)", {1'000'000, 10'000'000, 100'000'000})));
  EXPECT_EQ(narrow.verdict, Verdict::kPass) << "within the tolerance on these sizes";
  ASSERT_TRUE(narrow.sweep && narrow.sweep->crossover);
  EXPECT_NEAR(*narrow.sweep->crossover, 794e6, 2e6);
  EXPECT_NEAR(*narrow.sweep->fixed, 0.540, 1e-4);
}

TEST_F(ProofTest, ASlopeCanBeBoundedBesideTheOrder) {
  Hypothesis h = LoadOrder("O(1)", {1'000'000, 10'000'000, 100'000'000});
  h.predict.slope = 0.1e-9;
  h.predict.slope_text = "0.1 ns/B";
  runner.trial = [](const TrialSpec& spec) {
    return Opened(0.540 + 0.68e-9 * SizeOf(spec), 20'000);
  };
  EXPECT_EQ(Only(Of(h)).verdict, Verdict::kFalsified);
}

TEST_F(ProofTest, MeasuresAllSizesInEveryBlockInRandomOrder) {
  runner.trial = [](const TrialSpec&) { return Opened(0.001, 20'000); };
  Only(Of(LoadOrder("O(1)", {1 << 20, 1 << 24, 1 << 28})), {.seed = 3, .prove = Prove::kNo});
  std::vector<std::string> orders;
  std::string order;
  for (const TrialSpec& spec : runner.trials) {
    if (spec.variation == 0) continue;  // burn-in
    order += spec.model_path + " ";
    if (std::ranges::count(order, ' ') == 3) orders.push_back(std::exchange(order, ""));
  }
  ASSERT_EQ(orders.size(), 5U);
  for (const std::string& one : orders) {
    for (const char* size : {"@1048576 ", "@16777216 ", "@268435456 "}) {
      EXPECT_THAT(one, HasSubstr(size));
    }
  }
  EXPECT_FALSE(std::ranges::all_of(orders, [&](const auto& one) { return one == orders[0]; }));
}

TEST_F(ProofTest, OneViolationRefutesAnInvariant) {
  int trial = 0;
  runner.trial = [&](const TrialSpec&) {
    Observation seen = Took(0.1);
    seen.digests["payload"] = ++trial == 4 ? "other" : "digest";
    return seen;
  };
  const HypothesisRecord h = Only(Of(Keeps("H1", "s", "same_payload", "digest")));
  EXPECT_EQ(h.verdict, Verdict::kFalsified);
  EXPECT_THAT(h.why, HasSubstr("holds other, not digest"));
  EXPECT_EQ(h.blocks, 3) << "after a burn-in";
}

TEST_F(ProofTest, EveryInvariantIsProvenByItsOwnSabotage) {
  runner.trial = [](const TrialSpec&) {
    Observation seen = Took(0.1);
    seen.digests = {{"payload", "digest"}, {"first_token", "17"}};
    seen.measures["tensors_disturbed"] = 9;
    seen.measures["tensors_ignored"] = 0;
    seen.measures["malformed_files"] = 70;
    seen.measures["malformed_refused"] = 70;
    seen.measures["alignment"] = 64;
    seen.series = {{"rss", std::vector<double>(12, 5e6)},
                   {"descriptors", std::vector<double>(12, 4)}};
    return seen;
  };
  const struct {
    const char* measure;
    const char* workload;
    const char* sabotage;
  } invariants[] = {{"same_payload", "digest", "one flipped byte"},
                    {"same_first_token", "first_token", "a negated last norm"},
                    {"weights_used", "weights_used", "weights that do not change when disturbed"},
                    {"rejects_malformed", "reject", "a malformed file taken for a good one"},
                    {"aligned", "open", "one tensor at an odd address"},
                    {"no_leak", "soak", "131.1 kB kept after each cycle"}};
  for (const auto& invariant : invariants) {
    Hypothesis h = Keeps("H1", "s", invariant.measure, invariant.workload);
    h.alignment = std::string(invariant.measure) == "aligned" ? 64 : 0;
    const HypothesisRecord seen = Only(Of(h));
    EXPECT_EQ(seen.verdict, Verdict::kPass) << invariant.measure << ": " << seen.why;
    EXPECT_EQ(seen.blocks, 5) << invariant.measure;
    ASSERT_TRUE(seen.control) << invariant.measure;
    EXPECT_EQ(seen.control->sabotage, invariant.sabotage);
    EXPECT_FALSE(seen.severity) << "no number of blocks corroborates always";
  }
}

TEST_F(ProofTest, ACompoundIsAsGoodAsItsWorstMember) {
  Study study = StudyOf({"fast", "slow"});
  Hypothesis all;
  all.id = "all";
  all.claim = "both";
  all.all_of = {"H1", "H2"};
  study.hypotheses = {TtftBelowTwo("H1", "fast"), TtftBelowTwo("H2", "slow"), all};
  Takes([](const TrialSpec& spec) { return spec.loader.name == "slow" ? 4.0 : 1.0; });
  const Result<Record> record = Run(study, {.seed = 1});
  ASSERT_TRUE(record) << record.error().Line();
  const HypothesisRecord& h = record->hypotheses.back();
  EXPECT_EQ(h.verdict, Verdict::kFalsified);
  EXPECT_EQ(h.why, "H2 is FALSIFIED");
  const auto& members = record->hypotheses;
  EXPECT_NEAR(*h.e_falsify, (members[0].falsify.e + members[1].falsify.e) / 2, 1e-9);
  EXPECT_EQ(members[1].falsify.need, 40) << "a compound is no leaf";
}

TEST_F(ProofTest, ACompoundBringsItsMembersAlong) {
  Study study = StudyOf({"fast"});
  Hypothesis all;
  all.id = "all";
  all.claim = "one";
  all.all_of = {"H2"};
  study.hypotheses = {TtftBelowTwo("H1", "fast"), TtftBelowTwo("H2", "fast"), all};
  Takes([](const TrialSpec&) { return 1.0; });
  const Result<Record> record = Run(study, {.seed = 1, .only = {"all"}});
  ASSERT_TRUE(record) << record.error().Line();
  ASSERT_EQ(record->hypotheses.size(), 2U);
  EXPECT_EQ(record->hypotheses[0].id, "H2");
  EXPECT_EQ(record->hypotheses[1].verdict, Verdict::kPass);
}

TEST_F(ProofTest, AResumedRunSabotagesByTheSameAmount) {
  Study study = Of(TtftBelowTwo("H1", "s"));
  Takes([](const TrialSpec& spec) { return 1.0 + 0.01 * static_cast<double>(spec.number); });
  const Result<Record> whole = Run(study, {.seed = 1});
  ASSERT_TRUE(whole) << whole.error().Line();
  runner.interrupt_at = 9;  // in the middle of the control
  ASSERT_FALSE(Run(study, {.seed = 1}));
  runner.interrupt_at = -1;
  const Result<Record> resumed = Run(study, {.seed = 1}, /*resume=*/true);
  ASSERT_TRUE(resumed) << resumed.error().Line();
  EXPECT_EQ(resumed->hypotheses[0].control->sabotage, whole->hypotheses[0].control->sabotage);
  EXPECT_EQ(resumed->hypotheses[0].control->blocks, whole->hypotheses[0].control->blocks);
  EXPECT_EQ(resumed->trials.size(), whole->trials.size());
}

}  // namespace
}  // namespace falsify::harness
