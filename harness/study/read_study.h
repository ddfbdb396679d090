#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "harness/study/study.h"
#include "loaders/error.h"
#include "loaders/loader_options.h"

namespace falsify::harness {

/// Names that only the caller knows: those of the loaders and of the generator's model shapes. They
/// outlive the call.
struct Vocabulary {
  struct Loader {
    std::string_view name;
    std::span<const loaders::LoaderOption> options;
  };
  std::vector<Loader> loaders;
  std::vector<std::string_view> shapes;

  /// Whether the text is an order of growth that can be seen over these sizes.
  Result<void> (*check_order)(std::string_view order, std::span<const double> sizes) = nullptr;
};

/// Reads and checks a study; `path` is for messages, and model paths are taken relative to its
/// folder. Whatever the text, it ends, with a Study or with the first thing that is wrong: one line
/// `FILE:LINE:COLUMN: what; the nearest valid word [STUDY_...]`.
/// Errors: STUDY_SIZE (over 1 MiB or 100,000 values), STUDY_UTF8, STUDY_YAML, STUDY_DOCUMENTS,
/// STUDY_DEPTH (over 64), STUDY_DUPLICATE, STUDY_TAG, STUDY_ALIAS, STUDY_MERGE, STUDY_SCHEMA,
/// STUDY_EMPTY, STUDY_UNKNOWN_KEY, STUDY_MISSING, STUDY_TYPE, STUDY_NAME, STUDY_UNIT, STUDY_RANGE,
/// STUDY_UNKNOWN_{CACHE,DTYPE,FORMAT,LOADER,MEASURE,MODE,MODEL,OPTION,PRECISION,SHAPE,SUBJECT,
/// WORKLOAD}, STUDY_UNKNOWN_HYPOTHESIS (in all_of), STUDY_ORDER (what check_order says),
/// STUDY_WORKLOAD (it does not yield the measure), STUDY_TIMEOUT (shorter than the threshold),
/// STUDY_CONFLICT (two things that cannot both hold), STUDY_CYCLE, STUDY_URL.
/// `overrides` are applied first (ApplyOverrides); the digest stays that of `text`.
Result<Study> ParseStudy(std::string_view text, const std::string& path,
                         const Vocabulary& vocabulary, std::span<const std::string> overrides = {});

/// The same from a file. Errors: STUDY_READ (errno named), and those above.
Result<Study> ReadStudy(const std::string& path, const Vocabulary& vocabulary,
                        std::span<const std::string> overrides = {});

}  // namespace falsify::harness
