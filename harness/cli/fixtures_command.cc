#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "fixtures/generate.h"
#include "fixtures/malformed.h"
#include "fmt/format.h"
#include "harness/cli/byte_progress.h"
#include "harness/cli/commands.h"
#include "harness/cli/weight_dtype.h"
#include "harness/study/units.h"
#include "nlohmann/json.hpp"

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
  bool tokenizer = false;
  unsigned threads = std::max(1U, std::thread::hardware_concurrency());
};

Result<fixtures::Generated> Generate(const Options& options) {
  fixtures::GenerateRequest request;
  request.shape = options.shape;
  request.seed = options.seed;
  request.threads = options.threads;
  request.format = options.format;
  request.tokenizer = options.tokenizer;
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

struct CorruptOptions {
  std::string folder;
  std::vector<std::string> formats;
  bool json = false;
};

std::string_view HowFound(const fixtures::MalformedFile& file) {
  return file.found == fixtures::Malformed::Found::kByOpening ? "open" : "verify";
}

Result<void> Corrupt(const CorruptOptions& options) {
  const auto files = fixtures::WriteMalformed(options.folder, options.formats);
  if (!files) return Fail(files.error());
  nlohmann::json rows = nlohmann::json::array();
  for (const fixtures::MalformedFile& file : *files) {
    if (!options.json) {
      fmt::print("{:<11} {:>2} {:<36} {:<6} {:<20} {}\n", file.format, file.rule, file.name,
                 HowFound(file), file.code, Printable(file.path));
      continue;
    }
    rows.push_back({{"format", file.format},
                    {"rule", file.rule},
                    {"name", file.name},
                    {"found_by", HowFound(file)},
                    {"code", file.code},
                    {"path", file.path}});
  }
  if (options.json) fmt::print("{}\n", rows.dump(2));
  return {};
}

void AddCorrupt(CLI::App& fixtures, int& exit_code) {
  auto options = std::make_shared<CorruptOptions>();
  CLI::App* command = fixtures.add_subcommand(
      "corrupt", "Write a malformed model for every rule that a strict reader enforces");
  command->add_option("folder", options->folder, "Where to")->required();
  command->add_option("--format", options->formats, "safetensors, gguf, apr; all unless given")
      ->delimiter(',');
  command->add_flag("--json", options->json, "Machine-readable");
  command->callback([options, &exit_code] {
    const Result<void> done = Corrupt(*options);
    exit_code = done ? kExitPass : Report(done.error());
  });
}

}  // namespace

void AddFixturesCommand(CLI::App& app, int& exit_code) {
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand(
      "fixtures", "Models of real shapes with seeded weights, and malformed ones");
  command->require_subcommand(1);
  AddCorrupt(*command, exit_code);
  CLI::App* generate = command->add_subcommand("generate", "Write a model and its config.json");
  generate->add_option("out", options->out, "The model file to write")->required();
  generate->add_option("--shape", options->shape, "As `falsify list shapes` prints them");
  generate->add_option("--payload", options->payload, "Payload instead of a shape, e.g. 64 MiB");
  generate->add_option("--dtype", options->dtype, "BF16, F16, F32, Q8_0, Q4_0 or Q4_K_M");
  generate->add_option("--vectors", options->vectors,
                       "Of one-dimensional tensors; F32 beside blocks");
  generate->add_option("--format", options->format, "safetensors, gguf or apr");
  generate->add_flag("--tokenizer", options->tokenizer,
                     "With a made-up tokenizer of the embedding's size");
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
