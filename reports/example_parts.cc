#include "reports/example_parts.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <utility>

namespace falsify::reports {

using criteria::Verdict;
using harness::EstimateRecord;
using harness::HypothesisRecord;
using harness::Observation;
using harness::Outcome;
using harness::Record;
using harness::SubjectRecord;
using harness::SummaryRecord;
using harness::TrialRecord;

namespace {

constexpr double kNeedToPass = 20;
constexpr double kColdTtft = 1.9996;
constexpr double kFileBytes = 3087467104;
constexpr double kPayloadBytes = 3087428608;
constexpr const char* kDigest = "xxh3-128:8d6f0f0f4c1b2a3e5d7c9b8a7f6e5d4c";

// e(n, k, 1/2) of the statistics: half the stake all-in, half spread over every greater rate.
double Wealth(int n, int k) {
  double spread = 1.0 / (n + 1);
  for (int i = 1; i <= k; ++i) spread = (i * spread + 1) / (n - i + 1);
  return 0.5 * (k == n ? std::ldexp(1.0, n) : 0.0) + 0.5 * spread;
}

}  // namespace

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
                   .matched_digest = kDigest,
                   .vectors = {},
                   .files = {},
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
  record.time_spent = {.trials = 61.2,
                       .cache = 18.4,
                       .priming = 9.7,
                       .probes = 4.1,
                       .waiting = 2.0,
                       .models = 12.9,
                       .total = 109.6};
  return record;
}

Cost Mapped(std::string cache) {
  const bool cold = cache == "cold";
  Cost cost;
  cost.subject = "mapped";
  cost.cache = std::move(cache);
  cost.measures = {{"ttft", cold ? kColdTtft : 1.19},
                   {"load_time", cold ? 0.00214 : 0.000412},
                   {"peak_rss", 3.142e9},
                   {"peak_anon", 4.61e7},
                   {"peak_file", 3.088e9},
                   {"bytes_read", 38496},
                   {"storage_bytes", cold ? 3.0875e9 : 0},
                   {"minor_faults", 18120},
                   {"major_faults", cold ? 412 : 0},
                   {"cpu_time", cold ? 1.62 : 1.58}};
  const double prefill = cold ? 1.9924 : 1.1848;
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

double Wobble(int block) { return 1 + 0.01 * ((block * 2) % 5 - 2); }

std::vector<double> Wobbling(double middle, int blocks) {
  std::vector<double> values;
  for (int block = 1; block <= blocks; ++block) values.push_back(middle * Wobble(block));
  return values;
}

std::vector<double> Steady(double value, int blocks) {
  return std::vector<double>(static_cast<std::size_t>(blocks), value);
}

/// Each phase takes its share of the peaks.
void AddTimeline(const Cost& cost, Observation& seen) {
  double seconds = 0;
  for (std::size_t i = 0; i < cost.phases.size(); ++i) {
    seconds += cost.phases[i].seconds;
    const double share = static_cast<double>(i + 1) / static_cast<double>(cost.phases.size());
    seen.series["memory_seconds"].push_back(seconds);
    seen.series["memory_anon"].push_back(share * cost.measures.at("peak_anon"));
    seen.series["memory_file"].push_back(share * cost.measures.at("peak_file"));
  }
}

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
  if (block == 1) AddTimeline(cost, seen);
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

EstimateRecord EstimateBelow(std::vector<double> values, double need_to_falsify) {
  std::sort(values.begin(), values.end());
  const int n = static_cast<int>(values.size());
  const auto nth = [&](int i) { return values[static_cast<std::size_t>(i - 1)]; };
  EstimateRecord estimate;
  estimate.value = n % 2 == 1 ? nth(n / 2 + 1) : (nth(n / 2) + nth(n / 2 + 1)) / 2;
  for (int k = n; k >= 0 && Wealth(n, k) >= need_to_falsify; --k) estimate.low = nth(n - k + 1);
  for (int k = 0; k <= n && Wealth(n, n - k) >= kNeedToPass; ++k) estimate.high = nth(n - k);
  estimate.confidence = 1 - 1 / need_to_falsify - 1 / kNeedToPass;
  return estimate;
}

EstimateRecord EstimateAbove(std::vector<double> values, double need_to_falsify) {
  for (double& value : values) value = -value;
  const EstimateRecord mirrored = EstimateBelow(std::move(values), need_to_falsify);
  EstimateRecord estimate = mirrored;
  estimate.value = -*mirrored.value;
  estimate.low = mirrored.high ? std::optional(-*mirrored.high) : std::nullopt;
  estimate.high = mirrored.low ? std::optional(-*mirrored.low) : std::nullopt;
  return estimate;
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

void Weigh(HypothesisRecord& hypothesis, int n, int violations, double need_to_falsify) {
  hypothesis.falsify = {n, violations, Wealth(n, violations), need_to_falsify};
  hypothesis.corroborate = {n, violations, Wealth(n, n - violations), kNeedToPass};
  for (int block = 1; block <= n; ++block) {
    const int violated = std::min(violations, block);
    hypothesis.evidence_growth.push_back(
        {block, Wealth(block, violated), Wealth(block, block - violated)});
  }
}

void Passed(HypothesisRecord& hypothesis, const std::vector<double>& values,
            double need_to_falsify) {
  const int n = static_cast<int>(values.size());
  hypothesis.verdict = Verdict::kPass;
  hypothesis.why = "the evidence for the claim reached what was needed";
  hypothesis.stop = "decided";
  hypothesis.blocks = hypothesis.trials = n;
  hypothesis.estimate = EstimateBelow(values, need_to_falsify);
  Weigh(hypothesis, n, 0, need_to_falsify);
  hypothesis.p_upper = 0.493609;
  hypothesis.severity = 1 - 1 / hypothesis.corroborate.e;
  for (const double factor : {0.5, 0.8, 0.9, 1.0, 1.1, 1.25, 2.0}) {
    const auto violations = std::count_if(values.begin(), values.end(), [&](double value) {
      return value >= factor * hypothesis.threshold;
    });
    const double e = Wealth(n, n - static_cast<int>(violations));
    hypothesis.severity_table.push_back({factor, e > 1 ? std::optional(1 - 1 / e) : std::nullopt});
  }
}

void Falsified(HypothesisRecord& hypothesis, const std::vector<double>& values,
               double need_to_falsify) {
  const int n = static_cast<int>(values.size());
  hypothesis.verdict = Verdict::kFalsified;
  hypothesis.why = "the evidence against the claim reached what was needed";
  hypothesis.stop = "decided";
  hypothesis.blocks = hypothesis.trials = n;
  hypothesis.estimate = hypothesis.criterion == "above" ? EstimateAbove(values, need_to_falsify)
                                                        : EstimateBelow(values, need_to_falsify);
  Weigh(hypothesis, n, n, need_to_falsify);
  hypothesis.p_upper = 1;
  hypothesis.severity = 1 - 1 / hypothesis.falsify.e;
  hypothesis.proved = true;
}

void Undecided(HypothesisRecord& hypothesis, double need_to_falsify) {
  constexpr int kBlocks = 20;
  constexpr int kViolations = 8;
  hypothesis.why = "20 blocks were not enough: 8 of 20 violate a limit that half may violate";
  hypothesis.stop = "max blocks";
  hypothesis.blocks = hypothesis.trials = hypothesis.max_blocks = kBlocks;
  hypothesis.estimate = EstimateBelow(Wobbling(kColdTtft, kBlocks), need_to_falsify);
  Weigh(hypothesis, kBlocks, kViolations, need_to_falsify);
  hypothesis.p_upper = 0.727924;
  hypothesis.severity = 0;
  hypothesis.blocks_still_needed = 248;
}

void CaughtBy(HypothesisRecord& hypothesis, std::string subject,
              const std::vector<double>& values) {
  harness::ControlRecord control;
  control.subject = std::move(subject);
  control.verdict = Verdict::kFalsified;
  control.blocks = static_cast<int>(values.size());
  control.estimate = EstimateBelow(values, kNeedToPass);
  hypothesis.control = control;
  hypothesis.proved = true;
}

}  // namespace falsify::reports
