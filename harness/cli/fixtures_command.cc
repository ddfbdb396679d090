#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <thread>

#include "fixtures/generate.h"
#include "fmt/format.h"
#include "harness/cli/byte_progress.h"
#include "harness/cli/commands.h"
#include "harness/cli/weight_dtype.h"
#include "harness/study/units.h"

namespace falsify::cli {
namespace {

struct Options {
  std::string out;
  std::string shape = "tiny";
  std::string payload;
  std::string dtype = "BF16";
  std::string vectors;
  std::string format = "safetensors";
  std::uint64_t seed = 1;
  unsigned threads = std::max(1U, std::thread::hardware_concurrency());
};

Result<fixtures::Generated> Generate(const Options& options) {
  fixtures::GenerateRequest request;
  request.shape = options.shape;
  request.seed = options.seed;
  request.threads = options.threads;
  request.format = options.format;
  const Result<loaders::Dtype> dtype = WeightDtype(options.dtype, "--dtype");
  if (!dtype) return Fail(dtype.error());
  request.dtype = *dtype;
  if (!options.vectors.empty()) {
    const Result<loaders::Dtype> vectors = WeightDtype(options.vectors, "--vectors");
    if (!vectors) return Fail(vectors.error());
    request.vectors = *vectors;
  }
  if (!options.payload.empty()) {
    const Result<double> bytes =
        harness::ParseQuantity(options.payload, harness::Quantity::kBytes, "--payload");
    if (!bytes) return Fail(bytes.error());
    request.shape = "payload";
    request.payload_bytes = static_cast<std::uint64_t>(*bytes);
  }
  ByteProgress progress(ByteProgress::Show::kOnTerminal);
  return fixtures::Generate(request, options.out, progress.listener());
}

}  // namespace

void AddFixturesCommand(CLI::App& app, int& exit_code) {
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("fixtures", "Models of real shapes with seeded weights");
  command->require_subcommand(1);
  CLI::App* generate = command->add_subcommand("generate", "Write a model and its config.json");
  generate->add_option("out", options->out, "The model file to write")->required();
  generate->add_option("--shape", options->shape, "As `falsify list shapes` prints them");
  generate->add_option("--payload", options->payload, "Payload instead of a shape, e.g. 64 MiB");
  generate->add_option("--dtype", options->dtype, "BF16, F16, F32, Q8_0, Q4_0 or Q4_K_M");
  generate->add_option("--vectors", options->vectors,
                       "Of one-dimensional tensors; F32 beside blocks");
  generate->add_option("--format", options->format, "safetensors, gguf or apr");
  generate->add_option("--seed", options->seed, "Same seed, same bytes");
  generate->add_option("--threads", options->threads, "Bytes do not depend on it")
      ->check(CLI::Range(1U, 1024U));
  generate->callback([options, &exit_code] {
    const Result<fixtures::Generated> made = Generate(*options);
    if (!made) {
      exit_code = Report(made.error());
      return;
    }
    fmt::print("{}: {} B, payload {} B, written in {:.2f} s\n", Printable(made->path),
               made->file_bytes, made->payload_bytes, made->write_seconds);
    exit_code = kExitPass;
  });
}

}  // namespace falsify::cli
