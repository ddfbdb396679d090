#include "reports/example_records.h"

#include <string>
#include <utility>
#include <vector>

#include "reports/example_parts.h"

namespace falsify::reports {

using criteria::Verdict;
using harness::HypothesisRecord;
using harness::Observation;
using harness::Outcome;
using harness::Record;
using harness::SubjectRecord;
using harness::SummaryRecord;
using harness::TrialRecord;

Record PassRecord() {
  Record record =
      BaseRecord("mapped-fits", "A mapped model starts fast and stays small", Verdict::kPass, 0);
  const Cost mapped = Mapped("warm");
  record.subjects = {Subject("mapped", "mmap"), Subject("naive", "read-copy-f32")};
  for (int block = 1; block <= 5; ++block) AddTrial(record, mapped, block, {"H1", "H2"});
  AddSummary(record, mapped, 5);
  HypothesisRecord fast = TtftBelow2("H1", "The first token arrives in under two seconds", mapped);
  Passed(fast, Wobbling(1.19, 5), 40);
  CaughtBy(fast, "naive", Wobbling(7.592, 5));
  HypothesisRecord small =
      RelativeTo(TtftBelow2("H2", "Loading needs less than twice the model's size", mapped),
                 "peak_rss", "payload", 2, "2.0");
  Passed(small, Steady(1.0177, 5), 40);
  record.hypotheses = {fast, small};
  return record;
}

Record FalsifiedRecord() {
  Record record =
      BaseRecord("naive-is-fast", "A whole-file read starts fast", Verdict::kFalsified, 1);
  const Cost naive = Naive("warm");
  const Cost mapped = Mapped("warm");
  record.subjects = {Subject("naive", "read-copy-f32"), Subject("mapped", "mmap")};
  HypothesisRecord slow =
      TtftBelow2("H1", "Reading the whole file reaches the first token in two seconds", naive);
  for (int block = 1; block <= 13; ++block) {
    TrialRecord& trial = AddTrial(record, naive, block, {"H1", "H3"});
    trial.observation.measures["decode_rate"] = 9.12 * Wobble(block);
    slow.counterexamples.push_back(trial.number);
    AddTrial(record, mapped, block,
             block <= 5 ? std::vector<std::string>{"H2"} : std::vector<std::string>{});
  }
  record.trials[4].slowdown = 1.19;
  AddSummary(record, naive, 13);
  AddSummary(record, mapped, 13);
  Falsified(slow, Wobbling(7.592, 13), 60);
  HypothesisRecord fast =
      TtftBelow2("H2", "Mapping the file reaches the first token in two seconds", mapped);
  Passed(fast, Wobbling(1.19, 5), 60);
  HypothesisRecord rate = TtftBelow2("H3", "It then decodes at reading speed", naive);
  rate.measure = "decode_rate";
  rate.unit = "tokens/s";
  rate.criterion = "above";
  rate.threshold = 20;
  rate.threshold_text = "20 tokens/s";
  Falsified(rate, Wobbling(9.12, 13), 60);
  rate.counterexamples = slow.counterexamples;
  record.hypotheses = {slow, fast, rate};
  return record;
}

Record InconclusiveRecord() {
  Record record = BaseRecord("cold-start", "A mapped model starts fast from a cold cache",
                             Verdict::kInconclusive, 3);
  const Cost mapped = Mapped("cold");
  record.subjects = {Subject("mapped", "mmap")};
  for (int block = 1; block <= 22; ++block) {
    TrialRecord& trial = AddTrial(record, mapped, block, {"H1"});
    trial.disturbed = block % 11 == 0;
    if (trial.disturbed) trial.slowdown = 1.42;
  }
  AddSummary(record, mapped, 20);
  HypothesisRecord close =
      TtftBelow2("H1", "The first token arrives in under two seconds, even cold", mapped);
  Undecided(close, 20);
  close.blocks = close.trials = close.max_blocks = 22;
  close.set_aside = 2;
  close.serially_dependent = true;
  record.hypotheses = {close};
  return record;
}

Record InvalidRecord() {
  Record record = BaseRecord("unfair", "Three tests that do not hold", Verdict::kInvalid, 3);
  const Cost mapped = Mapped("cold");
  record.subjects = {Subject("mapped", "mmap"), Subject("quantised", "mmap")};
  SubjectRecord& quantised = record.subjects[1];
  quantised.model.name = "q";
  quantised.model.format = "gguf";
  quantised.model.generated.clear();
  quantised.model.path = "models/q.gguf";
  quantised.model.dtypes = {{"F32", 1000000}, {"Q4_K", 700000000}, {"Q6_K", 300000000}};
  quantised.model.payload_bytes = 1001000000;
  quantised.model.file_bytes = 1065600000;
  quantised.payload_digest = quantised.model.payload_digest =
      "xxh3-128:00112233445566778899aabbccddeeff";
  quantised.model.matched_digest = "xxh3-128:ffeeddccbbaa99887766554433221100";
  for (int block = 1; block <= 3; ++block) {
    TrialRecord& trial = AddTrial(record, mapped, block, {"H2"});
    trial.cache_problem = "4,096 of 753,777 pages stayed in the page cache";
    trial.primed = false;
  }
  AddSummary(record, mapped, 3);
  HypothesisRecord unmatched =
      RelativeTo(TtftBelow2("H1", "SafeTensors loads within 1.25x of GGUF", mapped), "load_time",
                 "quantised", 1.25, "1.25");
  unmatched.verdict = Verdict::kInvalid;
  unmatched.precision = "matched";
  unmatched.why =
      "mapped holds BF16 and quantised holds Q4_K, Q6_K and F32: not the same precision";
  HypothesisRecord not_cold = TtftBelow2("H2", "Two seconds, even cold", mapped);
  not_cold.verdict = Verdict::kInvalid;
  not_cold.why = "the file could not be evicted: cold was demanded, 0.5 % stayed cached";
  not_cold.blocks = not_cold.trials = 3;
  HypothesisRecord toothless = TtftBelow2("H3", "Nothing is ever slow", Mapped("warm"));
  Passed(toothless, Wobbling(1.19, 5), 60);
  CaughtBy(toothless, "quantised", Wobbling(1.05, 5));
  toothless.verdict = Verdict::kInvalid;
  toothless.why = "the test did not catch a known violation";
  toothless.severity.reset();
  toothless.control->verdict = Verdict::kPass;
  toothless.proved = false;
  record.hypotheses = {unmatched, not_cold, toothless};
  record.warnings = {"H1 compares models of different dtypes"};
  return record;
}

Record ErrorRecord() {
  Record record = BaseRecord("plugin", "A plug-in that crashes", Verdict::kError, 4);
  record.subjects = {Subject("plugin", "plugin(path=./libfast.so)")};
  record.subjects[0].payload_digest.clear();
  Cost cost = Mapped("warm");
  cost.subject = "plugin";
  AddTrial(record, cost, 1, {"H1"});
  for (int block = 2; block <= 4; ++block) {
    Observation& seen = AddTrial(record, cost, block, {"H1"}).observation;
    seen = Observation{};
    seen.outcome = Outcome::kCrash;
    seen.signal = 11;
    seen.cause = "killed by SIGSEGV in phase header";
    seen.stderr_tail = "libfast 0.9: loading\n\tlibfast: assertion failed: tensors > 0\n";
  }
  AddSummary(record, cost, 1);
  record.summaries[0].trials = 4;
  HypothesisRecord hypothesis = TtftBelow2("H1", "The plug-in starts fast", cost);
  hypothesis.verdict = Verdict::kError;
  hypothesis.why = "3 of 4 blocks failed: plugin crashed";
  hypothesis.stop = "failed trials";
  hypothesis.blocks = hypothesis.trials = 4;
  hypothesis.failed = 3;
  hypothesis.estimate = {.value = 1.19, .low = {}, .high = {}, .confidence = 0.9};
  hypothesis.falsify = {1, 0, 0.25, 20};
  hypothesis.corroborate = {4, 3, 0.2, 20};
  record.hypotheses = {hypothesis};
  record.probes.clear();
  return record;
}

Record AllTimeoutsRecord() {
  Record record = BaseRecord("stuck", "A loader that never ends", Verdict::kFalsified, 1);
  Cost cost = FsRead("cold");
  cost.subject = "stuck";
  record.subjects = {Subject("stuck", "read")};
  HypothesisRecord hypothesis = TtftBelow2("H1", "The first token arrives at all", cost);
  for (int block = 1; block <= 9; ++block) {
    AddTimeout(record, cost, block, {"H1"});
    hypothesis.counterexamples.push_back(static_cast<std::uint64_t>(block));
  }
  Falsified(hypothesis, Steady(60, 9), 20);
  hypothesis.estimate.high.reset();
  hypothesis.estimate.value_at_least = true;
  record.hypotheses = {hypothesis};
  SummaryRecord summary;
  summary.subject = "stuck";
  summary.workload = kWorkload;
  summary.cache = "cold";
  summary.trials = summary.timeouts = 9;
  summary.units = Units();
  summary.measures["ttft"] = hypothesis.estimate;
  record.summaries = {summary};
  return record;
}

Record AuditRecord() {
  Record record = BaseRecord("T-QA-019b", "SafeTensors path audit", Verdict::kFalsified, 1);
  record.subjects = {Subject("fs-read", "read"), Subject("naive", "read-copy-f32"),
                     Subject("mapped", "mmap")};
  constexpr double kNeed = 160;
  HypothesisRecord h1 = TtftBelow2("H1", "A mapped model answers in under 2 s", Mapped("warm"));
  Passed(h1, Wobbling(1.19, 5), kNeed);
  CaughtBy(h1, "naive", Wobbling(7.592, 5));
  HypothesisRecord h2 = TtftBelow2("H2", "Reading the file answers in under 2 s", FsRead("warm"));
  Falsified(h2, Wobbling(2.62, 9), kNeed);
  HypothesisRecord h3 = TtftBelow2("H3", "The naive path answers in under 2 s", Naive("warm"));
  Falsified(h3, Wobbling(7.592, 9), kNeed);
  HypothesisRecord h4 =
      RelativeTo(TtftBelow2("H4", "The naive path needs no 2x memory spike", Naive("warm")),
                 "peak_rss", "payload", 2, "2.0");
  Falsified(h4, Steady(4.0212, 9), kNeed);
  HypothesisRecord h5 =
      RelativeTo(TtftBelow2("H5", "A mapped model needs no 2x memory spike", Mapped("warm")),
                 "peak_rss", "payload", 2, "2.0");
  Passed(h5, Steady(1.0177, 5), kNeed);
  HypothesisRecord h6 =
      TtftBelow2("H6", "A mapped model answers in under 2 s from cold", Mapped("cold"));
  Undecided(h6, kNeed);
  HypothesisRecord h7 =
      TtftBelow2("H7", "Reading the file answers in under 2 s from cold", FsRead("cold"));
  Falsified(h7, Wobbling(3.91, 9), kNeed);
  HypothesisRecord h8 =
      RelativeTo(TtftBelow2("H8", "Reading is within 1.25x of mapping", FsRead("warm")), "ttft",
                 "mapped", 1.25, "1.25");
  h8.precision = "matched";
  Falsified(h8, Steady(2.2017, 9), kNeed);
  h8.trials = 18;
  for (int block = 1; block <= 9; ++block) {
    h2.counterexamples.push_back(AddTrial(record, FsRead("warm"), block, {"H2", "H8"}).number);
    h8.counterexamples.push_back(record.trials.back().number);
    h3.counterexamples.push_back(AddTrial(record, Naive("warm"), block, {"H3", "H4"}).number);
    h4.counterexamples.push_back(record.trials.back().number);
    AddTrial(
        record, Mapped("warm"), block,
        block <= 5 ? std::vector<std::string>{"H1", "H5", "H8"} : std::vector<std::string>{"H8"});
    h7.counterexamples.push_back(AddTrial(record, FsRead("cold"), block, {"H7"}).number);
    AddTrial(record, Naive("cold"), block, {});
  }
  for (int block = 1; block <= 20; ++block) AddTrial(record, Mapped("cold"), block, {"H6"});
  record.hypotheses = {h1, h2, h3, h4, h5, h6, h7, h8};
  for (const char* cache : {"warm", "cold"}) {
    AddSummary(record, FsRead(cache), 9);
    AddSummary(record, Naive(cache), 9);
    AddSummary(record, Mapped(cache), std::string(cache) == "warm" ? 9 : 20);
  }
  record.time_spent = {.trials = 288.4,
                       .cache = 71.3,
                       .priming = 64.0,
                       .probes = 21.7,
                       .waiting = 4.0,
                       .models = 34.6,
                       .total = 486.2};
  return record;
}

Record HostileRecord() {
  const std::string evil =
      "| `x` *b* _i_ <script>alert(1)</script> @mention ![img](http://x) #1 \x1b[31m "
      "\xe2\x80\xae"
      "gnp\xe2\x80\xac \xff\xfe\n# heading\n- item\n| a | b |\n``` ";
  Record record = ErrorRecord();
  record.study_id = evil;
  record.study_title = evil;
  record.study_path = "a'b\n; rm -rf ~ `x`.yaml";
  record.started_at = evil;
  record.tool_version = evil;
  record.environment = {{evil, evil}, {"empty", ""}};
  record.warnings = {evil, std::string(10000, 'w')};
  record.command = {"falsify", "run", record.study_path, "$(reboot)", "", "\x1b]0;x\x07"};
  record.limits = {{evil, evil, 1, evil}};
  record.probes = {{evil, 0, 0.01}};
  SubjectRecord& subject = record.subjects[0];
  subject.name = subject.loader = subject.payload_digest = evil;
  subject.model = {.name = evil,
                   .path = std::string(5000, 'p') + evil,
                   .format = evil,
                   .dtypes = {{evil, 1}, {"<b>", 2}},
                   .file_bytes = 10,
                   .payload_bytes = 3,
                   .tensors = 1,
                   .elements = 1,
                   .architecture = evil,
                   .payload_digest = evil,
                   .matched_digest = evil,
                   .vectors = {{evil, evil}},
                   .files = {evil},
                   .generated = ""};
  SummaryRecord& summary = record.summaries[0];
  summary.subject = summary.workload = summary.cache = evil;
  summary.phases[0].name = evil;
  summary.advice = summary.fallbacks = {evil};
  summary.measures[evil] = {.value = 1, .low = {}, .high = {}};
  for (TrialRecord& trial : record.trials) {
    trial.subject = trial.workload = trial.cache = trial.cache_problem = evil;
    trial.hypotheses = {evil};
    if (trial.observation.outcome == Outcome::kOk) continue;
    trial.observation.cause = evil;
    trial.observation.stderr_tail = evil + "\n::error::forged\n```\n</details>\n" + evil;
  }
  HypothesisRecord& hypothesis = record.hypotheses[0];
  hypothesis.id = hypothesis.claim = hypothesis.why = hypothesis.measure = hypothesis.unit = evil;
  hypothesis.criterion = hypothesis.threshold_text = hypothesis.stop = hypothesis.precision = evil;
  hypothesis.subject = hypothesis.workload = hypothesis.cache = hypothesis.relative_to = evil;
  HypothesisRecord falsified = hypothesis;
  falsified.verdict = Verdict::kFalsified;
  falsified.counterexamples = {2, 3, 99};
  HypothesisRecord invalid = hypothesis;
  invalid.verdict = Verdict::kInvalid;
  CaughtBy(invalid, evil, Wobbling(1, 5));
  record.hypotheses = {hypothesis, falsified, invalid};
  return record;
}

}  // namespace falsify::reports
