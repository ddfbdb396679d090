#include "reports/facts/memory_model.h"

#include <algorithm>
#include <cmath>

#include "fmt/format.h"
#include "reports/facts/lookup.h"
#include "reports/text/document.h"
#include "reports/text/quantity.h"

namespace falsify::reports {

using harness::Record;
using harness::SummaryRecord;

namespace {

constexpr double kF32Bytes = 4;

bool HasPhase(const SummaryRecord& summary, std::string_view name) {
  return std::any_of(summary.phases.begin(), summary.phases.end(),
                     [&](const harness::Phase& phase) { return phase.name == name; });
}

std::string Difference(double observed, double expected) {
  const double difference = observed - expected;
  if (difference == 0) return "exactly that";
  return fmt::format("{} {} than expected ({} of it)", Quantity(std::abs(difference), "B"),
                     difference > 0 ? "more" : "less", Percent(observed / expected));
}

}  // namespace

std::vector<MemoryTerm> ExpectedAnonymous(const Record& record, const SummaryRecord& summary) {
  std::vector<MemoryTerm> terms;
  const harness::SubjectRecord* subject = FindSubject(record, summary.subject);
  if (subject == nullptr) return terms;
  const harness::ModelRecord& model = subject->model;
  const loaders::LoadReport* load = FindLoad(record, SettingOf(summary));
  const bool whole_file = load != nullptr && load->bytes_mapped == 0 && model.payload_bytes > 0 &&
                          load->bytes_read >= model.payload_bytes;
  if (whole_file && model.file_bytes > 0) {
    terms.push_back({"the file read into memory", static_cast<double>(model.file_bytes)});
  }
  if (HasPhase(summary, "copy") && model.payload_bytes > 0) {
    terms.push_back({"a copy of every tensor", static_cast<double>(model.payload_bytes)});
  }
  if (HasPhase(summary, "convert") && model.elements > 0) {
    terms.push_back({fmt::format("4 B x {} elements as F32", Count(model.elements)),
                     kF32Bytes * static_cast<double>(model.elements)});
  }
  return terms;
}

std::string MemoryArithmetic(const Record& record, const SummaryRecord& summary) {
  const std::vector<MemoryTerm> terms = ExpectedAnonymous(record, summary);
  const std::optional<double> observed = MedianOf(summary, "peak_anon");
  if (terms.empty() || !observed) return "";
  double expected = 0;
  std::string sum;
  for (const MemoryTerm& term : terms) {
    expected += term.bytes;
    sum += fmt::format("{}{} ({})", sum.empty() ? "" : " + ", Quantity(term.bytes, "B"), term.what);
  }
  const std::string total =
      terms.size() > 1 ? fmt::format(" = {}", Quantity(expected, "B")) : std::string();
  return fmt::format("expected if all of it was alive at once: {}{}; observed peak_anon {}, {}",
                     sum, total, Quantity(*observed, "B"), Difference(*observed, expected));
}

}  // namespace falsify::reports
