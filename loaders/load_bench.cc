// What opening a SafeTensors file costs beyond the system calls and the JSON parse that no reader
// can avoid. The file is a sparse one with the tensors of Qwen2.5-1.5B: nothing here touches a
// tensor's data, so its content does not matter; the header is real and in the page cache.
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <fcntl.h>
#include <filesystem>
#include <string>
#include <string_view>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>
#include <vector>

#include "benchmark/benchmark.h"
#include "fmt/format.h"
#include "loaders/loader.h"
#include "simdjson.h"

namespace falsify::loaders {
namespace {

class HeaderWriter {
 public:
  void Add(const std::string& name, const std::vector<std::uint64_t>& shape) {
    std::uint64_t bytes = 2;
    for (const std::uint64_t dim : shape) bytes *= dim;
    text_ +=
        fmt::format(R"(,"{}":{{"dtype":"BF16","shape":[{}],"data_offsets":[{},{}]}})", name,
                    fmt::join(shape.begin(), shape.end(), ","), data_bytes_, data_bytes_ + bytes);
    data_bytes_ += bytes;
  }

  std::string Text() const {
    std::string text = text_ + "}";
    text.resize((text.size() + 7) / 8 * 8, ' ');
    return text;
  }

  std::uint64_t data_bytes() const { return data_bytes_; }

 private:
  std::string text_ = R"({"__metadata__":{"format":"pt"})";
  std::uint64_t data_bytes_ = 0;
};

HeaderWriter QwenHeader() {
  constexpr std::uint64_t kHidden = 1536;
  constexpr std::uint64_t kKeyValue = 256;
  constexpr std::uint64_t kIntermediate = 8960;
  HeaderWriter header;
  header.Add("model.embed_tokens.weight", {151936, kHidden});
  for (int layer = 0; layer < 28; ++layer) {
    const std::string prefix = fmt::format("model.layers.{}.", layer);
    header.Add(prefix + "input_layernorm.weight", {kHidden});
    header.Add(prefix + "mlp.down_proj.weight", {kHidden, kIntermediate});
    header.Add(prefix + "mlp.gate_proj.weight", {kIntermediate, kHidden});
    header.Add(prefix + "mlp.up_proj.weight", {kIntermediate, kHidden});
    header.Add(prefix + "post_attention_layernorm.weight", {kHidden});
    header.Add(prefix + "self_attn.k_proj.bias", {kKeyValue});
    header.Add(prefix + "self_attn.k_proj.weight", {kKeyValue, kHidden});
    header.Add(prefix + "self_attn.o_proj.weight", {kHidden, kHidden});
    header.Add(prefix + "self_attn.q_proj.bias", {kHidden});
    header.Add(prefix + "self_attn.q_proj.weight", {kHidden, kHidden});
    header.Add(prefix + "self_attn.v_proj.bias", {kKeyValue});
    header.Add(prefix + "self_attn.v_proj.weight", {kKeyValue, kHidden});
  }
  header.Add("model.norm.weight", {kHidden});
  return header;
}

HeaderWriter WideHeader(std::int64_t tensors) {
  HeaderWriter header;
  for (std::int64_t i = 0; i < tensors; ++i) {
    header.Add(fmt::format("model.layers.{}.self_attn.q_proj.weight", i), {64, 64});
  }
  return header;
}

/// A file that exists while this does.
class TemporaryModel {
 public:
  explicit TemporaryModel(const HeaderWriter& header) : header_(header.Text()) {
    const std::string pattern =
        (std::filesystem::temp_directory_path() / "falsify-bench-XXXXXX.safetensors").string();
    path_ = pattern;
    const int file =
        ::mkstemps(path_.data(), static_cast<int>(std::string_view(".safetensors").size()));
    const std::uint64_t header_bytes = header_.size();
    const auto file_bytes = static_cast<off_t>(8 + header_.size() + header.data_bytes());
    const bool written =
        file >= 0 && ::write(file, &header_bytes, 8) == 8 &&
        ::write(file, header_.data(), header_.size()) == static_cast<ssize_t>(header_.size()) &&
        ::ftruncate(file, file_bytes) == 0;
    if (file >= 0) ::close(file);
    if (!written) path_.clear();
  }
  TemporaryModel(const TemporaryModel&) = delete;
  TemporaryModel& operator=(const TemporaryModel&) = delete;
  ~TemporaryModel() { std::filesystem::remove(path_); }

  const std::string& path() const { return path_; }  ///< empty if it could not be written
  const std::string& header() const { return header_; }

 private:
  std::string header_;
  std::string path_;
};

/// The floor: open, fstat, mmap, munmap, and a parse of the header, already in padded memory, by a
/// parser that keeps its buffers.
bool OpenMapAndParse(const std::string& path, simdjson::dom::parser& parser,
                     const simdjson::padded_string& header) {
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  struct stat status = {};
  if (file < 0 || ::fstat(file, &status) != 0) return false;
  const auto bytes = static_cast<std::size_t>(status.st_size);
  void* base = ::mmap(nullptr, bytes, PROT_READ, MAP_PRIVATE, file, 0);
  const bool parsed = parser.parse(header).error() == simdjson::SUCCESS;
  const bool unmapped = base != MAP_FAILED && ::munmap(base, bytes) == 0;
  return ::close(file) == 0 && parsed && unmapped;
}

bool LoadMapped(const std::string& path) {
  return Load(path, {.name = "mmap", .options = {}}, 1, {}).has_value();
}

double Median(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

/// Both, taken in turn so that they see the same machine; the ratio is of their medians.
void BM_LoadBesideFloor(benchmark::State& state) {
  const TemporaryModel model(QwenHeader());
  const simdjson::padded_string header(model.header());
  simdjson::dom::parser parser;
  std::vector<double> floors;
  std::vector<double> loads;
  using Clock = std::chrono::steady_clock;
  const auto seconds = [](Clock::duration time) {
    return std::chrono::duration<double>(time).count();
  };
  for (auto _ : state) {
    const Clock::time_point start = Clock::now();
    const bool floor_done = OpenMapAndParse(model.path(), parser, header);
    const Clock::time_point between = Clock::now();
    const bool load_done = LoadMapped(model.path());
    const Clock::time_point stop = Clock::now();
    if (!floor_done || !load_done) return state.SkipWithError("cannot open the temporary model");
    floors.push_back(seconds(between - start));
    loads.push_back(seconds(stop - between));
    state.SetIterationTime(loads.back());
  }
  state.counters["header_bytes"] = static_cast<double>(model.header().size());
  state.counters["floor_us"] = 1e6 * Median(floors);
  state.counters["load_us"] = 1e6 * Median(loads);
  state.counters["ratio"] = Median(loads) / Median(floors);
}
BENCHMARK(BM_LoadBesideFloor)->UseManualTime()->Unit(benchmark::kMicrosecond);

void BM_LoadByTensors(benchmark::State& state) {
  const TemporaryModel model(WideHeader(state.range(0)));
  for (auto _ : state) {
    if (!LoadMapped(model.path())) return state.SkipWithError("cannot open the temporary model");
  }
  state.SetComplexityN(state.range(0));
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(BM_LoadByTensors)
    ->Arg(338)
    ->Arg(1000)
    ->Arg(10'000)
    ->Arg(100'000)
    ->Unit(benchmark::kMicrosecond)
    ->Complexity(benchmark::oN);

HeaderWriter EvenHeader(std::uint64_t data_bytes) {
  constexpr std::uint64_t kTensors = 338;
  HeaderWriter header;
  for (std::uint64_t i = 0; i < kTensors; ++i) {
    header.Add(fmt::format("model.layers.{}.self_attn.q_proj.weight", i),
               {data_bytes / kTensors / 2});
  }
  return header;
}

/// The same tensors in files from 1 MiB to 1 TiB: neither the time nor the bytes read may grow.
void BM_LoadByFileSize(benchmark::State& state) {
  const TemporaryModel model(EvenHeader(static_cast<std::uint64_t>(state.range(0)) << 20));
  std::uint64_t bytes_read = 0;
  for (auto _ : state) {
    const auto loaded = Load(model.path(), {.name = "mmap", .options = {}}, 1, {});
    if (!loaded) return state.SkipWithError("cannot open the temporary model");
    bytes_read = (*loaded)->report().bytes_read;
  }
  state.counters["header_bytes"] = static_cast<double>(model.header().size());
  state.counters["bytes_read"] = static_cast<double>(bytes_read);
}
BENCHMARK(BM_LoadByFileSize)
    ->ArgName("MiB")
    ->RangeMultiplier(32)
    ->Range(1, 1 << 20)
    ->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace falsify::loaders

BENCHMARK_MAIN();
