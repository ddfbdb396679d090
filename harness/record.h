#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "criteria/verdict.h"
#include "harness/trial/observation.h"
#include "loaders/error.h"
#include "nlohmann/json.hpp"

namespace falsify::harness {

/// Everything a run produced: enough to render any report or to judge again. SI base units.
/// Text may be hostile (names, stderr); writers encode it for their sink.

/// A point with its interval; `low` or `high` is absent where nothing bounds that side.
struct EstimateRecord {
  std::optional<double> value;  ///< sample quantile; absent if no block was usable
  bool value_at_least = false;  ///< the value is censored: ">= value"
  std::optional<double> low;
  std::optional<double> high;
  double confidence = 0;  ///< of the interval, valid at any stopping time
};

/// One betting stream (statistics.md, sections 1 to 3).
struct StreamRecord {
  int n = 0;
  int violations = 0;
  double e = 1;
  double need = 20;
};

struct SeverityRow {
  double factor = 1;  ///< g of "below g * threshold"
  std::optional<double> severity;
};

/// What had to be FALSIFIED for a PASS to count: a subject, or the claim's own one sabotaged.
struct ControlRecord {
  std::string subject;                 ///< empty if sabotaged
  std::string sabotage;                ///< "a delay of 3 s"; of a sweep, that at its largest size
  std::optional<double> caught_above;  ///< smallest violation it would have caught: times the
                                       ///< threshold, or an exponent; of sabotage alone
  criteria::Verdict verdict = criteria::Verdict::kInconclusive;
  int blocks = 0;
  EstimateRecord estimate;
};

/// What was seen at one size of a sweep.
struct SizeRecord {
  std::uint64_t size = 0;       ///< bytes of payload, or tensors
  std::optional<double> value;  ///< median over the undisturbed blocks
};

/// A deterministic measure judged beside an order of time: no clock can hide what it says.
struct CompanionRecord {
  std::string measure;
  criteria::Verdict verdict = criteria::Verdict::kInconclusive;
  EstimateRecord exponent;  ///< excess over the order's
  std::vector<SizeRecord> sizes;
};

/// An order over a sweep, beside the exponent that stands as the hypothesis's estimate.
struct SweepRecord {
  std::string over;   ///< "payload" or "tensors"
  std::string order;  ///< "O(1)"
  double tolerance = 0;
  EstimateRecord top;  ///< excess exponent between the two largest sizes
  std::vector<SizeRecord> sizes;
  std::string allowed;          ///< the tolerance in words: "at most 2.3x from 1 MiB to 4 GiB"
  std::optional<double> fixed;  ///< t = fixed + per_size * n
  std::optional<double> per_size;
  std::optional<double> crossover;  ///< size from which the slope costs more than the rest
  std::vector<CompanionRecord> companions;
};

/// The e-values of both bets after so many blocks.
struct EvidenceRow {
  int blocks = 0;
  double falsify = 1;
  double corroborate = 1;
};

struct HypothesisRecord {
  std::string id;
  std::string claim;
  int line = 0;  ///< of the study file where it is declared
  criteria::Verdict verdict = criteria::Verdict::kInconclusive;
  std::string why;  ///< one sentence
  std::string measure;
  std::string unit;  ///< of threshold and estimate: "s", "B", "x" if relative, none of an order
  std::string criterion;  ///< "below", "above", "between", "order", "equals", "all_of"
  std::string mode = "one_shot";
  std::vector<std::string> members;  ///< of all_of
  std::optional<SweepRecord> sweep;  ///< of an order
  double threshold = 0;              ///< of between the lower one, of an order the tolerance
  double upper_threshold = 0;        ///< of between
  std::string threshold_text;
  std::string subject;
  std::string relative_to;      ///< empty, "payload", "file" or a subject
  std::string reference_token;  ///< of same_first_token, where it is not relative to a subject
  std::string precision;        ///< "matched", ... ; empty unless relative to a subject
  std::vector<std::string> stored_wider;  ///< vectors of equal values, wider on one side
  std::string workload;                   ///< "first_token(prompt_tokens=9)"
  std::string cache;                      ///< "warm" or "cold"
  double quantile = 0.5;
  int blocks = 0;
  int trials = 0;
  int set_aside = 0;
  int failed = 0;
  int max_blocks = 0;
  int blocks_to_pass = 0;                  ///< n0: fewest that can PASS
  std::optional<int> blocks_still_needed;  ///< INCONCLUSIVE only
  EstimateRecord estimate;
  StreamRecord falsify;
  StreamRecord corroborate;
  std::vector<EvidenceRow> evidence_growth;  ///< one row for each block
  double p_upper = 1;
  std::optional<double> severity;
  std::vector<SeverityRow> severity_table;
  std::vector<std::uint64_t> counterexamples;  ///< trial numbers, FALSIFIED only
  std::optional<ControlRecord> control;
  bool serially_dependent = false;
  bool proved = false;              ///< the test has been seen to fail (by verdict or control)
  std::optional<double> e_falsify;  ///< of all_of; elsewhere see the streams
  std::optional<double> e_corroborate;
  std::string stop;  ///< "decided", "max blocks", "out of time", "hopeless", "failed trials"
};

struct TrialRecord {
  std::uint64_t number = 0;             ///< from 1
  std::vector<std::string> hypotheses;  ///< that counted it
  std::string subject;
  std::string workload;
  std::string cache;
  std::string mode = "one_shot";  ///< or "steady": the median of repetitions in one process
  std::uint64_t size = 0;         ///< of a sweep: bytes of payload, or tensors
  std::string sabotage;           ///< what was put into it: "a delay of 3 s"; empty: nothing
  int block = 0;                  ///< from 1, per hypothesis group
  std::string role;               ///< "block", "burn-in", "control"
  double started_seconds = 0;     ///< since the run began
  double prepare_seconds = 0;     ///< page cache made and verified
  double prime_seconds = 0;       ///< guest memory primed
  bool primed = true;             ///< false: the trial is marked, guest memory not primed
  std::string cache_problem;      ///< empty if the state was verified before and after
  double slowdown = 1;            ///< of its block
  bool disturbed = false;
  Observation observation;
};

struct ModelRecord {
  std::string name;
  std::string path;
  std::string format;
  std::map<std::string, std::uint64_t> dtypes;
  std::uint64_t file_bytes = 0;
  std::uint64_t payload_bytes = 0;
  std::uint64_t tensors = 0;
  std::uint64_t elements = 0;
  std::string architecture;
  std::string payload_digest;
  std::string matched_digest;  ///< the same for models that differ only in how wide vectors are
  std::map<std::string, std::string> vectors;  ///< canonical name -> dtype, below two dimensions
  std::vector<std::string> files;              ///< that hold its tensors, in order
  std::string generated;  ///< how, e.g. "shape qwen2.5-1.5b, BF16, seed 1"; empty for a given path
};

struct SubjectRecord {
  std::string name;
  std::string loader;  ///< with options, "pread(threads=2)"
  ModelRecord model;
  std::string payload_digest;  ///< of what this loader held; empty if it could not be proven
  bool taken_at_its_word =
      false;  ///< it shows no bytes: the digest is that of the file it was given
};

/// Median figures of one subject under one workload and cache state, over its undisturbed ok
/// trials.
struct SummaryRecord {
  std::string subject;
  std::string workload;
  std::string cache;
  int trials = 0;
  int ok = 0;
  int timeouts = 0;
  std::map<std::string, EstimateRecord> measures;
  std::map<std::string, std::string> units;
  std::vector<Phase> phases;  ///< median seconds each, in order
  std::vector<std::string> advice;
  std::vector<std::string> fallbacks;
  std::string first_token;  ///< digest shared by all ok trials; empty if none or not the same
  std::string logits;
};

/// A limit of this host measured during the run, e.g. "memory_read", in B/s.
struct LimitRecord {
  std::string name;
  std::string definition;
  double value = 0;
  std::string unit;
};

struct ProbeRecord {
  std::string kind;
  double at_seconds = 0;
  double value = 0;  ///< seconds the probe took
};

/// Where the run's wall time went, in seconds.
struct TimeSpent {
  double trials = 0;
  double cache = 0;
  double priming = 0;
  double probes = 0;
  double waiting = 0;  ///< for a quiet host before a block, and for a slow spell after the last
  double models = 0;   ///< generating and proving them
  double total = 0;
};

/// What ties a record to what it came from; all SHA-256. Only of runs with `--evidence`.
struct EvidenceRecord {
  std::string journal_head;  ///< of the journal's last line, which stands on all before it
  std::string binary_sha256;
  std::map<std::string, std::string> models;  ///< path -> digest of the file
};

struct Record {
  std::string study_id;
  std::string study_title;
  std::string study_path;
  std::string study_sha256;
  std::string started_at;  ///< ISO 8601, UTC
  std::string tool_version;
  std::uint64_t seed = 0;
  criteria::Verdict verdict = criteria::Verdict::kInconclusive;
  int exit_code = 0;
  std::map<std::string, std::string> environment;  ///< host, kernel, cpu, cores, ...
  std::vector<std::string> warnings;
  std::vector<std::string> command;  ///< argv that reproduces the run
  std::vector<SubjectRecord> subjects;
  std::vector<HypothesisRecord> hypotheses;
  std::vector<SummaryRecord> summaries;
  std::vector<LimitRecord> limits;
  std::vector<TrialRecord> trials;
  std::vector<ProbeRecord> probes;
  std::vector<std::string> pictures;  ///< files drawn beside the report; none without gnuplot
  TimeSpent time_spent;
  std::optional<EvidenceRecord> evidence;
};

/// A trial as the record and the journal hold it: its observation stands flat among its fields, and
/// a censored measure is `{"at_least": 60}`.
nlohmann::json ToJson(const TrialRecord& trial);

/// Errors: RECORD_FIELD, OBSERVATION_FIELD.
Result<TrialRecord> TrialRecordFromJson(nlohmann::json json);

/// Schema "falsify/record/v1". Infinity and NaN never occur.
nlohmann::json ToJson(const Record& record);

/// ToJson as record.json holds it, indented by one, without ever holding the whole of it as a tree:
/// a record may have 10,000 trials.
std::string RecordText(const Record& record);

/// Errors: RECORD_FIELD (missing or of the wrong type), RECORD_SCHEMA.
Result<Record> RecordFromJson(nlohmann::json json);

}  // namespace falsify::harness
