#include "harness/study/measures.h"

#include <algorithm>
#include <array>

namespace falsify::harness {
namespace {

constexpr auto kTime = MeasureKind::kTime;
constexpr auto kRate = MeasureKind::kRate;
constexpr auto kBytes = MeasureKind::kBytes;
constexpr auto kCount = MeasureKind::kCount;

constexpr bool kOnlyThere = true;  // no other workload yields the measure
constexpr bool kAnywhere = false;

constexpr std::array kMeasures = {
    MeasureEntry{"load_time", "s", kTime, "open", kAnywhere,
                 "before open(2) until the header is validated and every tensor is addressable"},
    MeasureEntry{"materialize_time", "s", kTime, "touch", kOnlyThere,
                 "after load until the CPU has read every payload byte once"},
    MeasureEntry{"ready_time", "s", kTime, "touch", kOnlyThere,
                 "load_time + materialize_time: what a lazy loader defers is not gone"},
    MeasureEntry{"ttft", "s", kTime, "first_token", kOnlyThere,
                 "before open(2) until the first token id is chosen: load, prefill and argmax"},
    MeasureEntry{"peak_rss", "B", kBytes, "touch", kAnywhere,
                 "growth of VmHWM over the worker's baseline; counts mapped file pages too"},
    MeasureEntry{"peak_anon", "B", kBytes, "touch", kAnywhere,
                 "growth of RssAnon at its peak: memory the kernel cannot take back"},
    MeasureEntry{"peak_file", "B", kBytes, "touch", kAnywhere,
                 "growth of RssFile at its peak: mapped pages the kernel can drop"},
    MeasureEntry{"rss_after_load", "B", kBytes, "open", kAnywhere,
                 "growth of the resident set once the model is loaded"},
    MeasureEntry{"bytes_read", "B", kBytes, "touch", kAnywhere,
                 "bytes through read-like system calls; a mapped file reads none"},
    MeasureEntry{"storage_bytes", "B", kBytes, "touch", kAnywhere,
                 "bytes the kernel fetched from the device for this process"},
    MeasureEntry{"minor_faults", "count", kCount, "touch", kAnywhere,
                 "page faults during the trial that did not wait for storage"},
    MeasureEntry{"major_faults", "count", kCount, "touch", kAnywhere,
                 "page faults during the trial that waited for storage"},
    MeasureEntry{"resident_after_load", "B", kBytes, "open", kAnywhere,
                 "payload bytes in the worker's page tables once the model is loaded"},
    MeasureEntry{"cpu_time", "s", kTime, "touch", kAnywhere,
                 "user and system time of all the worker's threads"},
    MeasureEntry{"throughput", "B/s", kRate, "touch", kOnlyThere, "payload bytes / ready_time"},
};

constexpr std::array kWorkloads = {
    WorkloadEntry{"open", "load the model and nothing else"},
    WorkloadEntry{"touch", "load, then read every payload byte once"},
    WorkloadEntry{"to_f32", "load, then convert every tensor to F32, one at a time"},
    WorkloadEntry{"first_token", "load, then choose the first token after a prompt"},
};

}  // namespace

std::span<const MeasureEntry> Measures() { return kMeasures; }

const MeasureEntry* FindMeasure(std::string_view name) {
  const auto* const found = std::ranges::find(kMeasures, name, &MeasureEntry::name);
  return found == kMeasures.end() ? nullptr : found;
}

bool IsNoiseSensitive(MeasureKind kind) {
  return kind == MeasureKind::kTime || kind == MeasureKind::kRate;
}

std::span<const WorkloadEntry> Workloads() { return kWorkloads; }

}  // namespace falsify::harness
