#include "reports/charts/chart_data.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "fmt/format.h"
#include "reports/facts/outcomes.h"
#include "reports/facts/words.h"
#include "reports/text/encode.h"

namespace falsify::reports {
namespace {

using harness::HypothesisRecord;
using harness::Record;
using harness::SummaryRecord;
using harness::TrialRecord;
using Json = nlohmann::ordered_json;

/// A name as a canvas may draw it: on one line, short enough to leave room for the chart.
std::string Label(std::string_view name) { return TerminalText(Untrusted(name, 80)); }

Json Chart(std::string id, std::string_view title, std::string note, std::string kind) {
  return {{"id", std::move(id)},
          {"title", Label(title)},
          {"note", std::move(note)},
          {"kind", std::move(kind)},
          {"x", ""},
          {"y", ""},
          {"log_x", false},
          {"log_y", false},
          {"labels", Json::array()},
          {"datasets", Json::array()}};
}

Json Points(std::string_view label, const std::vector<std::pair<double, double>>& points) {
  Json data = Json::array();
  for (const auto& [x, y] : points) data.push_back({{"x", x}, {"y", y}});
  return {{"label", Label(label)}, {"data", std::move(data)}};
}

/// Times differ by powers of ten between subjects; a logarithmic axis needs them above zero.
Json TrialsOverTime(const Record& record) {
  Json chart = Chart("trials", "Trials over time",
                     "Each finished trial at the time it began; a drift or a step of the host "
                     "shows as a slope or a jump in all of them.",
                     "scatter");
  chart["x"] = "seconds since the run began";
  chart["y"] = "seconds";
  chart["log_y"] = true;
  for (const Series& series : SeriesOf(record)) {
    const std::string measure = MainTime(series);
    std::vector<std::pair<double, double>> points;
    for (const TrialRecord* trial : series.trials) {
      const auto found = trial->observation.measures.find(measure);
      if (found == trial->observation.measures.end() || found->second <= 0) continue;
      points.emplace_back(trial->started_seconds, found->second);
    }
    if (!points.empty()) chart["datasets"].push_back(Points(series.name + " " + measure, points));
  }
  return chart;
}

Json Distribution(const Record& record) {
  Json chart = Chart("distribution", "Distribution",
                     "The share of trials that took at most so long; the median is where a curve "
                     "crosses one half.",
                     "line");
  chart["x"] = "seconds";
  chart["y"] = "share of trials";
  chart["log_x"] = true;
  for (const Series& series : SeriesOf(record)) {
    const std::string measure = MainTime(series);
    std::vector<double> values = Values(series, measure);
    std::ranges::sort(values);
    std::vector<std::pair<double, double>> points;
    for (std::size_t i = 0; i < values.size(); ++i) {
      if (values[i] <= 0) continue;
      points.emplace_back(values[i],
                          static_cast<double>(i + 1) / static_cast<double>(values.size()));
    }
    if (points.size() > 1) {
      chart["datasets"].push_back(Points(series.name + " " + measure, points));
    }
  }
  return chart;
}

std::string NameOf(const SummaryRecord& summary) {
  return Label(fmt::format("{} {} {}", summary.subject, summary.workload, summary.cache));
}

Json Phases(const Record& record) {
  Json chart =
      Chart("phases", "Where the time of a trial goes",
            "Median seconds of each phase, from open(2) to the end of the workload.", "stacked");
  chart["x"] = "seconds";
  std::vector<std::string> names;
  for (const SummaryRecord& summary : record.summaries) {
    if (summary.phases.empty()) continue;
    chart["labels"].push_back(NameOf(summary));
    for (const harness::Phase& phase : summary.phases) {
      if (std::ranges::find(names, phase.name) == names.end()) names.push_back(phase.name);
    }
  }
  for (const std::string& name : names) {
    Json data = Json::array();
    for (const SummaryRecord& summary : record.summaries) {
      if (summary.phases.empty()) continue;
      double seconds = 0;
      for (const harness::Phase& phase : summary.phases) {
        if (phase.name == name) seconds = phase.seconds;
      }
      data.push_back(seconds);
    }
    chart["datasets"].push_back({{"label", Label(name)}, {"data", std::move(data)}});
  }
  return chart;
}

std::optional<double> Median(const SummaryRecord& summary, const std::string& measure) {
  const auto found = summary.measures.find(measure);
  if (found == summary.measures.end() || found->second.value_at_least) return std::nullopt;
  return found->second.value;
}

Json Memory(const Record& record) {
  Json chart =
      Chart("memory", "Memory at its peak, by kind",
            "Median peaks: anonymous memory cannot be taken back by the kernel, file pages "
            "can. The two need not peak at the same instant.",
            "stacked");
  chart["x"] = "bytes";
  Json anon = Json::array();
  Json file = Json::array();
  for (const SummaryRecord& summary : record.summaries) {
    const auto own = Median(summary, "peak_anon");
    const auto mapped = Median(summary, "peak_file");
    if (!own || !mapped) continue;
    chart["labels"].push_back(NameOf(summary));
    anon.push_back(*own);
    file.push_back(*mapped);
  }
  if (anon.empty()) return chart;
  chart["datasets"].push_back({{"label", "anonymous"}, {"data", std::move(anon)}});
  chart["datasets"].push_back({{"label", "file"}, {"data", std::move(file)}});
  return chart;
}

Json MemoryOverTime(const Record& record) {
  Json chart = Chart("timeline", "Memory over a trial",
                     "Growth by kind, sampled during one trial of each: a step of anonymous memory "
                     "is a copy, a slope of file pages a mapped file being read.",
                     "line");
  chart["x"] = "seconds since the trial's clock started";
  chart["y"] = "bytes";
  std::set<std::string> drawn;
  for (const TrialRecord& trial : record.trials) {
    const auto& series = trial.observation.series;
    const auto seconds = series.find("memory_seconds");
    const std::string kind = fmt::format("{} {} {}", trial.subject, trial.workload, trial.cache);
    if (seconds == series.end() || !drawn.insert(kind).second) continue;
    for (const auto& [name, words] :
         {std::pair{"memory_anon", "anonymous"}, std::pair{"memory_file", "file"}}) {
      const auto values = series.find(name);
      if (values == series.end()) continue;
      std::vector<std::pair<double, double>> points;
      for (std::size_t i = 0; i < std::min(seconds->second.size(), values->second.size()); ++i) {
        points.emplace_back(seconds->second[i], values->second[i]);
      }
      chart["datasets"].push_back(Points(fmt::format("{}: {}", kind, words), points));
    }
  }
  return chart;
}

/// Beyond these lines no eye tells them apart.
constexpr std::size_t kMostGrowing = 8;

/// One violation of an invariant counts 1e300: the axis would leave nothing of the others.
constexpr double kMostTimes = 1000;

double TimesNeeded(double evidence, const harness::StreamRecord& stream) {
  return std::min(evidence / stream.need, kMostTimes);
}

Json EvidenceGrowth(const Record& record) {
  Json chart = Chart("growth", "Evidence as it grew",
                     "After each block, how many times what was needed each side had gathered; the "
                     "first to reach 1 decides. More than 1,000 is drawn as 1,000.",
                     "line");
  chart["x"] = "blocks";
  chart["y"] = "evidence / needed";
  chart["log_y"] = true;
  std::size_t drawn = 0;
  for (const HypothesisRecord& hypothesis : record.hypotheses) {
    const bool bets = hypothesis.falsify.need > 0 && hypothesis.corroborate.need > 0;
    if (!bets || hypothesis.evidence_growth.size() < 2 || drawn == kMostGrowing) continue;
    ++drawn;
    std::vector<std::pair<double, double>> against;
    std::vector<std::pair<double, double>> in_favour;
    for (const harness::EvidenceRow& row : hypothesis.evidence_growth) {
      if (row.falsify > 0)
        against.emplace_back(row.blocks, TimesNeeded(row.falsify, hypothesis.falsify));
      if (row.corroborate > 0) {
        in_favour.emplace_back(row.blocks, TimesNeeded(row.corroborate, hypothesis.corroborate));
      }
    }
    chart["datasets"].push_back(Points(hypothesis.id + ": against", against));
    chart["datasets"].push_back(Points(hypothesis.id + ": for", in_favour));
  }
  return chart;
}

Json Evidence(const Record& record) {
  Json chart =
      Chart("evidence", "Evidence",
            "How many times what was needed each side has gathered; at 1 it decides. More than "
            "1,000 is drawn as 1,000.",
            "bars");
  chart["x"] = "evidence / needed";
  chart["log_x"] = true;
  Json against = Json::array();
  Json in_favour = Json::array();
  for (const HypothesisRecord& hypothesis : record.hypotheses) {
    if (IsCompound(hypothesis) || hypothesis.falsify.need <= 0 ||
        hypothesis.corroborate.need <= 0) {
      continue;
    }
    chart["labels"].push_back(Label(hypothesis.id));
    against.push_back(TimesNeeded(hypothesis.falsify.e, hypothesis.falsify));
    in_favour.push_back(TimesNeeded(hypothesis.corroborate.e, hypothesis.corroborate));
  }
  if (against.empty()) return chart;
  chart["datasets"].push_back({{"label", "against the claim"}, {"data", std::move(against)}});
  chart["datasets"].push_back({{"label", "for the claim"}, {"data", std::move(in_favour)}});
  return chart;
}

Json SweepOf(const HypothesisRecord& hypothesis) {
  const harness::SweepRecord& sweep = *hypothesis.sweep;
  Json chart =
      Chart("sweep-" + hypothesis.id, hypothesis.id + ": " + hypothesis.measure + " by size",
            fmt::format("Medians by size; claimed to grow as {}.", sweep.order), "line");
  chart["x"] = sweep.over == "tensors" ? "tensors" : "bytes of payload";
  chart["y"] = hypothesis.measure;
  chart["log_x"] = true;
  chart["log_y"] = true;
  std::vector<std::pair<double, double>> seen;
  std::vector<std::pair<double, double>> fitted;
  for (const harness::SizeRecord& size : sweep.sizes) {
    const auto n = static_cast<double>(size.size);
    if (size.value && *size.value > 0) seen.emplace_back(n, *size.value);
    if (!sweep.fixed || !sweep.per_size) continue;
    const double line = *sweep.fixed + *sweep.per_size * n;
    if (line > 0) fitted.emplace_back(n, line);
  }
  if (!seen.empty()) chart["datasets"].push_back(Points("seen", seen));
  if (!fitted.empty()) chart["datasets"].push_back(Points("fixed cost + slope", fitted));
  return chart;
}

}  // namespace

Json ChartData(const Record& record) {
  Json charts = Json::array();
  const auto add = [&](Json chart) {
    if (!chart["datasets"].empty()) charts.push_back(std::move(chart));
  };
  add(TrialsOverTime(record));
  add(Distribution(record));
  add(Phases(record));
  add(Memory(record));
  add(MemoryOverTime(record));
  add(Evidence(record));
  add(EvidenceGrowth(record));
  for (const HypothesisRecord& hypothesis : record.hypotheses) {
    if (hypothesis.sweep) add(SweepOf(hypothesis));
  }
  return charts;
}

}  // namespace falsify::reports
