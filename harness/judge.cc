#include "harness/judge.h"

#include <algorithm>
#include <charconv>
#include <limits>
#include <utility>
#include <vector>

#include "fmt/format.h"
#include "harness/experiment.h"
#include "harness/record_steps.h"

namespace falsify::harness {
namespace {

constexpr double kForever = 1e18;

/// A machine on which nothing happens any more.
class RecordedHost : public Host {
 public:
  explicit RecordedHost(const Record& record) {
    const auto found = record.environment.find("memory_bytes");
    if (found == record.environment.end()) return;
    const std::string& text = found->second;
    std::from_chars(text.data(), text.data() + text.size(), memory_bytes_);
  }

  double Now() override { return 0; }
  void Sleep(double) override {}
  Result<void> MakeCache(const std::string&, Cache) override { return {}; }
  std::string CheckStillWarm(const std::string&) override { return {}; }
  Result<void> Prime(std::uint64_t) override { return {}; }
  void Keep(std::uint64_t) override {}
  void ProbeOn(const std::string&) override {}
  std::optional<double> Probe(std::string_view) override { return std::nullopt; }
  Result<std::string> FileIdentity(const std::string&) override { return std::string("recorded"); }
  std::uint64_t AvailableMemoryBytes() override { return memory_bytes_; }

 private:
  std::uint64_t memory_bytes_ = std::numeric_limits<std::uint64_t>::max();
};

const ModelRecord* ModelAt(const Record& record, const std::string& path) {
  for (const SubjectRecord& subject : record.subjects) {
    if (subject.model.path == path) return &subject.model;
  }
  return nullptr;
}

/// Answers what is asked of models; trials come from the steps.
class RecordedRunner : public TrialRunner {
 public:
  explicit RecordedRunner(const Record& record) : record_(record) {}

  Result<Observation> Run(const TrialSpec& spec) override {
    const ModelRecord* model = ModelAt(record_, spec.model_path);
    if (model == nullptr) return Fail({"JUDGE_MODEL", spec.model_path, "is not in the record", {}});
    Observation seen;
    if (spec.job == Job::kProve) {
      seen.digests = {{"payload", model->payload_digest}, {"matched", model->matched_digest}};
      seen.vectors = model->vectors;
      return seen;
    }
    seen.facts = ModelFacts{.format = model->format,
                            .dtypes = model->dtypes,
                            .file_bytes = model->file_bytes,
                            .payload_bytes = model->payload_bytes,
                            .tensors = model->tensors,
                            .elements = model->elements,
                            .largest_tensor_bytes = 0,
                            .architecture = model->architecture,
                            .config_problem = {},
                            .findings = {},
                            .files = model->files,
                            .payload_digest = {}};
    return seen;
  }

 private:
  const Record& record_;
};

ResolveModel ModelsOf(const Record& record) {
  return
      [&record](const ModelSpec& model, const std::optional<ModelSize>& size) -> Result<ModelFile> {
        const std::string name =
            size ? fmt::format("{} @ {}", model.name, Describe(*size)) : model.name;
        for (const SubjectRecord& subject : record.subjects) {
          if (subject.model.name != name) continue;
          return ModelFile{subject.model.path, subject.model.generated,
                           subject.model.payload_digest.empty()};
        }
        return Fail({"JUDGE_MODEL", fmt::format("model \"{}\"", name), "is not in the record",
                     "is this the study of that run?"});
      };
}

RunOptions OptionsOf(const Record& record) {
  RunOptions options = {.seed = record.seed, .max_seconds = kForever};
  for (const HypothesisRecord& hypothesis : record.hypotheses)
    options.only.push_back(hypothesis.id);
  const auto& command = record.command;
  if (std::ranges::find(command, "--no-prove") != command.end()) options.prove = Prove::kNo;
  for (const LimitRecord& limit : record.limits) {
    if (limit.name == "noise_floor") options.noise_floor_seconds = limit.value;
  }
  return options;
}

}  // namespace

Result<JudgedAgain> JudgeAgain(const Study& study, const Record& observed) {
  RecordedHost host(observed);
  RecordedRunner runner(observed);
  RecordSteps steps(observed);
  NobodyWatches nobody;
  const RunContext context{host, runner, steps, nobody, ModelsOf(observed), [](const std::string&) {
                             return std::vector<std::string>();
                           }};
  Result<Record> judged = RunStudy(study, OptionsOf(observed), context);
  if (!judged) return Fail(std::move(judged.error()));
  judged->environment = observed.environment;
  judged->limits = observed.limits;
  judged->command = observed.command;
  judged->started_at = observed.started_at;
  judged->tool_version = observed.tool_version;
  judged->time_spent = observed.time_spent;
  return JudgedAgain{std::move(*judged), steps.missing()};
}

}  // namespace falsify::harness
