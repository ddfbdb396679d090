#include "harness/experiment.h"

#include <algorithm>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <utility>

#include "criteria/host_noise.h"
#include "fmt/format.h"
#include "harness/contests.h"
#include "harness/hypothesis_record.h"
#include "harness/hypothesis_run.h"
#include "harness/noise_log.h"
#include "harness/sabotage_plan.h"
#include "harness/shuffle.h"
#include "harness/summary.h"
#include "harness/time_left.h"
#include "harness/trial_step.h"

namespace falsify::harness {
namespace {

constexpr double kWatchStepSeconds = 1.0;

class Experiment {
 public:
  Experiment(const Study& study, const RunOptions& options, RunContext& context)
      : study_(study),
        options_(options),
        context_(context),
        noise_(context.steps, context.host),
        step_(context.steps, context.host, context.runner, options.seed) {}

  Result<Record> Run();

 private:
  Result<void> PrepareSubjects();
  Result<void> BeginProbes();
  Result<void> RunRounds();
  Result<void> RunBlock(HypothesisRun& run, const std::string& role,
                        std::map<TrialKey, std::size_t>& shared);
  Result<void> RunTrials(const std::vector<TrialKey>& todo, const HypothesisRun& run,
                         const std::string& role, int block,
                         std::map<TrialKey, std::size_t>& shared);
  bool NeedsProbes(const HypothesisRun& run, const std::vector<TrialKey>& todo) const;
  Result<void> BurnIn(const TrialKey& key);
  Result<void> Settle();
  Result<void> Watch(const HypothesisRun& run);
  Result<void> RunControls();
  Result<void> Prove(Contest& contest);
  void MakeSabotage(Contest& contest);
  Result<void> RunControl(Contest& contest);
  bool ReuseTrials(HypothesisRun& control, std::set<std::size_t>& used);
  void Tell(const std::string& stage, const HypothesisRun* run);
  criteria::Time TimeLeft() const;
  bool AnyUndecided() const;
  int BlocksLeft(const Contest& contest) const;
  std::optional<double> SecondsLeft() const;
  std::vector<HypothesisRecord> HypothesisRecords() const;
  Record MakeRecord();

  const Study& study_;
  const RunOptions& options_;
  RunContext& context_;
  NoiseLog noise_;
  TrialStep step_;
  std::vector<const Hypothesis*> selected_;  // in the study's order, compounds among them
  std::map<std::string, PreparedSubject> subjects_;
  std::deque<Contest> contests_;
  std::set<TrialKey> burnt_in_;
  std::vector<TrialRecord> trials_;
  std::vector<TrialKey> trial_keys_;                    // beside trials_
  std::vector<std::vector<std::size_t>> trial_probes_;  // beside trials_
  std::uint64_t round_ = 0;
  int blocks_run_ = 0;              // live ones
  double first_block_started_ = 0;  // the first of them
  double models_seconds_ = 0;
  double watched_seconds_ = 0;
};

Result<Record> Experiment::Run() {
  for (const auto stage :
       {&Experiment::PrepareSubjects, &Experiment::BeginProbes, &Experiment::Settle}) {
    if (Result<void> done = (this->*stage)(); !done) return Fail(done.error());
  }
  return MakeRecord();
}

Result<void> Experiment::PrepareSubjects() {
  Result<std::vector<const Hypothesis*>> selected = SelectHypotheses(study_, options_.only);
  if (!selected) return Fail(selected.error());
  selected_ = std::move(*selected);
  Tell("models", nullptr);
  const double started = context_.steps.LiveNow();
  ContestMaker maker(study_, options_, context_, subjects_);
  Result<std::deque<Contest>> contests = maker.Make(selected_);
  if (!contests) return Fail(contests.error());
  contests_ = std::move(*contests);
  models_seconds_ = context_.steps.LiveNow() - started;
  return {};
}

Result<void> Experiment::BeginProbes() {
  std::vector<std::string_view> kinds;
  for (const Contest& contest : contests_) {
    if (!contest.run->noise_sensitive() || !contest.run->undecided()) continue;
    for (const std::string_view kind : ProbeKinds(contest.hypothesis->cache)) {
      if (std::find(kinds.begin(), kinds.end(), kind) == kinds.end()) kinds.push_back(kind);
    }
  }
  if (kinds.empty()) return {};
  context_.host.ProbeOn(subjects_.begin()->second.target.model_path);
  return noise_.Begin(kinds);
}

criteria::Time Experiment::TimeLeft() const {
  const bool out = options_.max_seconds && context_.steps.now() >= *options_.max_seconds;
  return out ? criteria::Time::kOut : criteria::Time::kLeft;
}

bool Experiment::AnyUndecided() const {
  return std::any_of(contests_.begin(), contests_.end(),
                     [](const Contest& contest) { return contest.run->undecided(); });
}

Result<void> Experiment::RunRounds() {
  while (AnyUndecided()) {
    ++round_;
    std::map<TrialKey, std::size_t> shared;
    for (const std::size_t index : Permutation(contests_.size(), options_.seed, round_, 0)) {
      HypothesisRun& run = *contests_[index].run;
      if (!run.undecided()) continue;
      if (Result<void> done = RunBlock(run, "block", shared); !done) return done;
      Tell("block", &run);
      // A named control waits: its subject's own trials of later rounds may serve it.
      const bool named = contests_[index].hypothesis->control.has_value();
      if (named || options_.prove == harness::Prove::kNo) continue;
      if (Result<void> proven = Prove(contests_[index]); !proven) return proven;
    }
  }
  return {};
}

Result<void> Experiment::RunBlock(HypothesisRun& run, const std::string& role,
                                  std::map<TrialKey, std::size_t>& shared) {
  if (!context_.steps.replaying() && blocks_run_++ == 0) {
    first_block_started_ = context_.steps.LiveNow();
  }
  const std::vector<TrialKey> keys = run.Keys();
  const int number = static_cast<int>(run.blocks().size()) + 1;
  std::vector<TrialKey> todo;
  for (const std::size_t i : Permutation(keys.size(), options_.seed, trials_.size(), 1)) {
    if (!shared.contains(keys[i])) todo.push_back(keys[i]);
  }
  if (Result<void> ran = RunTrials(todo, run, role, number, shared); !ran) return ran;

  Block block;
  for (const TrialKey& key : keys) {
    const std::size_t index = shared.at(key);
    block.trials.push_back(index);
    block.probes.insert(block.probes.end(), trial_probes_[index].begin(),
                        trial_probes_[index].end());
    if (role == "block") trials_[index].hypotheses.push_back(run.hypothesis().id);
  }
  block.slowdown = noise_.Slowdown(block.probes);
  run.Add(std::move(block), trials_, TimeLeft());
  return {};
}

Result<void> Experiment::RunTrials(const std::vector<TrialKey>& todo, const HypothesisRun& run,
                                   const std::string& role, int block,
                                   std::map<TrialKey, std::size_t>& shared) {
  for (const TrialKey& key : todo) {
    if (Result<void> burnt = BurnIn(key); !burnt) return burnt;
  }
  std::vector<std::string_view> kinds;
  if (NeedsProbes(run, todo)) kinds = ProbeKinds(run.hypothesis().cache);
  Result<std::vector<std::size_t>> probes = noise_.TakeWhenQuiet(kinds);
  if (!probes) return Fail(probes.error());
  const std::size_t first = trials_.size();
  for (const TrialKey& key : todo) {
    Result<TrialRecord> trial = step_.Run(key, subjects_.at(key.subject).target, role, block);
    if (!trial) return Fail(trial.error());
    noise_.TrialsRan();
    shared[key] = trials_.size();
    trials_.push_back(std::move(*trial));
    trial_keys_.push_back(key);
  }
  Result<std::vector<std::size_t>> after = noise_.Take(kinds);
  if (!after) return Fail(after.error());
  probes->insert(probes->end(), after->begin(), after->end());
  trial_probes_.resize(trials_.size(), *probes);
  for (std::size_t i = first; i < trials_.size(); ++i) trial_probes_[i] = *probes;
  return {};
}

/// A trial run for a claim about bytes may be shared with one about time, which needs the probes.
bool Experiment::NeedsProbes(const HypothesisRun& run, const std::vector<TrialKey>& todo) const {
  if (todo.empty()) return false;
  if (run.noise_sensitive()) return true;
  return std::any_of(contests_.begin(), contests_.end(), [&](const Contest& contest) {
    const std::vector<TrialKey> keys = contest.run->Keys();
    return contest.run->noise_sensitive() && contest.run->undecided() &&
           std::find_first_of(keys.begin(), keys.end(), todo.begin(), todo.end()) != keys.end();
  });
}

Result<void> Experiment::BurnIn(const TrialKey& key) {
  TrialKey honest = key;
  honest.sabotage = {};
  if (key.cache != Cache::kWarm || !burnt_in_.insert(honest).second) return {};
  Tell("burn-in", nullptr);
  Result<TrialRecord> trial = step_.Run(honest, subjects_.at(key.subject).target, "burn-in", 0);
  if (!trial) return Fail(trial.error());
  noise_.TrialsRan();
  trials_.push_back(std::move(*trial));
  trial_keys_.push_back(honest);
  trial_probes_.emplace_back();
  return {};
}

/// Rounds, controls and the final judgement, until the final judgement reopens nothing.
Result<void> Experiment::Settle() {
  for (;;) {
    if (Result<void> ran = RunRounds(); !ran) return ran;
    if (Result<void> ran = RunControls(); !ran) return ran;
    for (const Contest& contest : contests_) {
      if (Result<void> watched = Watch(*contest.run); !watched) return watched;
    }
    for (Contest& contest : contests_) {
      if (!contest.run->noise_sensitive()) continue;
      contest.run->JudgeAgain(noise_, trials_, TimeLeft());
      if (contest.control) contest.control->JudgeAgain(noise_, trials_, TimeLeft());
    }
    const bool control_open = std::any_of(contests_.begin(), contests_.end(), [](const Contest& c) {
      return c.control && !c.control->blocks().empty() && c.control->undecided() &&
             c.run->provisional_pass();
    });
    if (!AnyUndecided() && !control_open) return {};
  }
}

/// A FALSIFIED that is not clear by a factor of two may be the host's doing: keep probing until a
/// slow spell would have shown.
Result<void> Experiment::Watch(const HypothesisRun& run) {
  if (!run.noise_sensitive() || !noise_.available()) return {};
  double block_seconds = 0;
  for (const Block& block : run.blocks()) {
    for (const std::size_t i : block.trials) block_seconds += trials_[i].observation.wall_seconds;
  }
  const double span = criteria::ProbeSpanNeeded(run.claim(), run.judgement(),
                                                criteria::Seconds(run.hypothesis().watch_seconds),
                                                criteria::Seconds(block_seconds))
                          .count();
  while (noise_.SpanSeconds() < span && TimeLeft() == criteria::Time::kLeft) {
    Tell("watch", &run);
    if (!context_.steps.replaying()) context_.host.Sleep(kWatchStepSeconds);
    watched_seconds_ += kWatchStepSeconds;
    noise_.TrialsRan();
    Result<std::vector<std::size_t>> probes = noise_.Take(ProbeKinds(run.hypothesis().cache));
    if (!probes) return Fail(probes.error());
  }
  return {};
}

Result<void> Experiment::RunControls() {
  if (options_.prove == harness::Prove::kNo) return {};
  for (Contest& contest : contests_) {
    if (Result<void> proven = Prove(contest); !proven) return proven;
  }
  return {};
}

/// Of a claim that passes so far: whether the same test can fail.
Result<void> Experiment::Prove(Contest& contest) {
  if (!contest.run->provisional_pass()) return {};
  if (!contest.control && contest.no_control.empty()) MakeSabotage(contest);
  return contest.control ? RunControl(contest) : Result<void>();
}

/// The subject itself, made to violate its claim.
void Experiment::MakeSabotage(Contest& contest) {
  SabotagePlan plan = PlanSabotage(*contest.run, trials_, context_.host.AvailableMemoryBytes());
  contest.no_control = std::move(plan.impossible);
  if (!contest.no_control.empty()) return;
  Contestants sabotaged = contest.run->contestants();
  sabotaged.sabotages = std::move(plan.sabotages);
  contest.control =
      std::make_unique<HypothesisRun>(contest.control_hypothesis, std::move(sabotaged), 1);
}

Result<void> Experiment::RunControl(Contest& contest) {
  HypothesisRun& control = *contest.control;
  std::set<std::size_t> used;
  for (const Block& block : control.blocks()) used.insert(block.trials.begin(), block.trials.end());
  while (control.undecided()) {
    if (ReuseTrials(control, used)) continue;
    std::map<TrialKey, std::size_t> alone;
    if (Result<void> ran = RunBlock(control, "control", alone); !ran) return ran;
    for (const auto& [key, index] : alone) used.insert(index);
    Tell("control", &control);
  }
  return {};
}

/// The control's own trials of this run serve as its blocks, in the order they ran.
bool Experiment::ReuseTrials(HypothesisRun& control, std::set<std::size_t>& used) {
  const std::vector<TrialKey> keys = control.Keys();
  if (keys.size() != 1 || !control.contestants().sabotages.empty()) return false;
  for (std::size_t i = 0; i < trials_.size(); ++i) {
    if (trials_[i].role == "burn-in" || trial_keys_[i] != keys.front() || used.contains(i))
      continue;
    used.insert(i);
    control.Add({{i}, trial_probes_[i], noise_.Slowdown(trial_probes_[i])}, trials_, TimeLeft());
    return true;
  }
  return false;
}

/// Its control's included: who passes has to be proven.
int Experiment::BlocksLeft(const Contest& contest) const {
  const auto left = [](const HypothesisRun& run) {
    return harness::BlocksLeft(run.judgement(), run.rules(), static_cast<int>(run.blocks().size()));
  };
  const HypothesisRun& run = *contest.run;
  int blocks = run.undecided() ? left(run) : 0;
  const bool may_pass = run.undecided() || run.provisional_pass();
  if (!may_pass || options_.prove == harness::Prove::kNo || !contest.no_control.empty()) {
    return blocks;
  }
  if (!contest.control) return blocks + run.rules().min_blocks;
  return blocks + (contest.control->undecided() ? left(*contest.control) : 0);
}

std::optional<double> Experiment::SecondsLeft() const {
  if (blocks_run_ == 0) return std::nullopt;
  int blocks = 0;
  for (const Contest& contest : contests_) blocks += BlocksLeft(contest);
  const double so_far = context_.steps.LiveNow() - first_block_started_;
  const double left = blocks * so_far / blocks_run_;
  if (!options_.max_seconds) return left;
  return std::clamp(*options_.max_seconds - context_.steps.now(), 0.0, left);
}

void Experiment::Tell(const std::string& stage, const HypothesisRun* run) {
  Progress progress;
  progress.stage = stage;
  progress.trials = step_.trials_run();
  progress.hypotheses = static_cast<int>(contests_.size());
  for (const Contest& contest : contests_) progress.decided += contest.run->undecided() ? 0 : 1;
  if (run != nullptr) {
    progress.hypothesis = run->hypothesis().id;
    progress.unit = UnitOf(*run);
    progress.estimate = ToRecord(run->judgement().estimate);
    progress.falsify = ToRecord(run->judgement().falsify);
    progress.corroborate = ToRecord(run->judgement().corroborate);
    progress.seconds_left = SecondsLeft();
  }
  context_.listener.OnProgress(progress);
}

std::vector<HypothesisRecord> Experiment::HypothesisRecords() const {
  std::vector<HypothesisRecord> records;
  auto contest = contests_.begin();
  for (const Hypothesis* hypothesis : selected_) {
    if (!hypothesis->is_compound()) {
      const Proof proof = {contest->control.get(), contest->no_control};
      records.push_back(RecordOf(*contest->run, proof, trials_));
      ++contest;
      continue;
    }
    std::vector<HypothesisRecord> members;
    for (const std::string& id : hypothesis->all_of) {
      members.push_back(*std::ranges::find(records, id, &HypothesisRecord::id));
    }
    records.push_back(RecordOf(*hypothesis, members));
  }
  return records;
}

Record Experiment::MakeRecord() {
  Record record;
  record.study_id = study_.id;
  record.study_title = study_.title;
  record.study_path = study_.path;
  record.study_sha256 = study_.sha256;
  record.seed = options_.seed;
  for (std::size_t i = 0; i < trials_.size(); ++i) {
    trials_[i].slowdown = noise_.Slowdown(trial_probes_[i]);
    trials_[i].disturbed = trials_[i].slowdown > criteria::kDisturbed;
  }
  record.hypotheses = HypothesisRecords();
  for (const auto& [name, subject] : subjects_) record.subjects.push_back(subject.record);
  record.summaries = Summarise(trials_);
  record.probes = noise_.probes();
  std::vector<criteria::Verdict> verdicts;
  for (const HypothesisRecord& h : record.hypotheses) verdicts.push_back(h.verdict);
  record.verdict = criteria::StudyVerdict(verdicts);
  record.exit_code = criteria::ExitCode(record.verdict);
  if (!noise_.available()) record.warnings.push_back("host noise not checked: no probe was taken");
  for (const TrialRecord& trial : trials_) {
    record.time_spent.trials += trial.observation.wall_seconds;
    record.time_spent.cache += trial.prepare_seconds;
    record.time_spent.priming += trial.prime_seconds;
  }
  for (const ProbeRecord& probe : record.probes) record.time_spent.probes += probe.value;
  record.time_spent.waiting = noise_.waited_seconds() + watched_seconds_;
  record.time_spent.models = models_seconds_;
  record.time_spent.total = context_.steps.LiveNow();
  record.trials = std::move(trials_);
  return record;
}

}  // namespace

Result<Record> RunStudy(const Study& study, const RunOptions& options, RunContext context) {
  return Experiment(study, options, context).Run();
}

}  // namespace falsify::harness
