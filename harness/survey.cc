#include "harness/survey.h"

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <utility>

#include "criteria/host_noise.h"
#include "fmt/format.h"
#include "harness/noise_log.h"
#include "harness/shuffle.h"
#include "harness/subjects.h"
#include "harness/summary.h"

namespace falsify::harness {
namespace {

class Survey {
 public:
  Survey(const Study& study, const SurveyPlan& plan, RunContext& context)
      : study_(study),
        plan_(plan),
        context_(context),
        noise_(context.steps, context.host),
        step_(context.steps, context.host, context.runner, plan.seed) {}

  Result<Record> Run() {
    if (Result<void> prepared = Prepare(); !prepared) return Fail(prepared.error());
    if (Result<void> ran = BurnIn(); !ran) return Fail(ran.error());
    for (int block = 1; block <= plan_.blocks; ++block) {
      if (Result<void> ran = RunBlock(block); !ran) return Fail(ran.error());
    }
    return MakeRecord();
  }

 private:
  Result<void> Prepare() {
    SubjectPreparer preparer(study_, context_.resolve, context_.steps, context_.host,
                             context_.runner);
    for (const SubjectSpec& subject : study_.subjects) {
      Result<PreparedSubject> prepared = preparer.Prepare(subject);
      if (!prepared) return Fail(prepared.error());
      const std::string& problem = !prepared->error.empty()     ? prepared->error
                                   : !prepared->invalid.empty() ? prepared->invalid
                                                                : prepared->wrong_bytes;
      if (!problem.empty()) warnings_.push_back(subject.name + ": " + problem);
      records_.push_back(prepared->record);
      if (problem.empty()) subjects_.emplace(subject.name, std::move(*prepared));
    }
    for (const TrialKey& key : plan_.keys) {
      if (subjects_.contains(key.subject)) keys_.push_back(key);
    }
    return {};
  }

  Result<void> BurnIn() {
    for (const TrialKey& key : keys_) {
      if (key.cache != Cache::kWarm) continue;
      if (Result<void> ran = RunOne(key, "burn-in", 0); !ran) return ran;
    }
    if (keys_.empty()) return {};
    context_.host.ProbeOn(subjects_.begin()->second.target.model_path);
    return noise_.Begin(Kinds());
  }

  /// Of all states in the plan.
  std::vector<std::string_view> Kinds() const {
    std::vector<std::string_view> kinds;
    for (const TrialKey& key : keys_) {
      for (const std::string_view kind : ProbeKinds(key.cache)) {
        if (std::find(kinds.begin(), kinds.end(), kind) == kinds.end()) kinds.push_back(kind);
      }
    }
    return kinds;
  }

  Result<void> RunBlock(int block) {
    const std::vector<std::string_view> kinds = Kinds();
    Result<std::vector<std::size_t>> probes = noise_.Take(kinds);
    if (!probes) return Fail(probes.error());
    for (const std::size_t i :
         Permutation(keys_.size(), plan_.seed, static_cast<std::uint64_t>(block), 0)) {
      if (Result<void> ran = RunOne(keys_[i], "block", block); !ran) return ran;
    }
    noise_.TrialsRan();
    const Result<std::vector<std::size_t>> after = noise_.Take(kinds);
    if (!after) return Fail(after.error());
    probes->insert(probes->end(), after->begin(), after->end());
    block_probes_.push_back(std::move(*probes));
    return {};
  }

  Result<void> RunOne(const TrialKey& key, const std::string& role, int block) {
    Progress progress;
    progress.stage = fmt::format("{} of {} blocks, {}", block, plan_.blocks, key.subject);
    progress.trials = step_.trials_run();
    context_.listener.OnProgress(progress);
    Result<TrialRecord> trial = step_.Run(key, subjects_.at(key.subject).target, role, block);
    if (!trial) return Fail(trial.error());
    trials_.push_back(std::move(*trial));
    return {};
  }

  Record MakeRecord() {
    Record record;
    record.study_id = study_.id;
    record.study_title = study_.title;
    record.seed = plan_.seed;
    record.subjects = std::move(records_);
    record.summaries = Summarise(trials_);
    record.probes = noise_.probes();
    int disturbed = 0;
    for (const std::vector<std::size_t>& probes : block_probes_) {
      disturbed += noise_.Slowdown(probes) > criteria::kDisturbed ? 1 : 0;
    }
    if (disturbed > 0) {
      warnings_.push_back(
          fmt::format("the host was disturbed during {} of {} blocks", disturbed, plan_.blocks));
    }
    record.warnings = std::move(warnings_);
    for (const TrialRecord& trial : trials_) {
      record.time_spent.trials += trial.observation.wall_seconds;
      record.time_spent.cache += trial.prepare_seconds;
      record.time_spent.priming += trial.prime_seconds;
    }
    record.time_spent.total = context_.steps.LiveNow();
    record.trials = std::move(trials_);
    return record;
  }

  const Study& study_;
  const SurveyPlan& plan_;
  RunContext& context_;
  NoiseLog noise_;
  TrialStep step_;
  std::map<std::string, PreparedSubject> subjects_;
  std::vector<TrialKey> keys_;
  std::vector<SubjectRecord> records_;
  std::vector<TrialRecord> trials_;
  std::vector<std::vector<std::size_t>> block_probes_;
  std::vector<std::string> warnings_;
};

}  // namespace

Result<Record> RunSurvey(const Study& study, const SurveyPlan& plan, RunContext context) {
  return Survey(study, plan, context).Run();
}

}  // namespace falsify::harness
