#pragma once

#include <optional>
#include <string>
#include <vector>

#include "harness/record.h"

namespace falsify::reports {

/// One subject under one workload and cache state that some hypotheses found at fault.
struct Case {
  const harness::Record& record;
  std::vector<const harness::HypothesisRecord*> falsified;
  const harness::SummaryRecord& summary;
  const harness::SubjectRecord* subject;  ///< null if unknown
};

/// The least time that one part of the work needs, at a limit measured on this host.
struct Floor {
  std::string work;  ///< "3.09 GB from the device"
  double seconds = 0;
};
std::vector<Floor> Floors(const Case& fault);

/// The longest phase; null without phases.
const harness::Phase* LongestPhase(const harness::SummaryRecord& summary);

/// Links of the chain of evidence. Each is one finished sentence or more, or empty where the record
/// has not the figures for it.
std::string PhaseStep(const Case& fault);
std::string BytesStep(const Case& fault);
std::string FaultStep(const Case& fault);
std::string MemoryStep(const Case& fault);
std::string StoppedStep(const Case& fault);  ///< what stopped trials had reached
std::string CpuStep(const Case& fault);
std::string LimitStep(const Case& fault);

/// The summary of another subject that passed under the same workload and cache state, preferably
/// on the same measure and with the same payload; null if there is none.
const harness::SummaryRecord* FindPassed(const Case& fault);

}  // namespace falsify::reports
