#include <memory>
#include <string>
#include <variant>

#include "fmt/format.h"
#include "harness/cli/commands.h"
#include "harness/cli/estimate.h"
#include "harness/cli/job.h"
#include "harness/cli/models.h"
#include "harness/cli/needs.h"
#include "harness/plan.h"
#include "nlohmann/json.hpp"
#include "reports/text/quantity.h"

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

void PrintPlan(const harness::Study& study, const Estimate& estimate) {
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
  fmt::print(
      "if every claim passes and is proven: about {} trials, {}, {} of memory; models of {}, {} "
      "free\n",
      estimate.trials, reports::Quantity(estimate.seconds, "s"),
      reports::Quantity(static_cast<double>(estimate.memory_bytes), "B"),
      reports::Quantity(static_cast<double>(estimate.disk_bytes), "B"),
      reports::Quantity(static_cast<double>(estimate.free_bytes), "B"));
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

/// What no trial could run with is refused now. A subject that needs more memory than there is
/// makes its own claims INVALID and no others'.
Result<void> CheckFits(const Estimate& estimate) {
  if (estimate.free_bytes == 0 || estimate.disk_bytes <= estimate.free_bytes) return {};
  return Fail({.code = "PLAN_DISK",
               .where = CacheDirectory({}),
               .what = fmt::format("models of {} B, {} B are free", estimate.disk_bytes,
                                   estimate.free_bytes),
               .hint = "make room, or keep them elsewhere with --cache-dir"});
}

int Check(const std::string& path, bool json) {
  const Result<harness::Study> study = harness::ReadStudy(path, StudyVocabulary());
  if (!study) return Report(study.error());
  if (const Result<void> models = CheckModels(*study); !models) return Report(models.error());
  const Estimate estimate = EstimateRun(*study, CacheDirectory({}));
  if (const Result<void> fits = CheckFits(estimate); !fits) return Report(fits.error());
  if (!json) {
    PrintPlan(*study, estimate);
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
