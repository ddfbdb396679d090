#include "reports/sections/cause.h"

#include <algorithm>
#include <array>
#include <map>
#include <tuple>

#include "fmt/format.h"
#include "reports/facts/lookup.h"
#include "reports/facts/memory_model.h"
#include "reports/facts/words.h"
#include "reports/text/document.h"
#include "reports/text/quantity.h"

namespace falsify::reports {

using harness::Phase;
using harness::Record;
using harness::SummaryRecord;

namespace {

std::optional<double> RateOf(const Record& record, std::string_view limit) {
  for (const harness::LimitRecord& candidate : record.limits) {
    const bool usable = candidate.unit == "B/s" && candidate.value > 0;
    if (candidate.name == limit && usable) return candidate.value;
  }
  return std::nullopt;
}

std::string AsBytes(const std::optional<double>& bytes) {
  return bytes ? Quantity(*bytes, "B") : "not measured";
}

std::string TimesPayload(const Case& fault, double bytes) {
  if (fault.subject == nullptr || fault.subject->model.payload_bytes == 0) return "";
  const auto payload = static_cast<double>(fault.subject->model.payload_bytes);
  return fmt::format(", {} the payload", Quantity(bytes / payload, "x"));
}

std::string LoadWords(const loaders::LoadReport& load) {
  if (load.bytes_read == 0 && load.bytes_mapped == 0) return "neither read nor mapped a byte";
  std::vector<std::string> parts;
  if (load.bytes_read > 0) {
    parts.push_back(fmt::format("read {} in {}",
                                Quantity(static_cast<double>(load.bytes_read), "B"),
                                CountOf(load.read_calls, "call")));
  }
  if (load.bytes_mapped > 0) {
    parts.push_back(
        fmt::format("mapped {}", Quantity(static_cast<double>(load.bytes_mapped), "B")));
  }
  return fmt::format("{} with {}", Enumerate(parts), CountOf(load.threads, "thread"));
}

}  // namespace

const Phase* LongestPhase(const SummaryRecord& summary) {
  const auto longest =
      std::max_element(summary.phases.begin(), summary.phases.end(),
                       [](const Phase& a, const Phase& b) { return a.seconds < b.seconds; });
  return longest == summary.phases.end() ? nullptr : &*longest;
}

std::vector<Floor> Floors(const Case& fault) {
  using Work = std::tuple<const char*, const char*, const char*>;
  constexpr std::array kWork = {
      Work{"storage_bytes", "device", "from the device"},
      Work{"bytes_read", "page_cache_copy", "copied out of the page cache by read calls"},
      Work{"peak_anon", "anonymous_touch", "of anonymous memory touched for the first time"}};
  std::vector<Floor> floors;
  for (const auto& [measure, limit, words] : kWork) {
    const std::optional<double> bytes = MedianOf(fault.summary, measure);
    const std::optional<double> rate = RateOf(fault.record, limit);
    if (!bytes || *bytes <= 0 || !rate) continue;
    floors.push_back(
        {fmt::format("{} {} at {}", Quantity(*bytes, "B"), words, Quantity(*rate, "B/s")),
         *bytes / *rate});
  }
  const std::optional<double> memory_read = RateOf(fault.record, "memory_read");
  if (memory_read && fault.subject != nullptr && fault.subject->model.payload_bytes > 0) {
    const auto payload = static_cast<double>(fault.subject->model.payload_bytes);
    floors.push_back({fmt::format("{} of payload read from memory once at {}",
                                  Quantity(payload, "B"), Quantity(*memory_read, "B/s")),
                      payload / *memory_read});
  }
  return floors;
}

std::string PhaseStep(const Case& fault) {
  const Phase* longest = LongestPhase(fault.summary);
  const std::optional<double> total = PhaseTotal(fault.summary);
  if (longest == nullptr || !total) return "";
  std::vector<std::string> parts;
  for (const Phase& phase : fault.summary.phases) {
    parts.push_back(fmt::format("{} {} ({})", Code(phase.name), Quantity(phase.seconds, "s"),
                                Percent(phase.seconds / *total)));
  }
  return fmt::format("**Where the time went:** {} took {} of {}, {}. In order: {}.",
                     Code(longest->name), Quantity(longest->seconds, "s"), Quantity(*total, "s"),
                     Percent(longest->seconds / *total), Enumerate(AtMost(parts, 12)));
}

std::string BytesStep(const Case& fault) {
  const loaders::LoadReport* load = FindLoad(fault.record, SettingOf(fault.summary));
  const std::optional<double> read = MedianOf(fault.summary, "bytes_read");
  const std::optional<double> stored = MedianOf(fault.summary, "storage_bytes");
  if (load == nullptr && !read && !stored) return "";
  const std::string own = load == nullptr ? "the loader gave no account of its own"
                                          : "by its own account the loader " + LoadWords(*load);
  const std::string_view from_memory =
      stored && *stored == 0 ? ": whatever it used came out of memory" : "";
  return fmt::format(
      "**Which bytes, by which calls:** {}; by the kernel's, read calls returned {}{} and the "
      "device delivered {}{}.",
      own, AsBytes(read), read ? TimesPayload(fault, *read) + "," : "", AsBytes(stored),
      from_memory);
}

std::string FaultStep(const Case& fault) {
  const std::optional<double> minor = MedianOf(fault.summary, "minor_faults");
  const std::optional<double> major = MedianOf(fault.summary, "major_faults");
  if (!minor && !major) return "";
  const std::string minors = minor ? Quantity(*minor, "count") + " minor" : "minor not measured";
  const std::string majors = major ? Quantity(*major, "count") + " major" : "major not measured";
  const std::optional<double> resident = MedianOf(fault.summary, "peak_rss");
  const double faults = minor.value_or(0) + major.value_or(0);
  const std::string per_fault = resident && minor && faults > 0
                                    ? fmt::format("; one fault per {} of peak resident memory",
                                                  Quantity(*resident / faults, "B"))
                                    : "";
  return fmt::format("**Page faults:** {}, {} (only major ones wait for storage){}.", minors,
                     majors, per_fault);
}

std::string MemoryStep(const Case& fault) {
  const std::optional<double> anonymous = MedianOf(fault.summary, "peak_anon");
  const std::optional<double> resident = MedianOf(fault.summary, "peak_rss");
  if (!anonymous) return "";
  const std::string share = resident && *resident > 0 ? fmt::format(", {} of the resident peak",
                                                                    Percent(*anonymous / *resident))
                                                      : "";
  const std::string arithmetic = MemoryArithmetic(fault.record, fault.summary);
  return fmt::format(
      "**Memory:** {} anonymous at the peak{}{}{}.", Quantity(*anonymous, "B"),
      TimesPayload(fault, *anonymous), share,
      arithmetic.empty() ? "; what it was made of the data does not say" : "; " + arithmetic);
}

std::string StoppedStep(const Case& fault) {
  std::map<std::string, double> bounds;
  std::size_t stopped = 0;
  for (const harness::TrialRecord* trial : TrialsOf(fault.record, SettingOf(fault.summary))) {
    if (!trial->observation.at_least.empty()) ++stopped;
    for (const auto& [measure, bound] : trial->observation.at_least) {
      bounds[measure] = std::max(bounds[measure], bound);
    }
  }
  std::vector<std::string> known;
  for (const auto& [measure, bound] : bounds) {
    const auto unit = fault.summary.units.find(measure);
    if (unit == fault.summary.units.end()) continue;
    known.push_back(fmt::format("{} {}", Code(measure), Quantity(bound, unit->second)));
  }
  if (known.empty()) return "";
  return fmt::format(
      "**Stopped before the end:** {}; the most any of them had reached by then: {}.",
      CountOf(stopped, "trial"), Enumerate(known));
}

std::string CpuStep(const Case& fault) {
  const std::optional<double> cpu = MedianOf(fault.summary, "cpu_time");
  const std::optional<double> total = PhaseTotal(fault.summary);
  if (!cpu || !total) return "";
  const double share = *cpu / *total;
  const std::string rest =
      share < 1 ? fmt::format("at least {} of the time no CPU worked for it", Percent(1 - share))
                : "more than one thread was at work at times";
  return fmt::format("**Working or waiting:** {} of CPU time in {} ({}): {}.", Quantity(*cpu, "s"),
                     Quantity(*total, "s"), Percent(share), rest);
}

std::string LimitStep(const Case& fault) {
  const std::vector<Floor> floors = Floors(fault);
  const std::optional<double> total = PhaseTotal(fault.summary);
  if (floors.empty() || !total) return "";
  std::vector<std::string> parts;
  double sum = 0;
  for (const Floor& floor : floors) {
    sum += floor.seconds;
    parts.push_back(fmt::format("{} needs {} ({})", floor.work, Quantity(floor.seconds, "s"),
                                Percent(floor.seconds / *total)));
  }
  const std::string rest =
      sum <= *total
          ? fmt::format(
                "One after the other that is {} of the {} taken; the limits do not explain "
                "the other {}",
                Quantity(sum, "s"), Quantity(*total, "s"), Quantity(*total - sum, "s"))
          : fmt::format(
                "Together that is more than the {} taken, so some of it overlapped or did "
                "not take place",
                Quantity(*total, "s"));
  return fmt::format("**Against the limits of this host:** {}. {}.", Enumerate(parts), rest);
}

const SummaryRecord* FindPassed(const Case& fault) {
  const SummaryRecord* best = nullptr;
  int best_score = -1;
  for (const harness::HypothesisRecord& other : fault.record.hypotheses) {
    const bool comparable =
        other.verdict == criteria::Verdict::kPass && other.subject != fault.summary.subject &&
        other.workload == fault.summary.workload && other.cache == fault.summary.cache;
    const SummaryRecord* summary =
        comparable ? FindSummary(fault.record, SettingOf(other)) : nullptr;
    if (summary == nullptr) continue;
    const harness::SubjectRecord* subject = FindSubject(fault.record, other.subject);
    const bool same_payload = subject != nullptr && fault.subject != nullptr &&
                              subject->model.payload_digest == fault.subject->model.payload_digest;
    const bool same_measure =
        std::any_of(fault.falsified.begin(), fault.falsified.end(),
                    [&](const auto* falsified) { return falsified->measure == other.measure; });
    const int score = (same_measure ? 2 : 0) + (same_payload ? 1 : 0);
    if (score > best_score) {
      best = summary;
      best_score = score;
    }
  }
  return best;
}

}  // namespace falsify::reports
