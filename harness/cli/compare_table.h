#pragma once

#include <string>
#include <vector>

#include "harness/record.h"
#include "nlohmann/json.hpp"

namespace falsify::cli {

/// One line of a comparison.
struct CompareRow {
  std::string measure;
  std::string unit;
  std::string cache;
  std::string subject;
  harness::EstimateRecord estimate;
  std::optional<double> ratio;  ///< to the first subject's median in the same state
  int trials = 0;
  bool unmatched = false;  ///< other weights than the first subject's
};

/// Rows of every measure in every page-cache state, the smallest median first, the first subject of
/// `record` being what ratios are taken to. Measures that a subject does not have are left out.
std::vector<CompareRow> CompareRows(const harness::Record& record,
                                    const std::vector<std::string>& measures);

std::string CompareText(const std::vector<CompareRow>& rows);

/// One line each on whether all subjects hold the same payload, and whether their first tokens and
/// logits are the same; where they are not, who has what.
std::string SamenessText(const harness::Record& record);
nlohmann::json CompareJson(const std::vector<CompareRow>& rows);

}  // namespace falsify::cli
