#include <optional>
#include <string>

#include "reports/example_parts.h"
#include "reports/example_records.h"

namespace falsify::reports {

using criteria::Verdict;
using harness::CompanionRecord;
using harness::ControlRecord;
using harness::HypothesisRecord;
using harness::Record;
using harness::SweepRecord;

namespace {

constexpr std::uint64_t kMiB = std::uint64_t{1} << 20;

void Sabotaged(HypothesisRecord& hypothesis, std::string sabotage, Verdict verdict,
               std::optional<double> caught_above) {
  hypothesis.control = ControlRecord{.subject = {},
                                     .sabotage = std::move(sabotage),
                                     .caught_above = caught_above,
                                     .verdict = verdict,
                                     .blocks = 5,
                                     .estimate = {}};
  hypothesis.proved = verdict == Verdict::kFalsified;
}

HypothesisRecord LoadOrder(std::string id, std::string claim, const Cost& cost) {
  HypothesisRecord order = TtftBelow2(std::move(id), std::move(claim), cost);
  order.measure = "load_time";
  order.workload = "open";
  order.criterion = "order";
  order.unit = "";
  order.threshold = 0.1;
  order.threshold_text = "O(1)";
  order.sweep = SweepRecord{.over = "payload",
                            .order = "O(1)",
                            .tolerance = 0.1,
                            .top = {},
                            .sizes = {},
                            .allowed = "at most 2.3x from 1 MiB to 4 GiB",
                            .fixed = std::nullopt,
                            .per_size = std::nullopt,
                            .crossover = std::nullopt,
                            .companions = {}};
  return order;
}

HypothesisRecord FlatOrder(const Cost& cost) {
  HypothesisRecord flat = LoadOrder("H1", "Mapping takes as long whatever the size", cost);
  Passed(flat, Wobbling(0.012, 5), 160);
  flat.sweep->top = flat.estimate;
  flat.sweep->sizes = {{kMiB, 151e-6}, {64 * kMiB, 156e-6}, {4096 * kMiB, std::nullopt}};
  flat.sweep->fixed = 152e-6;
  flat.sweep->per_size = -4e-14;
  flat.sweep->companions = {
      {.measure = "bytes_read",
       .verdict = Verdict::kPass,
       .exponent = flat.estimate,
       .sizes = {{kMiB, 20'200}, {64 * kMiB, 21'200}, {4096 * kMiB, 22'000}}}};
  Sabotaged(flat, "a delay of 0.0021 s", Verdict::kFalsified, 0.114);
  return flat;
}

/// 540 ms and 0.68 ms per MB: flat to the eye, and not beyond the largest size.
HypothesisRecord HiddenSlope(const Cost& cost) {
  HypothesisRecord hidden = LoadOrder("H2", "Reading is flat up to 100 MB", cost);
  hidden.sweep->allowed = "at most 1.6x from 1 MiB to 100 MiB";
  Passed(hidden, Wobbling(0.021, 5), 160);
  hidden.sweep->top = hidden.estimate;
  hidden.sweep->sizes = {{kMiB, 0.5407}, {10 * kMiB, 0.5471}, {100 * kMiB, 0.6113}};
  hidden.sweep->fixed = 0.54;
  hidden.sweep->per_size = 0.68e-9;
  hidden.sweep->crossover = 794e6;
  Sabotaged(hidden, "a delay of 4.02 s", Verdict::kFalsified, 0.103);
  return hidden;
}

HypothesisRecord Invariant(std::string id, std::string claim, std::string measure,
                           const Cost& cost) {
  HypothesisRecord invariant = TtftBelow2(std::move(id), std::move(claim), cost);
  invariant.measure = std::move(measure);
  invariant.workload = "digest";
  invariant.criterion = "equals";
  invariant.unit = "";
  invariant.threshold = 0;
  invariant.threshold_text = "";
  invariant.severity.reset();
  return invariant;
}

}  // namespace

Record ClaimsRecord() {
  Record record = BaseRecord("claims", "Every other kind of claim", Verdict::kFalsified, 1);
  const Cost mapped = Mapped("warm");
  record.subjects = {Subject("mapped", "mmap")};
  for (int block = 1; block <= 5; ++block) AddTrial(record, mapped, block, {"H5"});
  AddSummary(record, mapped, 5);

  HypothesisRecord same = Invariant("H3", "It holds the file's bytes", "same_payload", mapped);
  Passed(same, Steady(1, 5), 160);
  same.severity.reset();
  same.severity_table.clear();
  same.estimate = {};
  same.why = "it held in all of 5 blocks";
  Sabotaged(same, "one flipped byte", Verdict::kFalsified, std::nullopt);

  HypothesisRecord aligned = Invariant("H4", "Every tensor starts on a page", "aligned", mapped);
  aligned.threshold_text = "4096 B";
  aligned.verdict = Verdict::kFalsified;
  aligned.falsify = {.n = 1, .violations = 1, .e = 1e300, .need = 160};
  aligned.blocks = aligned.trials = 1;
  aligned.why = "trial 1: tensors are aligned to 16 B only, not to 4096 B";
  aligned.counterexamples = {1};
  aligned.proved = true;

  HypothesisRecord toothless = TtftBelow2("H5", "It starts fast", mapped);
  Passed(toothless, Wobbling(1.19, 5), 160);
  toothless.verdict = Verdict::kInvalid;
  toothless.severity.reset();
  toothless.why =
      "the test has no teeth: with a delay of 1.81 s the same criterion came to PASS, not "
      "FALSIFIED "
      "(5 of 5 blocks met the claim: evidence 21.2 where 20 is needed)";
  Sabotaged(toothless, "a delay of 1.81 s", Verdict::kPass, std::nullopt);

  HypothesisRecord steady = TtftBelow2("H6", "Once warm, it is mapped in no time", mapped);
  steady.measure = "load_time";
  steady.workload = "open, steady";
  steady.mode = "steady";
  steady.threshold = 0.001;
  steady.threshold_text = "1 ms";
  Passed(steady, Wobbling(9.8e-6, 5), 160);
  Sabotaged(steady, "a delay of 0.00149 s", Verdict::kFalsified, 1.0018);

  HypothesisRecord range = TtftBelow2("H7", "It takes between one and two seconds", mapped);
  range.criterion = "between";
  range.threshold = 1;
  range.upper_threshold = 2;
  range.threshold_text = "1 s and 2 s";
  Passed(range, Wobbling(1.19, 5), 160);
  Sabotaged(range, "a delay of 1.81 s", Verdict::kFalsified, 1.02);

  HypothesisRecord all;
  all.id = "H8";
  all.claim = "It is flat, and it is aligned";
  all.criterion = "all_of";
  all.members = {"H1", "H4"};
  all.verdict = Verdict::kFalsified;
  all.why = "H4 is FALSIFIED";
  all.proved = true;

  record.hypotheses = {
      FlatOrder(mapped), HiddenSlope(mapped), same, aligned, toothless, steady, range, all};
  return record;
}

}  // namespace falsify::reports
