#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "harness/record.h"

namespace falsify::reports {

// What the example records of the tests are made of: one model of the size of Qwen2.5-1.5B in BF16,
// three loaders, hypotheses with the evidence that their blocks give.

inline constexpr const char* kWorkload = "first_token(prompt_tokens=9)";

/// What every trial of one subject under one cache state costs, give or take two per cent.
struct Cost {
  std::string subject;
  std::string cache;
  std::map<std::string, double> measures;
  std::vector<harness::Phase> phases;
  loaders::LoadReport load;
};

Cost Mapped(std::string cache);
Cost FsRead(std::string cache);
Cost Naive(std::string cache);  ///< the file, a copy of every tensor and an F32 copy, all alive

harness::SubjectRecord Subject(std::string name, std::string loader);
const std::map<std::string, std::string>& Units();  ///< of the measures in a Cost

/// Host, limits, probes, command and time spent; no subject, trial or hypothesis yet.
harness::Record BaseRecord(std::string id, std::string title, criteria::Verdict verdict,
                           int exit_code);

/// A factor near 1 that differs from block to block.
double Wobble(int block);

harness::TrialRecord& AddTrial(harness::Record& record, const Cost& cost, int block,
                               std::vector<std::string> hypotheses);
void AddTimeout(harness::Record& record, const Cost& cost, int block,
                std::vector<std::string> hypotheses);
void AddSummary(harness::Record& record, const Cost& cost, int trials);

harness::EstimateRecord Around(double value, std::optional<double> low, std::optional<double> high);
harness::HypothesisRecord TtftBelow2(std::string id, std::string claim, const Cost& cost);
harness::HypothesisRecord RelativeTo(harness::HypothesisRecord hypothesis, std::string measure,
                                     std::string to, double threshold, std::string text);

/// Both e-values of a median claim after `n` blocks with so many violations.
void Weigh(harness::HypothesisRecord& hypothesis, int n, int violations, double need_to_falsify);
void Passed(harness::HypothesisRecord& hypothesis, harness::EstimateRecord estimate,
            double need_to_falsify);
void Falsified(harness::HypothesisRecord& hypothesis, harness::EstimateRecord estimate,
               double need_to_falsify, int blocks);
void CaughtBy(harness::HypothesisRecord& hypothesis, std::string subject,
              harness::EstimateRecord estimate);

}  // namespace falsify::reports
