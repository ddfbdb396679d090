#include <memory>
#include <string>

#include "fmt/format.h"
#include "harness/cli/commands.h"
#include "harness/cli/job.h"
#include "nlohmann/json.hpp"

namespace falsify::cli {
namespace {

nlohmann::json JsonOf(const std::string& path, const harness::ModelFacts& facts) {
  return {{"path", path},
          {"format", facts.format},
          {"file_bytes", facts.file_bytes},
          {"payload_bytes", facts.payload_bytes},
          {"tensors", facts.tensors},
          {"parameters", facts.elements},
          {"largest_tensor_bytes", facts.largest_tensor_bytes},
          {"dtypes", facts.dtypes},
          {"architecture", facts.architecture},
          {"runs_decoder", facts.config_problem.empty()},
          {"decoder_problem", facts.config_problem},
          {"findings", facts.findings},
          {"files", facts.files},
          {"payload_digest", facts.payload_digest}};
}

void PrintText(const std::string& path, const harness::ModelFacts& facts) {
  const auto row = [](const char* name, const std::string& value) {
    fmt::print("{:<15} {}\n", name, Printable(value));
  };
  row("file", path);
  row("format", facts.format);
  row("file size", fmt::format("{} B", facts.file_bytes));
  row("payload", fmt::format("{} B", facts.payload_bytes));
  row("tensors", std::to_string(facts.tensors));
  row("parameters", std::to_string(facts.elements));
  row("largest tensor", fmt::format("{} B", facts.largest_tensor_bytes));
  for (const auto& [dtype, bytes] : facts.dtypes)
    row("dtype", fmt::format("{} {} B", dtype, bytes));
  row("architecture", facts.architecture.empty() ? "unknown" : facts.architecture);
  row("decoder", facts.config_problem.empty() ? "can run" : facts.config_problem);
  if (!facts.payload_digest.empty()) row("payload digest", facts.payload_digest);
  for (const std::string& finding : facts.findings) row("finding", finding);
  if (facts.findings.empty()) row("finding", "none");
}

int Inspect(const std::string& path, Inspection inspection, bool json) {
  const Result<harness::ModelFacts> facts = InspectInWorker(path, inspection);
  if (!facts) return Report(facts.error());
  if (json) {
    fmt::print("{}\n",
               JsonOf(path, *facts).dump(2, ' ', false, nlohmann::json::error_handler_t::replace));
  } else {
    PrintText(path, *facts);
  }
  return kExitPass;
}

}  // namespace

void AddInspectCommand(CLI::App& app, int& exit_code) {
  struct Options {
    std::string path;
    bool json = false;
    bool verify = false;
  };
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("inspect", "What a model file is made of");
  command->add_option("model", options->path, "A model file, an index or a model folder")
      ->required();
  command->add_flag("--verify", options->verify,
                    "Read every byte: checksums, values that are no numbers, digest");
  command->add_flag("--json", options->json, "Machine-readable");
  command->callback([options, &exit_code] {
    const Inspection inspection = options->verify ? Inspection::kVerify : Inspection::kHeader;
    exit_code = Inspect(options->path, inspection, options->json);
  });
}

}  // namespace falsify::cli
