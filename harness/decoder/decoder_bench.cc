// Time from an opened, mapped model to the logits of its first token, beside the time in which as
// many threads merely read the same bytes, best of several runs each. Nothing can do without
// reading them, so the ratio is what computing costs.
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>
#include <sys/mman.h>
#include <thread>
#include <time.h>
#include <unistd.h>
#include <utility>
#include <vector>

#include "benchmark/benchmark.h"
#include "dnnl.hpp"
#include "harness/decoder/decoder.h"
#include "harness/decoder/made_model.h"

namespace falsify::harness {
namespace {

constexpr unsigned kThreads = 2;
constexpr int kRuns = 10;

loaders::ModelConfig Qwen25Half() {
  return {.architecture = "qwen2",
          .hidden_size = 896,
          .intermediate_size = 4864,
          .layers = 24,
          .heads = 14,
          .kv_heads = 2,
          .head_dim = 64,
          .vocab_size = 151936,
          .rope_theta = 1e6,
          .rms_norm_eps = 1e-6,
          .tied_embeddings = true,
          .qkv_bias = true};
}

loaders::ModelConfig Qwen25OneAndAHalf() {
  return {.architecture = "qwen2",
          .hidden_size = 1536,
          .intermediate_size = 8960,
          .layers = 28,
          .heads = 12,
          .kv_heads = 2,
          .head_dim = 128,
          .vocab_size = 151936,
          .rope_theta = 1e6,
          .rms_norm_eps = 1e-6,
          .tied_embeddings = true,
          .qkv_bias = true};
}

// Processor time is that of all threads together, so it tells more than the clock on a busy host.
struct Cost {
  double seconds;
  double cpu_seconds;
};

Cost Least(Cost a, Cost b) {
  return {std::min(a.seconds, b.seconds), std::min(a.cpu_seconds, b.cpu_seconds)};
}

double CpuSeconds() {
  timespec spent;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &spent);
  return static_cast<double>(spent.tv_sec) + 1e-9 * static_cast<double>(spent.tv_nsec);
}

Cost CostOf(const auto& work) {
  const double cpu_start = CpuSeconds();
  const auto start = std::chrono::steady_clock::now();
  work();
  const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - start;
  return {elapsed.count(), CpuSeconds() - cpu_start};
}

// BF16 values of either sign between 2^-7 and 2^-6: like weights, and never NaN.
void Fill(std::vector<std::uint64_t>& words, std::uint64_t& state) {
  for (std::uint64_t& word : words) {
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    word = (state & 0x807F807F807F807FU) | 0x3C003C003C003C00U;
  }
}

// A file in the page cache, gone with its last mapping. The cache of a real file holds larger
// pieces than that of a memfd, which costs half of the bandwidth.
class CachedFile {
 public:
  explicit CachedFile(std::uint64_t bytes) : bytes_(bytes) {
    std::string path = std::filesystem::temp_directory_path() / "decoder_bench.XXXXXX";
    descriptor_ = mkstemp(path.data());
    if (descriptor_ < 0) std::abort();
    unlink(path.c_str());
    std::vector<std::uint64_t> words(std::size_t{2} << 20);
    std::uint64_t state = 0x9E3779B97F4A7C15U;
    for (std::uint64_t left = bytes; left > 0;) {
      Fill(words, state);
      const ssize_t done = write(descriptor_, words.data(), std::min(left, words.size() * 8));
      if (done < 0) std::abort();
      left -= static_cast<std::uint64_t>(done);
    }
  }
  ~CachedFile() { close(descriptor_); }
  CachedFile(const CachedFile&) = delete;
  CachedFile& operator=(const CachedFile&) = delete;

  std::byte* Map() const {
    void* address = mmap(nullptr, bytes_, PROT_READ, MAP_PRIVATE, descriptor_, 0);
    if (address == MAP_FAILED) std::abort();
    return static_cast<std::byte*>(address);
  }
  void Unmap(std::byte* address) const { munmap(address, bytes_); }
  std::uint64_t bytes() const { return bytes_; }

 private:
  int descriptor_ = -1;
  std::uint64_t bytes_;
};

// Reads one thread's share, four words at a time: it waits for memory and for nothing else.
void ReadShare(const std::uint64_t* words, std::uint64_t count) {
  std::uint64_t seen0 = 0;
  std::uint64_t seen1 = 0;
  std::uint64_t seen2 = 0;
  std::uint64_t seen3 = 0;
  for (std::uint64_t i = 0; i + 4 <= count; i += 4) {
    seen0 |= words[i];
    seen1 |= words[i + 1];
    seen2 |= words[i + 2];
    seen3 |= words[i + 3];
  }
  benchmark::DoNotOptimize(seen0 | seen1 | seen2 | seen3);
}

// Over pages that are mapped already: the bandwidth of memory.
Cost ReadCost(const std::byte* from, std::uint64_t bytes) {
  const auto* start = reinterpret_cast<const std::uint64_t*>(from);
  const std::uint64_t share = bytes / sizeof(std::uint64_t) / kThreads;
  return CostOf([&] {
    std::vector<std::thread> threads;
    for (unsigned t = 0; t < kThreads; ++t)
      threads.emplace_back(ReadShare, start + t * share, share);
    for (std::thread& thread : threads) thread.join();
  });
}

// A fresh process has compiled nothing yet.
void ForgetKernels() {
  const int capacity = dnnl::get_primitive_cache_capacity();
  dnnl::set_primitive_cache_capacity(0);
  dnnl::set_primitive_cache_capacity(capacity);
}

void FirstToken(benchmark::State& state, const loaders::ModelConfig& config) {
  const std::vector<TensorSpec> specs = SpecsOf(config, loaders::Dtype::kBF16);
  const CachedFile file(MadeModel::BytesNeeded(specs, 0));
  std::byte* touched = file.Map();

  const auto tokens = PromptTokens(static_cast<unsigned>(state.range(0)), config.vocab_size);
  Cost read = ReadCost(touched, file.bytes());
  Cost first_token = {1e9, 1e9};
  for (auto _ : state) {
    ForgetKernels();
    read = Least(read, ReadCost(touched, file.bytes()));
    std::byte* mapped = file.Map();
    const Cost cost = CostOf([&] {
      const MadeModel model(specs, config, 0, mapped);
      auto decoder = Decoder::Create(model, config, kThreads);
      const auto logits = (*decoder)->Prefill(tokens);
      if (!logits) state.SkipWithError(logits.error().Line().c_str());
      benchmark::DoNotOptimize(logits);
    });
    file.Unmap(mapped);
    state.SetIterationTime(cost.seconds);
    first_token = Least(first_token, cost);
  }
  file.Unmap(touched);
  state.counters["read_ms"] = read.seconds * 1e3;
  state.counters["first_token_ms"] = first_token.seconds * 1e3;
  state.counters["ratio"] = first_token.seconds / read.seconds;
  state.counters["read_cpu_ms"] = read.cpu_seconds * 1e3;
  state.counters["first_token_cpu_ms"] = first_token.cpu_seconds * 1e3;
  state.counters["cpu_ratio"] = first_token.cpu_seconds / read.cpu_seconds;
}

void Register(const char* name, const loaders::ModelConfig& config) {
  benchmark::RegisterBenchmark(name,
                               [config](benchmark::State& state) { FirstToken(state, config); })
      ->Arg(1)
      ->Arg(9)
      ->Arg(32)
      ->ArgName("tokens")
      ->UseManualTime()
      ->Iterations(kRuns)
      ->Unit(benchmark::kMillisecond);
}

}  // namespace
}  // namespace falsify::harness

int main(int argc, char** argv) {
  falsify::harness::Register("FirstToken/Qwen2.5-0.5B", falsify::harness::Qwen25Half());
  falsify::harness::Register("FirstToken/Qwen2.5-1.5B", falsify::harness::Qwen25OneAndAHalf());
  benchmark::Initialize(&argc, argv);
  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
}
