#include "reports/example_records.h"

#include <cmath>
#include <utility>

#include "fmt/format.h"

namespace falsify::reports {

using criteria::Verdict;
using harness::EstimateRecord;
using harness::HypothesisRecord;
using harness::Observation;
using harness::Outcome;
using harness::Phase;
using harness::Record;
using harness::SubjectRecord;
using harness::SummaryRecord;
using harness::TrialRecord;

namespace {

constexpr double kFileBytes = 3087467104;
constexpr double kPayloadBytes = 3087428608;
constexpr const char* kWorkload = "first_token(prompt_tokens=9)";
constexpr const char* kDigest = "xxh3-128:8d6f0f0f4c1b2a3e5d7c9b8a7f6e5d4c";

/// What every trial of one subject under one cache state costs, give or take two per cent.
struct Cost {
  std::string subject;
  std::string cache;
  std::map<std::string, double> measures;
  std::vector<Phase> phases;
  loaders::LoadReport load;
};

const std::map<std::string, std::string>& Units() {
  static const std::map<std::string, std::string> units = {{"ttft", "s"},
                                                           {"load_time", "s"},
                                                           {"cpu_time", "s"},
                                                           {"peak_rss", "B"},
                                                           {"peak_anon", "B"},
                                                           {"peak_file", "B"},
                                                           {"bytes_read", "B"},
                                                           {"storage_bytes", "B"},
                                                           {"minor_faults", "count"},
                                                           {"major_faults", "count"}};
  return units;
}

SubjectRecord Subject(std::string name, std::string loader) {
  SubjectRecord subject;
  subject.name = std::move(name);
  subject.loader = std::move(loader);
  subject.payload_digest = kDigest;
  subject.model = {.name = "st",
                   .path = "models/qwen2.5-1.5b-bf16.safetensors",
                   .format = "safetensors",
                   .dtypes = {{"BF16", static_cast<std::uint64_t>(kPayloadBytes)}},
                   .file_bytes = static_cast<std::uint64_t>(kFileBytes),
                   .payload_bytes = static_cast<std::uint64_t>(kPayloadBytes),
                   .tensors = 338,
                   .elements = 1543714304,
                   .architecture = "qwen2",
                   .payload_digest = kDigest,
                   .generated = "shape qwen2.5-1.5b, BF16, seed 1"};
  return subject;
}

Record BaseRecord(std::string id, std::string title, Verdict verdict, int exit_code) {
  Record record;
  record.study_id = std::move(id);
  record.study_title = std::move(title);
  record.study_path = "fixtures/studies/t-qa-019b.yaml";
  record.study_sha256 = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";
  record.started_at = "2026-01-21T10:15:00Z";
  record.tool_version = "0.1.0";
  record.seed = 7;
  record.verdict = verdict;
  record.exit_code = exit_code;
  record.environment = {{"cores", "2"},
                        {"cpu", "Intel Xeon (family 6, model 207)"},
                        {"filesystem", "ext4"},
                        {"kernel", "6.1.0"},
                        {"memory_bytes", "25232932864"},
                        {"page_cache_control", "posix_fadvise, verified by cachestat"}};
  record.command = {"falsify", "run", "fixtures/studies/t-qa-019b.yaml", "--seed", "7"};
  record.limits = {
      {"device", "direct reads of 1 MiB from the model's file system", 2.2e9, "B/s"},
      {"page_cache_copy", "cached file bytes copied into a reused buffer", 9.1e9, "B/s"},
      {"memory_read", "bytes already in memory, summed by one thread", 16.4e9, "B/s"},
      {"anonymous_touch", "fresh anonymous memory, written once per page", 2.9e9, "B/s"}};
  for (int i = 0; i < 24; ++i) {
    record.probes.push_back({i % 2 == 0 ? "memory_read" : "page_cache_copy", 2.5 * i,
                             (i % 2 == 0 ? 0.0164 : 0.0281) * (1 + 0.01 * (i % 5))});
  }
  record.time_spent = {
      .trials = 61.2, .cache = 18.4, .priming = 9.7, .probes = 4.1, .models = 12.9, .total = 109.6};
  return record;
}

Cost Mapped(std::string cache) {
  const bool cold = cache == "cold";
  Cost cost;
  cost.subject = "mapped";
  cost.cache = std::move(cache);
  cost.measures = {{"ttft", cold ? 2.01 : 1.19},
                   {"load_time", cold ? 0.00214 : 0.000412},
                   {"peak_rss", 3.142e9},
                   {"peak_anon", 4.61e7},
                   {"peak_file", 3.088e9},
                   {"bytes_read", 38496},
                   {"storage_bytes", cold ? 3.0875e9 : 0},
                   {"minor_faults", 18120},
                   {"major_faults", cold ? 412 : 0},
                   {"cpu_time", cold ? 1.62 : 1.58}};
  const double prefill = cold ? 2.0028 : 1.1848;
  cost.phases = {{"open", 0.00003},
                 {"header", cold ? 0.00211 : 0.00038},
                 {"prefill", prefill},
                 {"argmax", 0.0048}};
  cost.load = {.bytes_read = 38496,
               .read_calls = 2,
               .bytes_mapped = static_cast<std::uint64_t>(kFileBytes),
               .threads = 1,
               .advice = {"madvise WILLNEED"},
               .fallbacks = {}};
  return cost;
}

Cost FsRead(std::string cache) {
  const bool cold = cache == "cold";
  Cost cost;
  cost.subject = "fs-read";
  cost.cache = std::move(cache);
  cost.measures = {{"ttft", cold ? 3.91 : 2.62},
                   {"load_time", cold ? 2.72 : 1.43},
                   {"peak_rss", 3.141e9},
                   {"peak_anon", 3.134e9},
                   {"peak_file", 6.9e6},
                   {"bytes_read", kFileBytes},
                   {"storage_bytes", cold ? 3.0875e9 : 0},
                   {"minor_faults", 756400},
                   {"major_faults", 0},
                   {"cpu_time", cold ? 3.12 : 2.98}};
  cost.phases = {{"open", 0.00004},
                 {"read", cold ? 2.7196 : 1.4296},
                 {"header", 0.00039},
                 {"prefill", 1.1852},
                 {"argmax", 0.0048}};
  cost.load = {.bytes_read = static_cast<std::uint64_t>(kFileBytes),
               .read_calls = 2,
               .bytes_mapped = 0,
               .threads = 1,
               .advice = {},
               .fallbacks = {}};
  return cost;
}

Cost Naive(std::string cache) {
  Cost cost = FsRead(std::move(cache));
  const double read = cost.phases[1].seconds;
  cost.subject = "naive";
  cost.phases = {{"open", 0.00004},  {"read", read},      {"header", 0.00039}, {"copy", 1.372},
                 {"convert", 3.584}, {"prefill", 1.2011}, {"argmax", 0.0048}};
  cost.measures["ttft"] = read + 6.1624;
  cost.measures["load_time"] = read + 4.9564;
  cost.measures["peak_rss"] = 1.2415e10;
  cost.measures["peak_anon"] = 1.2407e10;
  cost.measures["minor_faults"] = 3021500;
  cost.measures["cpu_time"] = 7.31;
  return cost;
}

// A little up, a little down, the third of each five at the middle.
double Wobble(int block) { return 1 + 0.01 * ((block * 2) % 5 - 1); }

TrialRecord& AddTrial(Record& record, const Cost& cost, int block,
                      std::vector<std::string> hypotheses) {
  TrialRecord trial;
  trial.number = record.trials.size() + 1;
  trial.hypotheses = std::move(hypotheses);
  trial.subject = cost.subject;
  trial.workload = kWorkload;
  trial.cache = cost.cache;
  trial.block = block;
  trial.role = "block";
  trial.started_seconds = 5.0 * static_cast<double>(trial.number);
  trial.prepare_seconds = 0.6;
  trial.slowdown = 1.02 + 0.01 * (block % 3);
  Observation& seen = trial.observation;
  seen.measures = cost.measures;
  for (const char* time : {"ttft", "load_time"}) seen.measures[time] *= Wobble(block);
  seen.phases = cost.phases;
  seen.load = cost.load;
  seen.exit_code = 0;
  record.trials.push_back(std::move(trial));
  return record.trials.back();
}

void AddTimeout(Record& record, const Cost& cost, int block, std::vector<std::string> hypotheses) {
  Observation& seen = AddTrial(record, cost, block, std::move(hypotheses)).observation;
  seen = Observation{};
  seen.outcome = Outcome::kTimeout;
  seen.at_least = {{"ttft", 60.0}, {"peak_anon", 3.1e9}};
  seen.wall_seconds = 60.02;
  seen.signal = 9;
  seen.cause = "stopped at its timeout of 60 s";
}

void AddSummary(Record& record, const Cost& cost, int trials) {
  SummaryRecord summary;
  summary.subject = cost.subject;
  summary.workload = kWorkload;
  summary.cache = cost.cache;
  summary.trials = trials;
  summary.ok = trials;
  summary.units = Units();
  for (const auto& [name, value] : cost.measures) {
    summary.measures[name] = {.value = value, .low = {}, .high = {}};
  }
  summary.phases = cost.phases;
  summary.advice = cost.load.advice;
  summary.fallbacks = cost.load.fallbacks;
  record.summaries.push_back(std::move(summary));
}

EstimateRecord Around(double value, std::optional<double> low, std::optional<double> high) {
  return {.value = value, .low = low, .high = high, .confidence = 0.9};
}

HypothesisRecord TtftBelow2(std::string id, std::string claim, const Cost& cost) {
  HypothesisRecord hypothesis;
  hypothesis.id = std::move(id);
  hypothesis.claim = std::move(claim);
  hypothesis.measure = "ttft";
  hypothesis.unit = "s";
  hypothesis.criterion = "below";
  hypothesis.threshold = 2;
  hypothesis.threshold_text = "2 s";
  hypothesis.subject = cost.subject;
  hypothesis.workload = kWorkload;
  hypothesis.cache = cost.cache;
  hypothesis.max_blocks = 60;
  hypothesis.blocks_to_pass = 5;
  return hypothesis;
}

HypothesisRecord RelativeTo(HypothesisRecord hypothesis, std::string measure, std::string to,
                            double threshold, std::string text) {
  hypothesis.measure = std::move(measure);
  hypothesis.unit = "x";
  hypothesis.relative_to = std::move(to);
  hypothesis.threshold = threshold;
  hypothesis.threshold_text = std::move(text);
  return hypothesis;
}

// e(n, k, 1/2) of the statistics: half the stake all-in, half spread over every greater rate.
double Wealth(int n, int k) {
  double spread = 1.0 / (n + 1);
  for (int i = 1; i <= k; ++i) spread = (i * spread + 1) / (n - i + 1);
  return 0.5 * (k == n ? std::ldexp(1.0, n) : 0.0) + 0.5 * spread;
}

void Weigh(HypothesisRecord& hypothesis, int n, int violations, double need_to_falsify) {
  hypothesis.falsify = {n, violations, Wealth(n, violations), need_to_falsify};
  hypothesis.corroborate = {n, violations, Wealth(n, n - violations), 20};
}

void Passed(HypothesisRecord& hypothesis, EstimateRecord estimate, double need_to_falsify) {
  hypothesis.verdict = Verdict::kPass;
  hypothesis.why = "the evidence for the claim reached what was needed";
  hypothesis.stop = "decided";
  hypothesis.blocks = hypothesis.trials = 5;
  hypothesis.estimate = estimate;
  Weigh(hypothesis, 5, 0, need_to_falsify);
  hypothesis.p_upper = 0.493609;
  hypothesis.severity = 0.952941;
  hypothesis.severity_table = {{0.5, {}},       {0.8, 0.5},       {0.9, 0.8},     {1.0, 0.952941},
                               {1.1, 0.952941}, {1.25, 0.952941}, {2.0, 0.952941}};
}

void Falsified(HypothesisRecord& hypothesis, EstimateRecord estimate, double need, int blocks) {
  hypothesis.verdict = Verdict::kFalsified;
  hypothesis.why = "the evidence against the claim reached what was needed";
  hypothesis.stop = "decided";
  hypothesis.blocks = hypothesis.trials = blocks;
  hypothesis.estimate = estimate;
  Weigh(hypothesis, blocks, blocks, need);
  hypothesis.p_upper = 1;
  hypothesis.severity = 1 - 1 / hypothesis.falsify.e;
  hypothesis.proved = true;
}

void CaughtBy(HypothesisRecord& hypothesis, std::string subject, EstimateRecord estimate) {
  harness::ControlRecord control;
  control.subject = std::move(subject);
  control.verdict = Verdict::kFalsified;
  control.blocks = 5;
  control.estimate = estimate;
  hypothesis.control = control;
  hypothesis.proved = true;
}

}  // namespace

Record PassRecord() {
  Record record =
      BaseRecord("mapped-fits", "A mapped model starts fast and stays small", Verdict::kPass, 0);
  const Cost mapped = Mapped("warm");
  record.subjects = {Subject("mapped", "mmap"), Subject("naive", "read-copy-f32")};
  for (int block = 1; block <= 5; ++block) AddTrial(record, mapped, block, {"H1", "H2"});
  AddSummary(record, mapped, 5);
  HypothesisRecord fast = TtftBelow2("H1", "The first token arrives in under two seconds", mapped);
  Passed(fast, Around(1.19, 1.12, 1.31), 40);
  CaughtBy(fast, "naive", Around(7.59, 7.51, {}));
  HypothesisRecord small =
      RelativeTo(TtftBelow2("H2", "Loading needs less than twice the model's size", mapped),
                 "peak_rss", "payload", 2, "2.0");
  Passed(small, Around(1.0177, 1.0176, 1.0179), 40);
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
  Falsified(slow, Around(7.59, 7.514, {}), 40, 13);
  HypothesisRecord fast =
      TtftBelow2("H2", "Mapping the file reaches the first token in two seconds", mapped);
  Passed(fast, Around(1.19, 1.12, 1.31), 40);
  HypothesisRecord rate = TtftBelow2("H3", "It then decodes at reading speed", naive);
  rate.measure = "decode_rate";
  rate.unit = "tokens/s";
  rate.criterion = "above";
  rate.threshold = 20;
  rate.threshold_text = "20 tokens/s";
  Falsified(rate, Around(9.12, {}, 9.31), 40, 13);
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
  close.why = "60 blocks could not have decided it: 9 of 20 violate a limit that half may violate";
  close.stop = "hopeless";
  close.blocks = close.trials = 22;
  close.set_aside = 2;
  close.estimate = Around(2.0004, 1.9902, 2.0301);
  Weigh(close, 20, 9, 20);
  close.p_upper = 0.769585;
  close.severity = 0;
  close.blocks_still_needed = 998;
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
  Passed(toothless, Around(1.19, 1.12, 1.31), 60);
  CaughtBy(toothless, "quantised", Around(1.05, 1.01, 1.09));
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
  Falsified(hypothesis, Around(60, 60.0, {}), 20, 9);
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
  Passed(h1, Around(1.19, 1.178, 1.214), kNeed);
  CaughtBy(h1, "naive", Around(7.59, 7.514, {}));
  HypothesisRecord h2 = TtftBelow2("H2", "Reading the file answers in under 2 s", FsRead("warm"));
  Falsified(h2, Around(2.62, 2.594, {}), kNeed, 9);
  HypothesisRecord h3 = TtftBelow2("H3", "The naive path answers in under 2 s", Naive("warm"));
  Falsified(h3, Around(7.592, 7.516, {}), kNeed, 9);
  HypothesisRecord h4 =
      RelativeTo(TtftBelow2("H4", "The naive path needs no 2x memory spike", Naive("warm")),
                 "peak_rss", "payload", 2, "2.0");
  Falsified(h4, Around(4.0212, 4.0212, {}), kNeed, 9);
  HypothesisRecord h5 =
      RelativeTo(TtftBelow2("H5", "A mapped model needs no 2x memory spike", Mapped("warm")),
                 "peak_rss", "payload", 2, "2.0");
  Passed(h5, Around(1.0177, 1.0177, 1.0177), kNeed);
  HypothesisRecord h6 =
      TtftBelow2("H6", "A mapped model answers in under 2 s from cold", Mapped("cold"));
  h6.why = "60 blocks could not have decided it: 9 of 20 violate a limit that half may violate";
  h6.stop = "hopeless";
  h6.blocks = h6.trials = 20;
  h6.estimate = Around(2.0101, 1.9902, 2.0301);
  Weigh(h6, 20, 9, kNeed);
  h6.p_upper = 0.769585;
  h6.severity = 0;
  h6.blocks_still_needed = 998;
  HypothesisRecord h7 =
      TtftBelow2("H7", "Reading the file answers in under 2 s from cold", FsRead("cold"));
  Falsified(h7, Around(3.91, 3.871, {}), kNeed, 9);
  HypothesisRecord h8 =
      RelativeTo(TtftBelow2("H8", "Reading is within 1.25x of mapping", FsRead("warm")), "ttft",
                 "mapped", 1.25, "1.25");
  h8.precision = "matched";
  Falsified(h8, Around(2.2017, 2.18, {}), kNeed, 9);
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
  CaughtBy(invalid, evil, Around(1, {}, {}));
  record.hypotheses = {hypothesis, falsified, invalid};
  return record;
}

}  // namespace falsify::reports
