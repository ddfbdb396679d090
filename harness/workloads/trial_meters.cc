#include "harness/workloads/trial_meters.h"

#include <algorithm>
#include <bit>
#include <cstdint>
#include <span>
#include <vector>

#include "harness/meters/residency.h"

namespace falsify::harness {
namespace {

double Growth(std::uint64_t now, std::uint64_t before) {
  return now > before ? static_cast<double>(now - before) : 0.0;
}

/// The payload as the loader holds it: its copy of the stored bytes, else what it made of them.
Result<std::vector<std::span<const std::byte>>> HeldRanges(const loaders::Model& model) {
  std::vector<std::span<const std::byte>> ranges;
  for (const loaders::TensorInfo& tensor : model.header().tensors()) {
    const Result<std::span<const std::byte>> stored = model.Stored(tensor);
    if (stored) {
      ranges.push_back(*stored);
      continue;
    }
    const Result<loaders::TensorView> resident = model.Resident(tensor);
    if (!resident) return Fail(resident.error());
    ranges.push_back(resident->bytes);
  }
  return ranges;
}

/// The largest power of two that divides every address a tensor starts at.
double CommonAlignment(std::span<const std::span<const std::byte>> ranges) {
  constexpr std::uintptr_t kMost = std::uintptr_t{1} << 30;
  std::uintptr_t bits = kMost;
  for (const std::span<const std::byte> range : ranges) {
    if (!range.empty()) bits |= reinterpret_cast<std::uintptr_t>(range.data());
  }
  return static_cast<double>(std::uintptr_t{1} << std::countr_zero(bits));
}

}  // namespace

Result<TrialMeters::Counters> TrialMeters::Read() {
  const Result<IoCounters> io = ReadIoCounters();
  if (!io) return Fail(io.error());
  return Counters{ReadFaultsAndCpu(), *io};
}

Result<TrialMeters> TrialMeters::Begin() {
  TrialMeters meters;
  if (const Result<void> reset = ResetPeak(); !reset) return Fail(reset.error());
  const Result<ResidentNow> started = meters.sampler_->Start();
  if (!started) return Fail(started.error());
  meters.anon_and_file_before_ = *started;
  const Result<MemoryNow> memory = ReadProcessMemory();
  if (!memory) return Fail(memory.error());
  meters.before_ = *memory;
  if (const Result<void> resumed = meters.Resume(); !resumed) return Fail(resumed.error());
  return meters;
}

Result<void> TrialMeters::Resume() {
  const Result<Counters> now = Read();
  if (!now) return Fail(now.error());
  from_ = *now;
  return {};
}

Result<void> TrialMeters::Pause() {
  const Result<Counters> now = Read();
  if (!now) return Fail(now.error());
  sum_.usage.minor_faults += now->usage.minor_faults - from_.usage.minor_faults;
  sum_.usage.major_faults += now->usage.major_faults - from_.usage.major_faults;
  sum_.usage.cpu_seconds += now->usage.cpu_seconds - from_.usage.cpu_seconds;
  sum_.io.bytes_read += now->io.bytes_read - from_.io.bytes_read;
  sum_.io.storage_bytes += now->io.storage_bytes - from_.io.storage_bytes;
  return {};
}

Result<void> TrialMeters::OnLoaded(const loaders::Model& model, Observation& seen) {
  if (const Result<void> paused = Pause(); !paused) return paused;
  const Result<MemoryNow> memory = ReadProcessMemory();
  if (!memory) return Fail(memory.error());
  seen.measures["rss_after_load"] = Growth(memory->rss, before_.rss);
  if (!model.in_place()) return {};
  const auto ranges = HeldRanges(model);
  if (!ranges) return Fail(ranges.error());
  const Result<std::uint64_t> resident = ResidentBytes(*ranges);
  if (!resident) return Fail(resident.error());
  seen.measures["resident_after_load"] = static_cast<double>(*resident);
  seen.measures["alignment"] = CommonAlignment(*ranges);
  return {};
}

void TrialMeters::TellTimeline(const MemoryTimeline& timeline, Observation& seen) const {
  for (const MemoryPoint& point : timeline.points()) {
    seen.series["memory_seconds"].push_back(point.seconds);
    seen.series["memory_anon"].push_back(Growth(point.anon, anon_and_file_before_.anon));
    seen.series["memory_file"].push_back(Growth(point.file, anon_and_file_before_.file));
  }
}

Result<void> TrialMeters::Finish(Observation& seen, bool timeline) {
  if (const Result<void> paused = Pause(); !paused) return paused;
  const Result<MemoryNow> memory = ReadProcessMemory();
  if (!memory) return Fail(memory.error());
  const Result<MemoryPeaks> peaks = sampler_->Stop();
  if (!peaks) return Fail(peaks.error());
  seen.measures["peak_rss"] = Growth(memory->hwm, before_.rss);
  seen.measures["peak_anon"] = Growth(peaks->anon, anon_and_file_before_.anon);
  seen.measures["peak_file"] = Growth(peaks->file, anon_and_file_before_.file);
  if (timeline) TellTimeline(peaks->timeline, seen);
  seen.measures["minor_faults"] = static_cast<double>(sum_.usage.minor_faults);
  seen.measures["major_faults"] = static_cast<double>(sum_.usage.major_faults);
  seen.measures["cpu_time"] = std::max(0.0, sum_.usage.cpu_seconds - peaks->cpu_seconds);
  seen.measures["bytes_read"] = static_cast<double>(sum_.io.bytes_read);
  seen.measures["storage_bytes"] = static_cast<double>(sum_.io.storage_bytes);
  return {};
}

}  // namespace falsify::harness
