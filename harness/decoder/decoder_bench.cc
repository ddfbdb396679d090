// Time from an opened, mapped model to the logits of its first token, beside the time in which as
// many threads merely read the same bytes. Nothing can do without reading them, so the ratio is
// what computing costs.
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string>
#include <sys/mman.h>
#include <thread>
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

double SecondsOf(const auto& work) {
  const auto start = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

// A file that lives in the page cache only, and mappings of it.
class CachedFile {
 public:
  explicit CachedFile(std::uint64_t bytes)
      : descriptor_(memfd_create("decoder_bench", MFD_CLOEXEC)), bytes_(bytes) {
    if (descriptor_ < 0 || ftruncate(descriptor_, static_cast<off_t>(bytes)) != 0) std::abort();
  }
  ~CachedFile() { close(descriptor_); }
  CachedFile(const CachedFile&) = delete;
  CachedFile& operator=(const CachedFile&) = delete;

  std::byte* Map(int protection, int flags) const {
    void* address = mmap(nullptr, bytes_, protection, flags, descriptor_, 0);
    if (address == MAP_FAILED) std::abort();
    return static_cast<std::byte*>(address);
  }
  void Unmap(std::byte* address) const { munmap(address, bytes_); }
  std::uint64_t bytes() const { return bytes_; }

 private:
  int descriptor_;
  std::uint64_t bytes_;
};

// BF16 values of either sign between 2^-7 and 2^-6: like weights, and never NaN.
void Fill(std::byte* at, std::uint64_t bytes) {
  std::uint64_t state = 0x9E3779B97F4A7C15U;
  for (std::uint64_t done = 0; done + sizeof(state) <= bytes; done += sizeof(state)) {
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    const std::uint64_t values = (state & 0x807F807F807F807FU) | 0x3C003C003C003C00U;
    std::memcpy(at + done, &values, sizeof(values));
  }
}

// Best of three over pages that are mapped already: memory bandwidth, and nothing else.
double ReadSeconds(const std::byte* from, std::uint64_t bytes) {
  const auto read = [&](std::uint64_t part) {
    const std::uint64_t share = bytes / kThreads / 32 * 32;
    std::uint64_t seen[4] = {};
    for (std::uint64_t i = part * share; i < (part + 1) * share; i += sizeof(seen)) {
      std::uint64_t words[4];
      std::memcpy(words, from + i, sizeof(words));
      for (int w = 0; w < 4; ++w) seen[w] |= words[w];
    }
    benchmark::DoNotOptimize(seen);
  };
  double best = 1e9;
  for (int run = 0; run < 3; ++run) {
    best = std::min(best, SecondsOf([&] {
                      std::vector<std::thread> threads;
                      for (unsigned t = 0; t < kThreads; ++t) threads.emplace_back(read, t);
                      for (std::thread& thread : threads) thread.join();
                    }));
  }
  return best;
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
  std::byte* filled = file.Map(PROT_READ | PROT_WRITE, MAP_SHARED);
  Fill(filled, file.bytes());
  const double read_seconds = ReadSeconds(filled, file.bytes());

  const auto tokens = PromptTokens(static_cast<unsigned>(state.range(0)), config.vocab_size);
  double best = 1e9;
  for (auto _ : state) {
    ForgetKernels();
    std::byte* mapped = file.Map(PROT_READ, MAP_PRIVATE);
    const double seconds = SecondsOf([&] {
      const MadeModel model(specs, config, 0, mapped);
      auto decoder = Decoder::Create(model, config, kThreads);
      const auto logits = (*decoder)->Prefill(tokens);
      if (!logits) state.SkipWithError(logits.error().Line().c_str());
      benchmark::DoNotOptimize(logits);
    });
    file.Unmap(mapped);
    state.SetIterationTime(seconds);
    best = std::min(best, seconds);
  }
  file.Unmap(filled);
  state.counters["read_ms"] = read_seconds * 1e3;
  state.counters["first_token_ms"] = best * 1e3;
  state.counters["ratio"] = best / read_seconds;
}

void Register(const char* name, const loaders::ModelConfig& config) {
  benchmark::RegisterBenchmark(name,
                               [config](benchmark::State& state) { FirstToken(state, config); })
      ->Arg(1)
      ->Arg(9)
      ->Arg(32)
      ->ArgName("tokens")
      ->UseManualTime()
      ->Iterations(5)
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
