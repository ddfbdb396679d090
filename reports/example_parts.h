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

/// A factor within 2 % of 1 that differs from block to block; its median over five is 1.
double Wobble(int block);
std::vector<double> Wobbling(double middle, int blocks);
std::vector<double> Steady(double value, int blocks);

harness::TrialRecord& AddTrial(harness::Record& record, const Cost& cost, int block,
                               std::vector<std::string> hypotheses);
void AddTimeout(harness::Record& record, const Cost& cost, int block,
                std::vector<std::string> hypotheses);
void AddSummary(harness::Record& record, const Cost& cost, int trials);

/// Median of one value per block with its interval, for a claim "below" or "above".
harness::EstimateRecord EstimateBelow(std::vector<double> values, double need_to_falsify);
harness::EstimateRecord EstimateAbove(std::vector<double> values, double need_to_falsify);

harness::HypothesisRecord TtftBelow2(std::string id, std::string claim, const Cost& cost);
harness::HypothesisRecord RelativeTo(harness::HypothesisRecord hypothesis, std::string measure,
                                     std::string to, double threshold, std::string text);

/// Both e-values of a median claim after `n` blocks with so many violations.
void Weigh(harness::HypothesisRecord& hypothesis, int n, int violations, double need_to_falsify);

/// The verdict that these values give, none of them a violation; all of them violations.
void Passed(harness::HypothesisRecord& hypothesis, const std::vector<double>& values,
            double need_to_falsify);
void Falsified(harness::HypothesisRecord& hypothesis, const std::vector<double>& values,
               double need_to_falsify);
void Undecided(harness::HypothesisRecord& hypothesis, double need_to_falsify);  ///< Mapped, cold

/// A control of these values, FALSIFIED.
void CaughtBy(harness::HypothesisRecord& hypothesis, std::string subject,
              const std::vector<double>& values);

}  // namespace falsify::reports
