// What opening a GGUF file costs when its header carries a tokenizer of real size, and how that
// cost grows with the number of tensors. The files are all header and zeros, and in the page cache.
// The column `allocations` counts calls of operator new per opening: it must not grow with the
// strings.
#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <new>
#include <string>
#include <system_error>
#include <unistd.h>

#include "benchmark/benchmark.h"
#include "fmt/format.h"
#include "loaders/formats/gguf.h"
#include "loaders/formats/gguf_bytes.h"
#include "loaders/sources/mmap.h"

namespace {

std::atomic<std::uint64_t> allocations = 0;

}  // namespace

[[gnu::noinline]] void* operator new(std::size_t size) {
  ++allocations;
  if (void* memory = std::malloc(size == 0 ? 1 : size)) return memory;
  throw std::bad_alloc();
}
[[gnu::noinline]] void operator delete(void* memory) noexcept { std::free(memory); }
[[gnu::noinline]] void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }

namespace falsify::loaders {
namespace {

constexpr std::uint32_t kArray = 9;
constexpr std::uint32_t kString = 8;
constexpr std::uint32_t kF32 = 0;
constexpr std::uint64_t kTensorBytes = 32;

/// As many strings as Qwen2 has tokens and merges, of about their lengths.
constexpr std::uint64_t kTokens = 151936;
constexpr std::uint64_t kMerges = 151387;

class TemporaryFile {
 public:
  explicit TemporaryFile(const GgufBytes& bytes) {
    std::string path = (std::filesystem::temp_directory_path() / "gguf_bench.XXXXXX").string();
    const int descriptor = ::mkstemp(path.data());
    if (descriptor < 0) throw std::system_error(errno, std::generic_category(), path);
    ::close(descriptor);
    path_ = path;
    std::ofstream(path_, std::ios::binary) << bytes.text();
  }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;
  ~TemporaryFile() { std::filesystem::remove(path_); }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

void AddStrings(GgufBytes& bytes, std::string_view key, std::uint64_t count, int width) {
  bytes.Text(key).Add(kArray).Add(kString).Add(count);
  for (std::uint64_t i = 0; i < count; ++i) {
    bytes.Text(fmt::format("{:0>{}}", i, width - 2 + static_cast<int>(i % 5)));
  }
}

GgufBytes WithTensors(GgufBytes bytes, std::uint64_t tensors) {
  for (std::uint64_t i = 0; i < tensors; ++i) {
    bytes.Tensor(fmt::format("blk.{}.attn_q.weight", i), {8}, kF32, i * kTensorBytes);
  }
  return bytes.PadTo(kTensorBytes).Zeros(tensors * kTensorBytes);
}

void OpenAll(benchmark::State& state, const TemporaryFile& file, std::uint64_t tensors) {
  const std::uint64_t before = allocations;
  for (auto _ : state) {
    const auto source = OpenMmap(file.path(), {});
    const auto header = source ? ParseGguf(**source) : Fail(source.error());
    if (!header || (*header)->tensors().size() != tensors) {
      state.SkipWithError("it did not open");
      return;
    }
  }
  state.counters["allocations"] = benchmark::Counter(static_cast<double>(allocations - before),
                                                     benchmark::Counter::kAvgIterations);
  state.counters["header_MB"] = static_cast<double>(std::filesystem::file_size(file.path())) / 1e6;
}

/// Arguments: strings of the tokenizer in thousandths of Qwen2's.
void BM_OpenWithTokenizer(benchmark::State& state) {
  const auto part = static_cast<std::uint64_t>(state.range(0));
  GgufBytes bytes = GgufBytes::Head(338, 2);
  AddStrings(bytes, "tokenizer.ggml.tokens", kTokens * part / 1000, 7);
  AddStrings(bytes, "tokenizer.ggml.merges", kMerges * part / 1000, 9);
  OpenAll(state, TemporaryFile(WithTensors(std::move(bytes), 338)), 338);
}
BENCHMARK(BM_OpenWithTokenizer)->Arg(1)->Arg(1000)->Unit(benchmark::kMillisecond);

/// Argument: tensors. The complexity row says how the time grows.
void BM_OpenTensors(benchmark::State& state) {
  const auto tensors = static_cast<std::uint64_t>(state.range(0));
  OpenAll(state, TemporaryFile(WithTensors(GgufBytes::Head(tensors, 0), tensors)), tensors);
  state.SetComplexityN(state.range(0));
}
BENCHMARK(BM_OpenTensors)
    ->RangeMultiplier(10)
    ->Range(100, 100000)
    ->Unit(benchmark::kMillisecond)
    ->Complexity();

}  // namespace
}  // namespace falsify::loaders
