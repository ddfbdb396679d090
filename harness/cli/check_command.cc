#include <memory>
#include <string>
#include <variant>

#include "fmt/format.h"
#include "harness/cli/commands.h"
#include "harness/cli/job.h"
#include "harness/cli/models.h"
#include "harness/cli/needs.h"
#include "harness/plan.h"
#include "nlohmann/json.hpp"

namespace falsify::cli {
namespace {

nlohmann::json JsonOf(const harness::HypothesisPlan& plan) {
  return {{"id", plan.id},
          {"subject", plan.subject},
          {"requirement", plan.requirement},
          {"conditions", plan.conditions},
          {"blocks_to_pass", plan.blocks_to_pass},
          {"blocks_to_falsify", plan.blocks_to_falsify},
          {"max_blocks", plan.max_blocks},
          {"trials_per_block", plan.trials_per_block},
          {"worst_seconds", plan.worst_seconds},
          {"warning", plan.warning}};
}

void PrintPlan(const harness::Study& study) {
  fmt::print("{}: {}\n", Printable(study.id), Printable(study.title));
  double worst = 0;
  for (const harness::HypothesisPlan& plan : harness::PlanOf(study)) {
    fmt::print("{}: {} on \"{}\" ({})\n", plan.id, plan.requirement, Printable(plan.subject),
               plan.conditions);
    fmt::print(
        "  PASS after {} blocks at the earliest, FALSIFIED after {}, given up after {}; {} "
        "trial{} a block\n",
        plan.blocks_to_pass, plan.blocks_to_falsify, plan.max_blocks, plan.trials_per_block,
        plan.trials_per_block == 1 ? "" : "s");
    if (!plan.warning.empty()) fmt::print("  warning: {}\n", plan.warning);
    worst += plan.worst_seconds;
  }
  for (const std::string& line : NeedLines(study)) fmt::print("{}\n", Printable(line));
  fmt::print("at worst, every trial at its timeout and none shared: {:.0f} min\n", worst / 60);
}

/// A model given by path is looked into now: better than after an hour of trials.
Result<void> CheckModels(const harness::Study& study) {
  for (const harness::ModelSpec& model : study.models) {
    if (const auto* path = std::get_if<std::string>(&model.origin)) {
      const Result<harness::ModelFacts> facts = InspectInWorker(*path, Inspection::kHeader);
      if (!facts) return Fail(facts.error());
    }
  }
  return {};
}

int Check(const std::string& path, bool json) {
  const Result<harness::Study> study = harness::ReadStudy(path, StudyVocabulary());
  if (!study) return Report(study.error());
  if (const Result<void> models = CheckModels(*study); !models) return Report(models.error());
  if (!json) {
    PrintPlan(*study);
    return kExitPass;
  }
  nlohmann::json plans = nlohmann::json::array();
  for (const harness::HypothesisPlan& plan : harness::PlanOf(*study)) plans.push_back(JsonOf(plan));
  fmt::print("{}\n", plans.dump(2));
  return kExitPass;
}

}  // namespace

void AddCheckCommand(CLI::App& app, int& exit_code) {
  struct Options {
    std::string path;
    bool json = false;
  };
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("check", "Validate a study and print its plan");
  command->add_option("study", options->path, "A study file")->required();
  command->add_flag("--json", options->json, "Machine-readable");
  command->callback([options, &exit_code] { exit_code = Check(options->path, options->json); });
}

}  // namespace falsify::cli
