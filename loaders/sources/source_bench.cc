// What each way to read a file costs beside what the machine can do at most. Both are measured in
// turn in the same run, since neither a shared machine nor a virtual disk keeps its speed; the
// counters are medians: seconds, and `of_limit`, the limit's time as a share of ours.
//
// FALSIFY_BENCH_BYTES sets the size of the file (256 MiB), which lies in the directory for
// temporary files: a cold read needs one on a real disk.
#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <sys/mman.h>
#include <thread>
#include <unistd.h>
#include <vector>

#include "benchmark/benchmark.h"
#include "loaders/convert.h"
#include "loaders/sources/file.h"
#include "loaders/sources/huge_buffer.h"
#include "loaders/sources/parallel.h"
#include "loaders/sources/source.h"

namespace falsify::loaders {
namespace {

constexpr unsigned kThreads = 2;
constexpr std::uint64_t kMib = std::uint64_t{1} << 20;
constexpr int kPairs = 7;

std::uint64_t FileBytes() {
  const char* asked = std::getenv("FALSIFY_BENCH_BYTES");
  const std::uint64_t bytes = asked == nullptr ? 0 : std::strtoull(asked, nullptr, 10);
  return std::max(bytes == 0 ? 256 * kMib : bytes, kMib);
}

/// A file of numbers that no two pages share, while the process lives; no path if it cannot be.
class BenchFile {
 public:
  BenchFile() {
    std::string path = (std::filesystem::temp_directory_path() / "falsify-bench-XXXXXX").string();
    descriptor_ = ::mkstemp(path.data());
    if (descriptor_ < 0) return;
    path_ = path;
    std::vector<std::uint64_t> piece(kMib / sizeof(std::uint64_t));
    std::uint64_t state = 1;
    for (std::uint64_t left = FileBytes(); left > 0;) {
      for (std::uint64_t& word : piece) word = state = state * 6364136223846793005U + 1;
      const std::uint64_t size = std::min(left, kMib);
      if (::write(descriptor_, piece.data(), size) != static_cast<ssize_t>(size)) return;
      left -= size;
    }
    whole_ = ::fdatasync(descriptor_) == 0;
  }
  BenchFile(const BenchFile&) = delete;
  BenchFile& operator=(const BenchFile&) = delete;
  ~BenchFile() {
    if (descriptor_ >= 0) ::close(descriptor_);
    std::error_code ignored;
    std::filesystem::remove(path_, ignored);
  }

  bool whole() const { return whole_; }
  const std::string& path() const { return path_; }

  /// False if the page cache keeps any of it.
  bool Evict() const {
    if (::posix_fadvise(descriptor_, 0, 0, POSIX_FADV_DONTNEED) != 0) return false;
    void* base = ::mmap(nullptr, FileBytes(), PROT_READ, MAP_SHARED, descriptor_, 0);
    if (base == MAP_FAILED) return false;
    std::vector<unsigned char> pages(FileBytes() / 4096 + 1);
    const bool asked = ::mincore(base, FileBytes(), pages.data()) == 0;
    ::munmap(base, FileBytes());
    return asked && std::ranges::none_of(pages, [](unsigned char page) { return (page & 1) != 0; });
  }

 private:
  int descriptor_ = -1;
  std::string path_;
  bool whole_ = false;
};

const BenchFile& TheFile() {
  static const BenchFile kFile;
  return kFile;
}

/// Reads every byte once.
std::uint64_t Sum(std::span<const std::byte> bytes) {
  std::array<std::uint64_t, 16> sums = {};
  std::size_t at = 0;
  for (; at + sizeof(sums) <= bytes.size(); at += sizeof(sums)) {
    std::array<std::uint64_t, 16> words;
    std::memcpy(words.data(), bytes.data() + at, sizeof(words));
    for (std::size_t i = 0; i < words.size(); ++i) sums[i] += words[i];
  }
  std::uint64_t sum = 0;
  for (const std::uint64_t part : sums) sum += part;
  return sum;
}

/// Calls `work` with each half of [0, size), on a thread each.
void ByHalves(std::uint64_t size, const std::function<void(ByteRange)>& work) {
  const std::uint64_t half = size / 2 / 4096 * 4096;
  std::thread other([&] { work({half, size - half}); });
  work({0, half});
  other.join();
}

void Read(std::span<const std::byte> bytes, unsigned threads) {
  const auto read = [bytes](ByteRange range) {
    benchmark::DoNotOptimize(Sum(bytes.subspan(range.offset, range.size)));
  };
  if (threads == 1) return read({0, bytes.size()});
  ByHalves(bytes.size(), read);
}

Result<std::unique_ptr<Source>> Open(std::string_view name, unsigned threads) {
  for (const SourceEntry& entry : Sources()) {
    if (entry.name == name) return entry.open(TheFile().path(), {.threads = threads});
  }
  return Fail({"BENCH", std::string(name), "no such source", {}});
}

/// Opens the file by that source on `threads`, then reads every byte on `readers`.
bool Ready(std::string_view name, unsigned threads, unsigned readers) {
  const auto source = Open(name, threads);
  if (!source) return false;
  const auto view = (*source)->View({0, FileBytes()});
  if (!view) return false;
  Read(*view, readers);
  return true;
}

HugeBuffer Touched(std::uint64_t size) {
  Result<HugeBuffer> buffer = HugeBuffer::Make(size, "memory");
  if (!buffer) return {};
  LoadReport ignored;
  buffer->AdviseHugePages(ignored);
  std::memset(buffer->bytes().data(), 1, buffer->bytes().size());
  return std::move(*buffer);
}

double Median(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

/// What is timed; false if it could not be done.
using Work = std::function<bool()>;

/// The limit and ours in turn, `prepare` untimed before each.
void RunPairs(benchmark::State& state, const Work& prepare, const Work& limit, const Work& ours) {
  using Clock = std::chrono::steady_clock;
  const auto time = [&prepare](const Work& work) {
    if (!prepare()) return -1.0;
    const Clock::time_point start = Clock::now();
    const bool done = work();
    const double seconds = std::chrono::duration<double>(Clock::now() - start).count();
    return done ? seconds : -1.0;
  };
  std::vector<double> limits;
  std::vector<double> times;
  for (auto _ : state) {
    limits.push_back(time(limit));
    times.push_back(time(ours));
    if (limits.back() < 0 || times.back() < 0) return state.SkipWithError("cannot be done here");
    state.SetIterationTime(times.back());
  }
  state.counters["limit_s"] = Median(limits);
  state.counters["ours_s"] = Median(times);
  state.counters["of_limit"] = Median(limits) / Median(times);
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(FileBytes()));
}

/// Warmed as a reader warms it: what a writer leaves in the page cache is in smaller pieces, which
/// take more faults to map.
bool Warm() {
  if (!TheFile().whole() || !TheFile().Evict()) return false;
  return Open("read", 1).has_value();
}

bool Nothing() { return true; }

/// Limit: the same bytes by memcpy on as many threads into memory of the same kind, then read.
void BM_WarmPreadReady(benchmark::State& state) {
  const HugeBuffer from = Touched(FileBytes());
  const auto copy = [&from] {
    Result<HugeBuffer> into = HugeBuffer::Make(FileBytes(), "memory");
    if (!into) return false;
    LoadReport ignored;
    into->AdviseHugePages(ignored);
    ByHalves(FileBytes(), [&](ByteRange range) {
      std::memcpy(into->bytes().data() + range.offset, from.bytes().data() + range.offset,
                  range.size);
    });
    Read(into->bytes(), kThreads);
    return true;
  };
  if (from.bytes().empty() || !Warm()) return state.SkipWithError("no warm file");
  RunPairs(state, &Nothing, copy, [] { return Ready("pread", kThreads, kThreads); });
}
BENCHMARK(BM_WarmPreadReady)->UseManualTime()->Iterations(kPairs);

/// Limit: reading memory that is mapped already.
void BM_WarmMmapTouch(benchmark::State& state) {
  const auto threads = static_cast<unsigned>(state.range(0));
  const HugeBuffer memory = Touched(FileBytes());
  const auto read = [&] {
    Read(memory.bytes(), threads);
    return true;
  };
  if (memory.bytes().empty() || !Warm()) return state.SkipWithError("no warm file");
  RunPairs(state, &Nothing, read, [threads] { return Ready("mmap", 1, threads); });
}
BENCHMARK(BM_WarmMmapTouch)
    ->ArgName("threads")
    ->Arg(1)
    ->Arg(kThreads)
    ->UseManualTime()
    ->Iterations(kPairs);

/// Limit: reading the BF16 and filling as much memory as the F32 takes, one after the other.
void BM_Bf16ToF32(benchmark::State& state) {
  const HugeBuffer from = Touched(FileBytes());
  const HugeBuffer into = Touched(2 * FileBytes());
  if (into.bytes().empty()) return state.SkipWithError("no memory");
  const auto traffic = [&] {
    Read(from.bytes(), 1);
    std::memset(into.bytes().data(), 1, into.bytes().size());
    return true;
  };
  const auto widen = [&] {
    auto* values = reinterpret_cast<float*>(into.bytes().data());
    ToF32(Dtype::kBF16, from.bytes(), {values, FileBytes() / 2});
    return true;
  };
  RunPairs(state, &Nothing, traffic, widen);
}
BENCHMARK(BM_Bf16ToF32)->UseManualTime()->Iterations(kPairs);

/// The device: O_DIRECT reads on as many threads into one MiB each, over and over.
bool ReadDevice() {
  LoadReport report;
  Result<File> file = File::Open(TheFile().path());
  const Result<HugeBuffer> room = HugeBuffer::Make(kThreads * kMib, "memory");
  if (!file || !room || ::fcntl(file->descriptor(), F_SETFL, O_DIRECT) != 0) return false;
  const auto read_every_second = [&](std::uint64_t thread, LoadReport&) -> Result<void> {
    std::byte* into = room->bytes().data() + thread * kMib;
    for (std::uint64_t at = thread * kMib; at < FileBytes(); at += kThreads * kMib) {
      if (::pread(file->descriptor(), into, kMib, static_cast<off_t>(at)) <= 0) {
        return Fail(SystemError("BENCH", "device", "read", errno));
      }
    }
    return {};
  };
  return RunPieces(kThreads, kThreads, read_every_second, report).has_value();
}

/// Evicts the file, then touches and frees as much memory: a guest may have returned what it does
/// not use, and fetching it from the host again takes longer than the device.
bool Cold() {
  if (!TheFile().whole() || !TheFile().Evict()) return false;
  return !Touched(FileBytes()).bytes().empty();
}

/// Limit: the device.
void BM_ColdReady(benchmark::State& state, const std::string& name) {
  const auto threads = static_cast<unsigned>(state.range(0));
  RunPairs(state, &Cold, &ReadDevice, [&] { return Ready(name, threads, kThreads); });
}

void TwiceOrMore(benchmark::internal::Benchmark* cold) {
  cold->ArgName("threads")->Arg(kThreads)->Arg(2 * kThreads)->UseManualTime()->Iterations(kPairs);
}

void Once(benchmark::internal::Benchmark* cold) {
  cold->ArgName("threads")->Arg(1)->UseManualTime()->Iterations(kPairs);
}

BENCHMARK_CAPTURE(BM_ColdReady, direct, "direct")->Apply(&TwiceOrMore);
BENCHMARK_CAPTURE(BM_ColdReady, pread, "pread")->Apply(&TwiceOrMore);
BENCHMARK_CAPTURE(BM_ColdReady, populate, "mmap-populate")->Apply(&TwiceOrMore);
BENCHMARK_CAPTURE(BM_ColdReady, prefetch, "mmap-prefetch")->Apply(&Once);
BENCHMARK_CAPTURE(BM_ColdReady, uring, "uring")->Apply(&Once);
BENCHMARK_CAPTURE(BM_ColdReady, mmap, "mmap")->Apply(&Once);

}  // namespace
}  // namespace falsify::loaders
