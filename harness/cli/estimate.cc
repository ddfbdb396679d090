#include "harness/cli/estimate.h"

#include <algorithm>
#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "harness/cli/needs.h"
#include "harness/host.h"
#include "harness/meters/host_probes.h"
#include "harness/plan.h"
#include "harness/study/measures.h"
#include "loaders/loader.h"

namespace falsify::cli {
namespace {

using harness::Cache;
using harness::Hypothesis;
using harness::MeasureKind;
using harness::ProbeKind;

/// Bytes per second at which this host does what trials consist of.
struct Rates {
  double memory = 15e9;
  double copy = 5e9;
  double touch = 2e9;
  double device = 1.5e9;  // not measured: the models may not be there yet
};

constexpr double kProbedMemory = 256.0 * (1 << 20);
constexpr double kProbedCopy = 64.0 * (1 << 20);
constexpr double kProbedTouch = 16.0 * (1 << 20);
constexpr double kSpawnSeconds = 0.02;
constexpr double kSettleSecondsPerByte = 0.25e-9;
constexpr double kWarmProbesSeconds = 0.06;
constexpr double kColdProbesSeconds = 0.7;
constexpr int kControlBlocks = 5;
constexpr double kDigestBytesPerSecond = 5e9;

Rates MeasureRates() {
  Rates rates;
  auto probes = harness::HostProbes::Prepare(
      {.scratch_directory = std::filesystem::temp_directory_path().string(), .model_path = {}});
  if (!probes) return rates;
  const struct {
    ProbeKind kind;
    double bytes;
    double* rate;
  } kinds[] = {{ProbeKind::kMemoryRead, kProbedMemory, &rates.memory},
               {ProbeKind::kPageCacheCopy, kProbedCopy, &rates.copy},
               {ProbeKind::kAnonymousTouch, kProbedTouch, &rates.touch}};
  for (const auto& one : kinds) {
    const Result<double> seconds = probes->Run(one.kind);
    if (seconds && *seconds > 0) *one.rate = one.bytes / *seconds;
  }
  return rates;
}

/// One kind of trial: what its subject loads, and how.
struct TrialCost {
  double seconds = 0;
  double memory = 0;
};

double WorkSeconds(const harness::WorkloadSpec& workload, const SizeOnDisk& size, double load,
                   const Rates& rates) {
  const double read = size.file_bytes / rates.memory;
  const double prefill = 1.1 * read + 0.02;
  if (workload.kind == "touch") return read;
  if (workload.kind == "to_f32") return read + 4 * size.elements / rates.touch;
  if (workload.kind == "first_token") return prefill;
  if (workload.kind == "generate") return prefill + workload.max_tokens * read;
  if (workload.kind == "digest") return size.file_bytes / kDigestBytesPerSecond;
  if (workload.kind == "weights_used") return 17 * prefill;
  if (workload.kind == "soak") return workload.cycles * (load + read);
  if (workload.kind == "concurrent") {
    const double times = std::max(1U, workload.processes + workload.threads_at_once);
    return times / 2 * (load + read + size.file_bytes / kDigestBytesPerSecond);
  }
  return workload.kind == "reject" ? 0.3 : 0;
}

TrialCost CostOf(const harness::SubjectSpec& subject, const Hypothesis& hypothesis,
                 const SizeOnDisk& size, const Rates& rates) {
  const loaders::LoaderEntry* loader = loaders::FindLoader(subject.loader.name);
  TrialCost cost;
  if (loader == nullptr) return cost;
  cost.memory = loader->anonymous.per_stored_byte * size.file_bytes +
                loader->anonymous.per_element_byte * 4.0 * size.elements;
  const double load =
      cost.memory > 0 ? size.file_bytes / rates.copy + cost.memory / rates.touch : 0.0005;
  cost.seconds = kSpawnSeconds + load + WorkSeconds(hypothesis.workload, size, load, rates);
  if (hypothesis.cache == Cache::kCold) {
    cost.seconds += size.file_bytes / rates.device + size.file_bytes / rates.copy;
  }
  const bool primed = cost.memory > static_cast<double>(harness::kPrimeAboveBytes);
  if (primed) cost.seconds += cost.memory / rates.touch + cost.memory * kSettleSecondsPerByte;
  const MeasureKind kind = harness::FindMeasure(hypothesis.measure)->kind;
  if (harness::IsNoiseSensitive(kind)) {
    cost.seconds += hypothesis.cache == Cache::kCold ? kColdProbesSeconds : kWarmProbesSeconds;
  }
  return cost;
}

std::vector<std::optional<harness::ModelSize>> SizesOf(const Hypothesis& hypothesis) {
  if (!hypothesis.sweep) return {std::nullopt};
  std::vector<std::optional<harness::ModelSize>> sizes;
  for (const std::uint64_t value : hypothesis.sweep->sizes) {
    sizes.emplace_back(harness::ModelSize{hypothesis.sweep->over, value});
  }
  return sizes;
}

class Estimator {
 public:
  Estimator(const harness::Study& study, const Rates& rates) : study_(study), rates_(rates) {}

  void Add(const Hypothesis& hypothesis, int blocks) {
    std::vector<std::string> names = {hypothesis.subject};
    const bool compares =
        hypothesis.relative_to && hypothesis.relative_to->to == harness::Relative::To::kSubject;
    if (compares) names.push_back(hypothesis.relative_to->subject);
    for (const auto& size : SizesOf(hypothesis)) {
      for (const std::string& name : names) AddTrials(hypothesis, name, size, blocks, "");
      AddTrials(hypothesis, hypothesis.control.value_or(hypothesis.subject), size, kControlBlocks,
                hypothesis.control ? "" : hypothesis.id);
    }
  }

  Estimate Sum() {
    for (const auto& [key, trials] : trials_) {
      estimate_.seconds += trials.blocks * trials.each;
      estimate_.trials += trials.blocks;
    }
    return estimate_;
  }

 private:
  struct Trials {
    int blocks = 0;
    double each = 0;
  };

  void AddTrials(const Hypothesis& hypothesis, const std::string& name,
                 const std::optional<harness::ModelSize>& size, int blocks,
                 const std::string& sabotaged) {
    const harness::SubjectSpec& subject = *study_.FindSubject(name);
    const auto on_disk = SizeOf(study_, *study_.FindModel(subject.model), size);
    if (!on_disk) return;
    const std::string at = size ? harness::Describe(*size) : std::string();
    if (on_disk->generated && models_.insert(subject.model + at).second) {
      estimate_.disk_bytes += static_cast<std::uint64_t>(on_disk->file_bytes);
      estimate_.seconds += on_disk->file_bytes / kDigestBytesPerSecond;
    }
    TrialCost cost = CostOf(subject, hypothesis, *on_disk, rates_);
    const bool delayed = !sabotaged.empty() &&
                         harness::FindMeasure(hypothesis.measure)->kind == MeasureKind::kTime &&
                         !hypothesis.relative_to && !hypothesis.sweep;
    if (delayed) cost.seconds += hypothesis.sabotage * hypothesis.predict.threshold;
    estimate_.memory_bytes =
        std::max(estimate_.memory_bytes, static_cast<std::uint64_t>(cost.memory));
    const std::string key = name + at + harness::Describe(hypothesis.workload, hypothesis.mode) +
                            std::string(Name(hypothesis.cache)) + sabotaged;
    Trials& trials = trials_[key];
    const int burn_in = hypothesis.cache == Cache::kWarm && sabotaged.empty() ? 1 : 0;
    trials.blocks = std::max(trials.blocks, blocks + burn_in);
    trials.each = std::max(trials.each, cost.seconds);
  }

  const harness::Study& study_;
  const Rates& rates_;
  std::map<std::string, Trials> trials_;
  std::set<std::string> models_;
  Estimate estimate_;
};

}  // namespace

Estimate EstimateRun(const harness::Study& study, const std::string& cache_directory) {
  const Rates rates = MeasureRates();
  Estimator estimator(study, rates);
  const std::vector<harness::HypothesisPlan> plans = harness::PlanOf(study);
  for (const harness::HypothesisPlan& plan : plans) {
    const auto hypothesis = std::ranges::find(study.hypotheses, plan.id, &Hypothesis::id);
    estimator.Add(*hypothesis, plan.blocks_to_pass);
  }
  Estimate estimate = estimator.Sum();
  std::error_code failed;
  std::filesystem::path folder = cache_directory;
  while (!folder.empty() && !std::filesystem::exists(folder, failed)) folder = folder.parent_path();
  const auto space = std::filesystem::space(folder.empty() ? "." : folder, failed);
  if (!failed) estimate.free_bytes = space.available;
  return estimate;
}

}  // namespace falsify::cli
