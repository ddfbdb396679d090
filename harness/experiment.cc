#include "harness/experiment.h"

#include <algorithm>
#include <deque>
#include <map>
#include <memory>
#include <set>
#include <utility>

#include "criteria/host_noise.h"
#include "fmt/format.h"
#include "harness/hypothesis_record.h"
#include "harness/hypothesis_run.h"
#include "harness/noise_log.h"
#include "harness/shuffle.h"
#include "harness/summary.h"
#include "harness/trial_step.h"

namespace falsify::harness {
namespace {

constexpr double kWatchStepSeconds = 1.0;

/// One hypothesis with the control that has to be falsified in its place.
struct Contest {
  const Hypothesis* hypothesis = nullptr;
  std::unique_ptr<HypothesisRun> run;
  Hypothesis control_hypothesis;  ///< the same criterion, the control as its subject
  std::unique_ptr<HypothesisRun> control;
};

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
  Result<void> Select();
  Result<void> PrepareSubjects();
  Result<const PreparedSubject*> Prepared(const std::string& name, SubjectPreparer& preparer);
  Result<void> MakeContests(SubjectPreparer& preparer);
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
  Result<void> RunControl(Contest& contest);
  bool ReuseTrials(HypothesisRun& control, std::set<std::size_t>& used);
  void Tell(const std::string& stage, const HypothesisRun* run);
  criteria::Time TimeLeft() const;
  bool AnyUndecided() const;
  Record MakeRecord();

  const Study& study_;
  const RunOptions& options_;
  RunContext& context_;
  NoiseLog noise_;
  TrialStep step_;
  std::vector<const Hypothesis*> selected_;
  std::map<std::string, PreparedSubject> subjects_;
  std::deque<Contest> contests_;
  std::set<TrialKey> burnt_in_;
  std::vector<TrialRecord> trials_;
  std::vector<TrialKey> trial_keys_;                    // beside trials_
  std::vector<std::vector<std::size_t>> trial_probes_;  // beside trials_
  std::uint64_t round_ = 0;
  double models_seconds_ = 0;
  double watched_seconds_ = 0;
};

Result<Record> Experiment::Run() {
  for (const auto stage : {&Experiment::Select, &Experiment::PrepareSubjects,
                           &Experiment::BeginProbes, &Experiment::Settle}) {
    if (Result<void> done = (this->*stage)(); !done) return Fail(done.error());
  }
  return MakeRecord();
}

Result<void> Experiment::Select() {
  for (const std::string& id : options_.only) {
    const auto is_it = [&](const Hypothesis& h) { return h.id == id; };
    if (std::none_of(study_.hypotheses.begin(), study_.hypotheses.end(), is_it)) {
      return Fail({.code = "RUN_ONLY",
                   .where = study_.path,
                   .what = fmt::format("there is no hypothesis \"{}\"", id),
                   .hint = "falsify check lists them"});
    }
  }
  for (const Hypothesis& hypothesis : study_.hypotheses) {
    const auto& only = options_.only;
    if (only.empty() || std::find(only.begin(), only.end(), hypothesis.id) != only.end()) {
      selected_.push_back(&hypothesis);
    }
  }
  return {};
}

Result<void> Experiment::PrepareSubjects() {
  Tell("models", nullptr);
  const double started = context_.steps.LiveNow();
  SubjectPreparer preparer(study_, context_.resolve, context_.steps, context_.host,
                           context_.runner);
  Result<void> made = MakeContests(preparer);
  models_seconds_ = context_.steps.LiveNow() - started;
  return made;
}

Result<const PreparedSubject*> Experiment::Prepared(const std::string& name,
                                                    SubjectPreparer& preparer) {
  const auto known = subjects_.find(name);
  if (known != subjects_.end()) return &known->second;
  Result<PreparedSubject> prepared = preparer.Prepare(*study_.FindSubject(name));
  if (!prepared) return Fail(prepared.error());
  return &subjects_.emplace(name, std::move(*prepared)).first->second;
}

Result<void> Experiment::MakeContests(SubjectPreparer& preparer) {
  const int leaves = static_cast<int>(study_.hypotheses.size());
  for (const Hypothesis* hypothesis : selected_) {
    const PreparedSubject* other = nullptr;
    if (hypothesis->relative_to && hypothesis->relative_to->to == Relative::To::kSubject) {
      Result<const PreparedSubject*> found = Prepared(hypothesis->relative_to->subject, preparer);
      if (!found) return Fail(found.error());
      other = *found;
    }
    Result<const PreparedSubject*> subject = Prepared(hypothesis->subject, preparer);
    if (!subject) return Fail(subject.error());
    Contest& contest = contests_.emplace_back();
    contest.hypothesis = hypothesis;
    contest.run = std::make_unique<HypothesisRun>(*hypothesis, **subject, other, leaves);
    if (!hypothesis->control) continue;
    Result<const PreparedSubject*> control = Prepared(*hypothesis->control, preparer);
    if (!control) return Fail(control.error());
    contest.control_hypothesis = *hypothesis;
    contest.control_hypothesis.subject = *hypothesis->control;
    contest.control =
        std::make_unique<HypothesisRun>(contest.control_hypothesis, **control, other, 1);
  }
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
  context_.host.ProbeOn(subjects_.begin()->second.target.files.front());
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
    }
  }
  return {};
}

Result<void> Experiment::RunBlock(HypothesisRun& run, const std::string& role,
                                  std::map<TrialKey, std::size_t>& shared) {
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
  if (key.cache != Cache::kWarm || !burnt_in_.insert(key).second) return {};
  Tell("burn-in", nullptr);
  Result<TrialRecord> trial = step_.Run(key, subjects_.at(key.subject).target, "burn-in", 0);
  if (!trial) return Fail(trial.error());
  noise_.TrialsRan();
  trials_.push_back(std::move(*trial));
  trial_keys_.push_back(key);
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
             c.run->judgement().verdict == criteria::Verdict::kPass;
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
  for (Contest& contest : contests_) {
    const bool provisional_pass = contest.control && contest.run->invalid().empty() &&
                                  contest.run->error().empty() &&
                                  contest.run->judgement().verdict == criteria::Verdict::kPass;
    if (!provisional_pass) continue;
    if (Result<void> ran = RunControl(contest); !ran) return ran;
  }
  return {};
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
  if (keys.size() != 1) return false;
  for (std::size_t i = 0; i < trials_.size(); ++i) {
    if (trials_[i].role == "burn-in" || trial_keys_[i] != keys.front() || used.contains(i))
      continue;
    used.insert(i);
    control.Add({{i}, trial_probes_[i], noise_.Slowdown(trial_probes_[i])}, trials_, TimeLeft());
    return true;
  }
  return false;
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
  }
  context_.listener.OnProgress(progress);
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
  for (const Contest& contest : contests_) {
    record.hypotheses.push_back(RecordOf(*contest.run, contest.control.get(), trials_));
  }
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
