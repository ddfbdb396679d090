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
    MeasureText{"rss_growth_per_cycle", "memory left behind by each cycle",
                "slope of the resident set over cycles of opening, reading and closing, the first "
                "three left out"},
    MeasureText{"descriptor_growth_per_cycle", "descriptors left behind by each cycle",
                "slope of the open descriptors over such cycles"},
    MeasureText{"same_payload", "same payload",
                "what the loader holds has the digest of the model's own bytes"},
    MeasureText{"same_first_token", "same first token",
                "the first token id is that of the mapped file, or of the other subject"},
    MeasureText{"weights_used", "weights used", "the output changes whichever tensor is disturbed"},
    MeasureText{"rejects_malformed", "malformed files refused",
                "every malformed file is refused without a crash, a hang or a blow-up of memory"},
    MeasureText{"aligned", "aligned tensors",
                "every tensor starts at an address that is a multiple of so many bytes"},
    MeasureText{"no_leak", "no leak",
                "cycles of opening, reading and closing leave neither memory nor descriptors"},
    MeasureText{"startup_time", "start-up time", "from the server's start until it is healthy"},
    MeasureText{"shutdown_time", "shutdown time", "from SIGTERM until the server is gone"},
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

bool IsOrder(const HypothesisRecord& hypothesis) { return hypothesis.sweep.has_value(); }
bool IsInvariant(const HypothesisRecord& hypothesis) { return hypothesis.criterion == "equals"; }
bool IsCompound(const HypothesisRecord& hypothesis) { return hypothesis.criterion == "all_of"; }

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
  if (IsOrder(hypothesis)) return Plain(hypothesis.threshold);
  if (written.empty()) return Exact(hypothesis.threshold, hypothesis.unit);
  const bool bare_ratio = hypothesis.unit == "x" && written.back() != 'x';
  return Prose(written) + (bare_ratio ? "x" : "");
}

std::string SizeText(const harness::SweepRecord& sweep, std::uint64_t size) {
  if (sweep.over == "tensors") return CountOf(size, "tensor");
  constexpr std::array kUnits = {"B", "KiB", "MiB", "GiB", "TiB"};
  std::size_t unit = 0;
  while (unit + 1 < kUnits.size() && size >= 1024 && size % 1024 == 0) {
    size /= 1024;
    ++unit;
  }
  return fmt::format("{} {}", Count(size), kUnits[unit]);
}

std::string Requirement(const HypothesisRecord& hypothesis) {
  if (IsCompound(hypothesis)) {
    std::vector<std::string> members;
    for (const std::string& member : hypothesis.members) members.push_back(Prose(member));
    return "all of " + Enumerate(members);
  }
  if (IsInvariant(hypothesis)) {
    const std::string& to = hypothesis.threshold_text;
    return fmt::format(
        "{} holds for {}{}{}", Code(hypothesis.measure), Code(hypothesis.subject),
        hypothesis.relative_to.empty() ? "" : " beside " + Code(hypothesis.relative_to),
        to.empty() ? "" : ": " + Prose(to));
  }
  if (IsOrder(hypothesis)) {
    const harness::SweepRecord& sweep = *hypothesis.sweep;
    return fmt::format("{} of {} grows as {}{}: {}", Code(hypothesis.measure),
                       Code(hypothesis.subject), Prose(sweep.order), RelativeWords(hypothesis),
                       Prose(sweep.allowed));
  }
  return fmt::format("{} {} of {} {} {}{}", QuantileWords(hypothesis.quantile),
                     Code(hypothesis.measure), Code(hypothesis.subject),
                     Prose(hypothesis.criterion), LimitText(hypothesis), RelativeWords(hypothesis));
}

std::string ClaimedValues(const HypothesisRecord& hypothesis) {
  if (hypothesis.criterion == "between") {
    return fmt::format("between {}{}", LimitText(hypothesis), RelativeWords(hypothesis));
  }
  if (IsOrder(hypothesis)) return fmt::format("growth as {}", Prose(hypothesis.sweep->order));
  return fmt::format("{} than {}{}", hypothesis.criterion == "above" ? "more" : "less",
                     LimitText(hypothesis), RelativeWords(hypothesis));
}

std::string ViolatingValues(const HypothesisRecord& hypothesis) {
  if (hypothesis.criterion == "between") {
    return fmt::format("anything not between {}{}", LimitText(hypothesis),
                       RelativeWords(hypothesis));
  }
  return fmt::format("{}{} or {}", LimitText(hypothesis), RelativeWords(hypothesis),
                     hypothesis.criterion == "above" ? "less" : "more");
}

std::string SeenText(const HypothesisRecord& hypothesis) {
  if (IsCompound(hypothesis)) return Prose(hypothesis.why);
  if (IsInvariant(hypothesis)) {
    const int n = hypothesis.falsify.n;
    if (n == 0) return "no usable block";
    return fmt::format(
        "held in {} of {}",
        Count(static_cast<std::uint64_t>(std::max(0, n - hypothesis.falsify.violations))),
        CountOf(static_cast<std::uint64_t>(n), "block"));
  }
  if (IsOrder(hypothesis)) {
    if (!hypothesis.estimate.value) return "no usable block";
    return fmt::format("exponent {} beyond {}; top two sizes {}",
                       EstimateText(hypothesis.estimate, "", hypothesis.threshold),
                       Prose(hypothesis.sweep->order),
                       EstimateText(hypothesis.sweep->top, "", hypothesis.threshold));
  }
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
