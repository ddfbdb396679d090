#pragma once

#include <string>
#include <vector>

#include "harness/record.h"

namespace falsify::reports {

/// One thing in anonymous memory that a loader's own account says it made.
struct MemoryTerm {
  std::string what;  ///< finished Markdown
  double bytes = 0;
};

/// What anonymous memory should hold if everything the loader made was alive at once: the file read
/// into memory (it read the payload and mapped nothing), a copy of every tensor (phase "copy"),
/// every element as F32 (phase "convert"). Only terms that the record supports; none if it says
/// nothing of the load. An expectation to hold beside the measured peak, never a measurement.
std::vector<MemoryTerm> ExpectedAnonymous(const harness::Record& record,
                                          const harness::SummaryRecord& summary);

/// "3.09 GB (the file read into memory) + ... = 12.3 GB expected; observed 12.4 GB, 0.1 GB more".
/// Empty without terms or without a measured peak_anon.
std::string MemoryArithmetic(const harness::Record& record, const harness::SummaryRecord& summary);

}  // namespace falsify::reports
