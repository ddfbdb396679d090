#include "harness/study/measures.h"

#include <algorithm>
#include <array>

namespace falsify::harness {
namespace {

constexpr auto kTime = MeasureKind::kTime;
constexpr auto kRate = MeasureKind::kRate;
constexpr auto kTokenRate = MeasureKind::kTokenRate;
constexpr auto kBytes = MeasureKind::kBytes;
constexpr auto kCount = MeasureKind::kCount;
constexpr auto kInvariant = MeasureKind::kInvariant;

constexpr bool kOnlyThere = true;  // no other workload yields the measure
constexpr bool kAnywhere = false;

constexpr std::array kMeasures = {
    MeasureEntry{"load_time", "s", kTime, "open", kAnywhere,
                 "before open(2) until the header is validated and every tensor is addressable"},
    MeasureEntry{"materialize_time", "s", kTime, "touch", kOnlyThere,
                 "after load until the CPU has read every payload byte once"},
    MeasureEntry{"ready_time", "s", kTime, "touch", kOnlyThere,
                 "load_time + materialize_time: what a lazy loader defers is not gone"},
    MeasureEntry{
        "ttft", "s", kTime, "first_token", kOnlyThere,
        "before open(2) until the first token is chosen; of a server: request to first content"},
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
    MeasureEntry{"decode_rate", "tokens/s", kTokenRate, "generate", kOnlyThere,
                 "tokens after the first / time after the first"},
    MeasureEntry{"startup_time", "s", kTime, "open", kAnywhere,
                 "of a server: from its start until it is healthy"},
    MeasureEntry{"shutdown_time", "s", kTime, "open", kAnywhere,
                 "of a server: from SIGTERM until it is gone"},
    MeasureEntry{"peak_pss", "B", kBytes, "concurrent", kOnlyThere,
                 "growth of the resident set of all processes together, each page counted once"},
    MeasureEntry{"rss_growth_per_cycle", "B", kBytes, "soak", kOnlyThere,
                 "what each cycle of opening, reading and closing leaves behind in memory"},
    MeasureEntry{"descriptor_growth_per_cycle", "count", kCount, "soak", kOnlyThere,
                 "open descriptors that each such cycle leaves behind"},
    MeasureEntry{"same_payload", "", kInvariant, "digest", kAnywhere,
                 "what the loader holds has the digest of the model's bytes"},
    MeasureEntry{"same_first_token", "", kInvariant, "first_token", kOnlyThere,
                 "the first token id is the one that the mapped file gives"},
    MeasureEntry{"weights_used", "", kInvariant, "weights_used", kOnlyThere,
                 "the output changes whichever tensor is disturbed"},
    MeasureEntry{"rejects_malformed", "", kInvariant, "reject", kOnlyThere,
                 "every malformed file is refused, without a crash, a hang or a blow-up"},
    MeasureEntry{"aligned", "", kInvariant, "open", kAnywhere,
                 "every tensor starts at an address that is a multiple of so many bytes"},
    MeasureEntry{"no_leak", "", kInvariant, "soak", kOnlyThere,
                 "cycles of opening, reading and closing leave neither memory nor descriptors"},
};

constexpr std::array kWorkloads = {
    WorkloadEntry{"open", "load the model and nothing else"},
    WorkloadEntry{"touch", "load, then read every payload byte once"},
    WorkloadEntry{"to_f32", "load, then convert every tensor to F32, one at a time"},
    WorkloadEntry{"first_token", "load, then choose the first token after a prompt"},
    WorkloadEntry{"generate", "load, then choose so many tokens after a prompt, one by one"},
    WorkloadEntry{"digest", "load, then digest every tensor as the loader holds it"},
    WorkloadEntry{"weights_used",
                  "first_token again and again, each time with one tensor disturbed"},
    WorkloadEntry{"soak", "load, read every payload byte and let go, again and again"},
    WorkloadEntry{"concurrent", "load and digest in several processes or threads at once"},
    WorkloadEntry{"reject", "open malformed files"},
};

}  // namespace

std::span<const MeasureEntry> Measures() { return kMeasures; }

const MeasureEntry* FindMeasure(std::string_view name) {
  const auto* const found = std::ranges::find(kMeasures, name, &MeasureEntry::name);
  return found == kMeasures.end() ? nullptr : found;
}

bool IsRate(MeasureKind kind) {
  return kind == MeasureKind::kRate || kind == MeasureKind::kTokenRate;
}

bool IsNoiseSensitive(MeasureKind kind) { return kind == MeasureKind::kTime || IsRate(kind); }

std::span<const WorkloadEntry> Workloads() { return kWorkloads; }

}  // namespace falsify::harness
