#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "fmt/format.h"
#include "harness/cli/commands.h"
#include "harness/cli/find_models.h"
#include "harness/cli/job.h"
#include "nlohmann/json.hpp"

namespace falsify::cli {
namespace {

struct Options {
  std::vector<std::string> folders;
  bool json = false;
};

struct Found {
  std::string path;
  std::optional<harness::ModelFacts> facts;
  std::string problem;  ///< why there are no facts
};

std::string Dtypes(const harness::ModelFacts& facts) {
  std::string names;
  for (const auto& [dtype, bytes] : facts.dtypes) names += (names.empty() ? "" : "+") + dtype;
  return names;
}

nlohmann::json JsonOf(const Found& found) {
  if (!found.facts) return {{"path", found.path}, {"problem", found.problem}};
  const harness::ModelFacts& facts = *found.facts;
  return {{"path", found.path},
          {"format", facts.format},
          {"dtypes", facts.dtypes},
          {"file_bytes", facts.file_bytes},
          {"parameters", facts.elements},
          {"architecture", facts.architecture},
          {"runs_decoder", facts.config_problem.empty()}};
}

void PrintLine(const Found& found) {
  if (!found.facts) {
    fmt::print("{}: {}\n", Printable(found.path), Printable(found.problem));
    return;
  }
  const harness::ModelFacts& facts = *found.facts;
  fmt::print("{}: {}, {}, {:.2f} GB, {}, {}\n", Printable(found.path), facts.format, Dtypes(facts),
             static_cast<double>(facts.file_bytes) / 1e9,
             facts.architecture.empty() ? "architecture unknown" : Printable(facts.architecture),
             facts.config_problem.empty() ? "runs the decoder" : "cannot run the decoder");
}

int Discover(const Options& options) {
  const std::vector<std::string> folders =
      options.folders.empty() ? UsualModelFolders() : options.folders;
  Result<std::vector<std::string>> paths = FindModels(folders, options.folders.empty());
  if (!paths) return Report(paths.error());
  nlohmann::json list = nlohmann::json::array();
  for (const std::string& path : *paths) {
    Result<harness::ModelFacts> facts = InspectInWorker(path, Inspection::kHeader);
    Found found = {.path = path, .facts = {}, .problem = {}};
    if (facts) {
      found.facts = std::move(*facts);
    } else {
      found.problem = facts.error().Line();
    }
    if (options.json) {
      list.push_back(JsonOf(found));
    } else {
      PrintLine(found);
    }
  }
  if (options.json) {
    fmt::print("{}\n", list.dump(2, ' ', false, nlohmann::json::error_handler_t::replace));
  } else if (paths->empty()) {
    fmt::print(stderr, "falsify: no model in {}\n",
               Printable(fmt::format("{}", fmt::join(folders, ", "))));
  }
  return kExitPass;
}

}  // namespace

void AddDiscoverCommand(CLI::App& app, int& exit_code) {
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("discover", "Find models and say what they are");
  command->add_option("folders", options->folders,
                      "Where to look (./models and the Hugging Face cache)");
  command->add_flag("--json", options->json, "Machine-readable");
  command->callback([options, &exit_code] { exit_code = Discover(*options); });
}

}  // namespace falsify::cli
