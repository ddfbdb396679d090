#pragma once

#include <string>

#include "harness/record.h"

namespace falsify::reports {

/// Consumers read a failed, censored or undecided trial as a perfect score if it has a number, so
/// in none of these formats it has one: it is left out, and counted where there is room.

/// JUnit XML, one test case per hypothesis: FALSIFIED is a failure; ERROR, INVALID and INCONCLUSIVE
/// are errors with the verdict as their type (jenkinsci/xunit-plugin, junit-10.xsd).
std::string RenderJunit(const harness::Record& record);

/// The same, but INCONCLUSIVE is skipped, which is green everywhere.
std::string RenderJunitLenient(const harness::Record& record);

/// SARIF 2.1.0 (OASIS): a result per FALSIFIED hypothesis, at its line of the study file.
std::string RenderSarif(const harness::Record& record);

/// The same with all hypotheses: `kind` is pass, fail, open (INCONCLUSIVE), review (INVALID,
/// ERROR).
std::string RenderSarifAll(const harness::Record& record);

/// Google Benchmark's JSON (json_schema_version 1), one iteration row per finished trial and time.
std::string RenderBenchmark(const harness::Record& record);

/// hyperfine's JSON export: a result per subject, workload and page-cache state; `user` is user and
/// system time together.
std::string RenderHyperfine(const harness::Record& record);

/// One line per trial, RFC 4180, every measure a column.
std::string RenderCsv(const harness::Record& record);

/// OpenMetrics text: verdicts, estimates with their intervals, blocks.
std::string RenderOpenMetrics(const harness::Record& record);

/// Bencher Metric Format: a benchmark per hypothesis, with its interval.
std::string RenderBencher(const harness::Record& record);

/// github-action-benchmark, customSmallerIsBetter and customBiggerIsBetter: a file has one
/// direction, so times and bytes go to one and rates to the other.
std::string RenderSmallerIsBetter(const harness::Record& record);
std::string RenderBiggerIsBetter(const harness::Record& record);

/// GitHub workflow commands, one annotation per hypothesis that did not pass, worst first, as many
/// as a step may show.
std::string RenderGithub(const harness::Record& record);

}  // namespace falsify::reports
