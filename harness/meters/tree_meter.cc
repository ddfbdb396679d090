#include "harness/meters/tree_meter.h"

#include <algorithm>
#include <chrono>
#include <fcntl.h>
#include <filesystem>
#include <string>
#include <system_error>
#include <unistd.h>
#include <vector>

#include "fmt/format.h"
#include "harness/meters/file_descriptor.h"
#include "harness/meters/io_counters.h"
#include "harness/meters/metered_read.h"
#include "harness/meters/page_bytes.h"
#include "harness/meters/proc_text.h"
#include "harness/meters/process_memory.h"

namespace falsify::harness {
namespace {

using namespace std::chrono_literals;

constexpr auto kPeriod = 2ms;
constexpr int kSamplesPerListing = 10;  // processes come and go more slowly than pages
constexpr std::size_t kMostProcesses = 4096;
constexpr int kFirstCounter = 10;  // of /proc/PID/stat, from 1

double Growth(std::uint64_t now, std::uint64_t before) {
  return now > before ? static_cast<double>(now - before) : 0.0;
}

void AddChildren(pid_t pid, std::vector<pid_t>& all) {
  std::error_code failed;
  const std::string tasks = fmt::format("/proc/{}/task", pid);
  for (const auto& task : std::filesystem::directory_iterator(tasks, failed)) {
    const Result<std::string> text = ReadProcText(task.path().string() + "/children");
    if (!text) continue;
    std::string_view rest = *text;
    for (std::string_view word = TakeWord(rest); !word.empty(); word = TakeWord(rest)) {
      const auto child = ParseUnsigned(word);
      if (child && all.size() < kMostProcesses) all.push_back(static_cast<pid_t>(*child));
    }
  }
}

/// `root` first; those that are gone when they are asked for simply have no figures.
std::vector<pid_t> Processes(pid_t root) {
  std::vector<pid_t> all = {root};
  for (std::size_t i = 0; i < all.size(); ++i) AddChildren(all[i], all);
  return all;
}

TreeNow MemoryOf(const std::vector<pid_t>& processes) {
  TreeNow sum;
  for (const pid_t pid : processes) {
    const Result<std::string> text = ReadProcText(fmt::format("/proc/{}/statm", pid));
    const auto resident = text ? ParseStatm(*text, PageBytes()) : Fail(text.error());
    if (!resident) continue;
    sum.anon += resident->anon;
    sum.file += resident->file;
    ++sum.processes;
  }
  sum.rss = sum.anon + sum.file;
  return sum;
}

Result<TreeUse> UseOf(pid_t root) {
  TreeUse sum;
  const double tick = 1.0 / static_cast<double>(::sysconf(_SC_CLK_TCK));
  for (const pid_t pid : Processes(root)) {
    const Result<std::string> stat = ReadProcText(fmt::format("/proc/{}/stat", pid));
    const Result<std::string> io = ReadProcText(fmt::format("/proc/{}/io", pid));
    const auto use = stat ? ParseTreeUse(*stat, tick) : Fail(stat.error());
    const auto read = io ? ParseIoCounters(*io, "/proc/PID/io") : Fail(io.error());
    if (pid == root && !use) return Fail(use.error());
    if (pid == root && !read) return Fail(read.error());
    if (!use || !read) continue;
    sum.minor_faults += use->minor_faults;
    sum.major_faults += use->major_faults;
    sum.cpu_seconds += use->cpu_seconds;
    sum.bytes_read += read->bytes_read;
    sum.storage_bytes += read->storage_bytes;
  }
  return sum;
}

Result<void> ResetPeakOf(pid_t pid) {
  const std::string path = fmt::format("/proc/{}/clear_refs", pid);
  const Result<FileDescriptor> file = OpenFile(path, O_WRONLY);
  if (!file) return Fail(file.error());
  if (::write(file->get(), "5", 1) == 1) return {};
  return Fail(SystemError("METER_PEAK_RESET", path, "write", errno));
}

void Raise(std::atomic<std::uint64_t>& peak, std::uint64_t seen) {
  if (seen > peak) peak = seen;
}

}  // namespace

Result<TreeUse> ParseTreeUse(std::string_view stat, double seconds_per_tick) {
  const auto refuse = [] {
    return Fail({"METER_FIELD", "/proc/PID/stat", "expected counters in fields 10 to 17", {}});
  };
  const std::size_t name_end = stat.rfind(')');
  if (name_end == std::string_view::npos) return refuse();
  std::string_view rest = stat.substr(name_end + 1);
  for (int field = 3; field < kFirstCounter; ++field) TakeWord(rest);
  std::vector<std::uint64_t> counters;
  for (int i = 0; i < 8; ++i) {
    const auto value = ParseUnsigned(TakeWord(rest));
    if (!value) return refuse();
    counters.push_back(*value);
  }
  TreeUse use;
  use.minor_faults = counters[0] + counters[1];
  use.major_faults = counters[2] + counters[3];
  use.cpu_seconds =
      static_cast<double>(counters[4] + counters[5] + counters[6] + counters[7]) * seconds_per_tick;
  return use;
}

Result<TreeMeter> TreeMeter::Begin(pid_t root) {
  TreeMeter meter(root);
  if (Result<void> reset = ResetPeakOf(root); !reset) return Fail(std::move(reset.error()));
  meter.before_ = MemoryOf(Processes(root));
  const Result<TreeUse> used = UseOf(root);
  if (!used) return Fail(used.error());
  meter.used_before_ = *used;
  try {
    meter.sampler_ = std::thread([root, peaks = meter.peaks_.get()] { Sample(root, *peaks); });
  } catch (const std::system_error& error) {
    return Fail(SystemError("METER_THREAD", "tree meter", "start a thread", error.code().value()));
  }
  return meter;
}

TreeMeter::~TreeMeter() { Join(); }

void TreeMeter::Join() {
  if (!sampler_.joinable()) return;
  peaks_->stopping = true;
  sampler_.join();
}

void TreeMeter::Sample(pid_t root, Peaks& peaks) {
  std::vector<pid_t> processes;
  for (int i = 0; !peaks.stopping; ++i) {
    if (i % kSamplesPerListing == 0) processes = Processes(root);
    const TreeNow now = MemoryOf(processes);
    Raise(peaks.rss, now.rss);
    Raise(peaks.anon, now.anon);
    Raise(peaks.file, now.file);
    Raise(peaks.most_processes, now.processes);
    std::this_thread::sleep_for(kPeriod);
  }
}

Result<double> TreeMeter::GrowthNow() const {
  return Growth(MemoryOf(Processes(root_)).rss, before_.rss);
}

Result<TreeFigures> TreeMeter::Finish() {
  Join();
  const TreeNow now = MemoryOf(Processes(root_));
  Raise(peaks_->rss, now.rss);
  Raise(peaks_->anon, now.anon);
  Raise(peaks_->file, now.file);
  Raise(peaks_->most_processes, now.processes);
  const Result<MemoryNow> own = ReadProcessMemory(root_);
  if (!own) return Fail(own.error());
  if (peaks_->most_processes == 1) Raise(peaks_->rss, own->hwm);
  const Result<TreeUse> used = UseOf(root_);
  if (!used) return Fail(used.error());
  TreeFigures figures;
  figures.peak_rss = Growth(peaks_->rss, before_.rss);
  figures.peak_anon = Growth(peaks_->anon, before_.anon);
  figures.peak_file = Growth(peaks_->file, before_.file);
  figures.use = *used;
  figures.use.minor_faults -= std::min(used->minor_faults, used_before_.minor_faults);
  figures.use.major_faults -= std::min(used->major_faults, used_before_.major_faults);
  figures.use.cpu_seconds = std::max(0.0, used->cpu_seconds - used_before_.cpu_seconds);
  figures.use.bytes_read -= std::min(used->bytes_read, used_before_.bytes_read);
  figures.use.storage_bytes -= std::min(used->storage_bytes, used_before_.storage_bytes);
  return figures;
}

}  // namespace falsify::harness
