#include "reports/facts/words.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "fmt/format.h"
#include "reports/text/document.h"
#include "reports/text/encode.h"
#include "reports/text/quantity.h"

namespace falsify::reports {

using criteria::Verdict;
using harness::HypothesisRecord;
using harness::Outcome;

namespace {

struct MeasureText {
  std::string_view name;
  std::string_view words;
  std::string_view definition;
};

constexpr std::array kMeasures = {
    MeasureText{"ttft", "time to first token",
                "from before open(2) until the first token id is chosen"},
    MeasureText{"load_time", "load time",
                "from before open(2) until every tensor is addressable; a lazy loader may not have "
                "read any of them yet"},
    MeasureText{"materialize_time", "materialise time",
                "after loading, until every payload byte has been read once"},
    MeasureText{"ready_time", "ready time", "load time and materialise time together"},
    MeasureText{"decode_rate", "decode rate", "tokens per second after the first token"},
    MeasureText{"throughput", "throughput", "payload bytes divided by ready time"},
    MeasureText{"peak_rss", "peak resident memory",
                "the most memory the process had in RAM at once, beyond what it had before "
                "loading; pages of a mapped file count"},
    MeasureText{"peak_anon", "peak anonymous memory",
                "the part of it that has no file behind it (heap): the kernel cannot take it back"},
    MeasureText{"peak_file", "peak file-backed memory",
                "the part of it that is mapped from files: the kernel may drop and re-read it"},
    MeasureText{"peak_pss", "peak proportional memory",
                "resident memory with shared pages divided among those who share them"},
    MeasureText{"rss_after_load", "memory held once loaded", "resident memory after loading"},
    MeasureText{"bytes_read", "bytes read", "what read-like system calls returned"},
    MeasureText{"storage_bytes", "bytes from the device", "what the storage device delivered"},
    MeasureText{"minor_faults", "minor page faults",
                "a page was mapped without waiting for storage"},
    MeasureText{"major_faults", "major page faults", "a page had to be waited for from storage"},
    MeasureText{"cpu_time", "CPU time", "user and system time of all threads"},
    MeasureText{"resident_after_load", "payload resident after load",
                "payload bytes in the page tables once loaded"},
};

const MeasureText* FindMeasureText(std::string_view name) {
  const auto found = std::find_if(kMeasures.begin(), kMeasures.end(),
                                  [&](const MeasureText& text) { return text.name == name; });
  return found == kMeasures.end() ? nullptr : &*found;
}

std::string RelativeWords(const HypothesisRecord& hypothesis) {
  const std::string& to = hypothesis.relative_to;
  if (to.empty()) return "";
  if (to == "payload") return " the payload's size";
  if (to == "file") return " the file's size";
  return " that of " + Code(to);
}

std::string_view Participle(Verdict verdict) {
  switch (verdict) {
    case Verdict::kPass:
      return "passed";
    case Verdict::kFalsified:
      return "falsified";
    case Verdict::kInconclusive:
      return "inconclusive";
    case Verdict::kInvalid:
      return "invalid";
    case Verdict::kError:
      return "could not be run";
  }
  return "unknown";
}

}  // namespace

std::string MeasureWords(std::string_view measure) {
  const MeasureText* known = FindMeasureText(measure);
  return known == nullptr ? Code(measure) : fmt::format("{} (`{}`)", known->words, known->name);
}

std::string_view MeasureDefinition(std::string_view measure) {
  const MeasureText* known = FindMeasureText(measure);
  return known == nullptr ? std::string_view() : known->definition;
}

std::string QuantileWords(double quantile) {
  if (quantile == 0.5) return "median";
  const std::string hundredths = fmt::format("{:.6g}", quantile * 100);
  const bool teen = hundredths.size() >= 2 && hundredths[hundredths.size() - 2] == '1';
  const char last = teen ? '0' : hundredths.back();
  const std::string_view ending = last == '1'   ? "st"
                                  : last == '2' ? "nd"
                                  : last == '3' ? "rd"
                                                : "th";
  return fmt::format("{}{} percentile", hundredths, ending);
}

std::string LimitText(const HypothesisRecord& hypothesis) {
  const std::string& written = hypothesis.threshold_text;
  if (written.empty()) return Exact(hypothesis.threshold, hypothesis.unit);
  const bool bare_ratio = hypothesis.unit == "x" && written.back() != 'x';
  return Prose(written) + (bare_ratio ? "x" : "");
}

std::string Requirement(const HypothesisRecord& hypothesis) {
  return fmt::format("{} {} of {} {} {}{}", QuantileWords(hypothesis.quantile),
                     Code(hypothesis.measure), Code(hypothesis.subject),
                     Prose(hypothesis.criterion), LimitText(hypothesis), RelativeWords(hypothesis));
}

std::string ClaimedValues(const HypothesisRecord& hypothesis) {
  return fmt::format("{} than {}{}", hypothesis.criterion == "above" ? "more" : "less",
                     LimitText(hypothesis), RelativeWords(hypothesis));
}

std::string ViolatingValues(const HypothesisRecord& hypothesis) {
  return fmt::format("{}{} or {}", LimitText(hypothesis), RelativeWords(hypothesis),
                     hypothesis.criterion == "above" ? "less" : "more");
}

std::string SeenText(const HypothesisRecord& hypothesis) {
  return EstimateText(hypothesis.estimate, hypothesis.unit, hypothesis.threshold);
}

std::string_view OutcomeWords(Outcome outcome) {
  switch (outcome) {
    case Outcome::kOk:
      return "finished";
    case Outcome::kTimeout:
      return "timed out";
    case Outcome::kCrash:
      return "crashed";
    case Outcome::kRefused:
      return "refused by the loader";
    case Outcome::kOom:
      return "killed for memory";
    case Outcome::kUnavailable:
      return "loader not available on this host";
  }
  return "ended in an unknown way";
}

std::string OutcomeCounts(const std::vector<const harness::TrialRecord*>& trials) {
  std::vector<std::string> counts;
  for (const Outcome outcome : {Outcome::kOk, Outcome::kTimeout, Outcome::kCrash, Outcome::kRefused,
                                Outcome::kOom, Outcome::kUnavailable}) {
    const auto count = std::count_if(
        trials.begin(), trials.end(),
        [&](const harness::TrialRecord* trial) { return trial->observation.outcome == outcome; });
    if (count > 0) {
      counts.push_back(
          fmt::format("{} {}", Count(static_cast<std::uint64_t>(count)), OutcomeWords(outcome)));
    }
  }
  return counts.empty() ? "no trial was run" : Enumerate(counts);
}

std::string VerdictCounts(const harness::Record& record) {
  if (record.hypotheses.empty()) return "no hypothesis was tested";
  std::array order = {Verdict::kError, Verdict::kFalsified, Verdict::kInvalid,
                      Verdict::kInconclusive, Verdict::kPass};
  std::stable_partition(order.begin(), order.end(),
                        [&](Verdict verdict) { return verdict == record.verdict; });
  std::string out;
  for (const Verdict verdict : order) {
    const auto count = static_cast<std::uint64_t>(
        std::count_if(record.hypotheses.begin(), record.hypotheses.end(),
                      [&](const auto& hypothesis) { return hypothesis.verdict == verdict; }));
    if (count == 0) continue;
    const std::string whole = fmt::format(
        " of {}", record.hypotheses.size() == 1 ? "1 hypothesis"
                                                : Count(record.hypotheses.size()) + " hypotheses");
    out += fmt::format("{}{}{} {}", out.empty() ? "" : ", ", Count(count), out.empty() ? whole : "",
                       Participle(verdict));
  }
  return out;
}

std::string SettingWords(std::string_view workload, std::string_view cache) {
  return fmt::format("{}, page cache {}", Code(workload),
                     cache.empty() ? "state not recorded" : Prose(cache));
}

std::string Code(std::string_view untrusted) { return MarkdownCode(Untrusted(untrusted)); }

std::string Prose(std::string_view untrusted) { return MarkdownText(Untrusted(untrusted)); }

std::string Sentence(std::string_view untrusted, std::string_view missing) {
  while (!untrusted.empty() && untrusted.back() == '.') untrusted.remove_suffix(1);
  return (untrusted.empty() ? std::string(missing) : Prose(untrusted)) + ".";
}

}  // namespace falsify::reports
