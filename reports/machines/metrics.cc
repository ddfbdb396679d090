#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "fmt/format.h"
#include "reports/facts/outcomes.h"
#include "reports/machines/machines.h"
#include "reports/text/encode.h"

namespace falsify::reports {
namespace {

using harness::EstimateRecord;
using harness::HypothesisRecord;
using harness::Record;
using Json = nlohmann::ordered_json;

/// A label's value: quotes, backslashes and line ends escaped, the rest made harmless.
std::string Label(std::string_view text) {
  std::string out;
  for (const char c : TerminalText(Untrusted(text))) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out;
}

std::string LabelsOf(const Record& record, const HypothesisRecord& hypothesis) {
  return fmt::format("study=\"{}\",hypothesis=\"{}\",subject=\"{}\",measure=\"{}\",unit=\"{}\"",
                     Label(record.study_id), Label(hypothesis.id), Label(hypothesis.subject),
                     Label(hypothesis.measure), Label(hypothesis.unit));
}

std::string Family(std::string_view name, std::string_view help) {
  return fmt::format("# TYPE {0} gauge\n# HELP {0} {1}\n", name, help);
}

struct Column {
  std::string_view name;
  std::string_view help;
  std::optional<double> (*value)(const HypothesisRecord& hypothesis);
};

std::optional<double> Side(const HypothesisRecord& hypothesis,
                           std::optional<double> EstimateRecord::*side) {
  return PlainEstimate(hypothesis) ? hypothesis.estimate.*side : std::nullopt;
}

constexpr Column kColumns[] = {
    {"falsify_estimate", "What was seen of the measure, in its unit.", &PlainEstimate},
    {"falsify_estimate_low", "Lower end of its interval.",
     [](const HypothesisRecord& h) { return Side(h, &EstimateRecord::low); }},
    {"falsify_estimate_high", "Upper end of its interval.",
     [](const HypothesisRecord& h) { return Side(h, &EstimateRecord::high); }},
    {"falsify_blocks", "Blocks of trials that were run.",
     [](const HypothesisRecord& h) { return std::optional<double>(h.blocks); }},
    {"falsify_severity", "Probability that evidence this strong fails to appear if it is wrong.",
     [](const HypothesisRecord& h) { return h.severity; }},
};

bool IsRateUnit(std::string_view unit) { return unit.ends_with("/s"); }

std::string RenderCustom(const Record& record, bool rates) {
  Json all = Json::array();
  for (const HypothesisRecord& hypothesis : record.hypotheses) {
    const std::optional<double> value = PlainEstimate(hypothesis);
    if (!value || IsRateUnit(hypothesis.unit) != rates) continue;
    Json entry = {
        {"name", NameOf(record, hypothesis)}, {"unit", hypothesis.unit}, {"value", *value}};
    const EstimateRecord& seen = hypothesis.estimate;
    if (seen.low && seen.high)
      entry["range"] = fmt::format("{:.6g} to {:.6g}", *seen.low, *seen.high);
    entry["extra"] = MessageOf(hypothesis);
    all.push_back(std::move(entry));
  }
  return Dump(all);
}

}  // namespace

std::string RenderOpenMetrics(const Record& record) {
  std::string out = Family("falsify_verdict", "1 for the verdict that the hypothesis has.");
  for (const HypothesisRecord& hypothesis : record.hypotheses) {
    out += fmt::format("falsify_verdict{{{},verdict=\"{}\"}} 1\n", LabelsOf(record, hypothesis),
                       criteria::Name(hypothesis.verdict));
  }
  for (const Column& column : kColumns) {
    out += Family(column.name, column.help);
    for (const HypothesisRecord& hypothesis : record.hypotheses) {
      const std::optional<double> value = column.value(hypothesis);
      if (!value) continue;
      out += fmt::format("{}{{{}}} {}\n", column.name, LabelsOf(record, hypothesis), *value);
    }
  }
  out += Family("falsify_exit_code", "Exit code of the run.");
  out += fmt::format("falsify_exit_code{{study=\"{}\"}} {}\n", Label(record.study_id),
                     record.exit_code);
  return out + "# EOF\n";
}

std::string RenderBencher(const Record& record) {
  Json all = Json::object();
  for (const HypothesisRecord& hypothesis : record.hypotheses) {
    const std::optional<double> value = PlainEstimate(hypothesis);
    if (!value) continue;
    Json metric = {{"value", *value}};
    if (hypothesis.estimate.low) metric["lower_value"] = *hypothesis.estimate.low;
    if (hypothesis.estimate.high) metric["upper_value"] = *hypothesis.estimate.high;
    all[NameOf(record, hypothesis)][hypothesis.measure] = metric;
  }
  return Dump(all);
}

std::string RenderSmallerIsBetter(const Record& record) { return RenderCustom(record, false); }
std::string RenderBiggerIsBetter(const Record& record) { return RenderCustom(record, true); }

}  // namespace falsify::reports
