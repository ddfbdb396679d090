#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "harness/study/study.h"
#include "harness/subjects.h"

namespace falsify::cli {

/// Of a model that is generated, or that can be stat'ed.
struct SizeOnDisk {
  double file_bytes = 0;
  double elements = 0;
  bool generated = false;  ///< or converted: goes to the cache
};

/// `size`, where given, is that of a sweep. Absent if it cannot be told.
std::optional<SizeOnDisk> SizeOf(const harness::Study& study, const harness::ModelSpec& model,
                                 const std::optional<harness::ModelSize>& size = std::nullopt);

/// What a subject will take of the host, as far as it can be told before anything has run.
struct SubjectNeed {
  std::string subject;
  std::uint64_t memory_bytes = 0;  ///< anonymous, at its loader's peak
};

/// Of subjects whose model is generated or can be stat'ed, in the study's order.
std::vector<SubjectNeed> NeedsOf(const harness::Study& study);

/// One line per subject that needs more than 1 GB, against what is available now; says so where it
/// is not enough.
std::vector<std::string> NeedLines(const harness::Study& study);

}  // namespace falsify::cli
