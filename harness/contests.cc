#include "harness/contests.h"

#include <algorithm>
#include <set>
#include <utility>

#include "fmt/format.h"
#include "harness/claim.h"

namespace falsify::harness {

Result<std::vector<const Hypothesis*>> SelectHypotheses(const Study& study,
                                                        const std::vector<std::string>& only) {
  for (const std::string& id : only) {
    const auto is_it = [&](const Hypothesis& h) { return h.id == id; };
    if (std::none_of(study.hypotheses.begin(), study.hypotheses.end(), is_it)) {
      return Fail({.code = "RUN_ONLY",
                   .where = study.path,
                   .what = fmt::format("there is no hypothesis \"{}\"", id),
                   .hint = "falsify check lists them"});
    }
  }
  std::vector<const Hypothesis*> selected;
  // From the last to the first, so that a compound has named its members before they are reached.
  std::set<std::string> wanted(only.begin(), only.end());
  for (auto it = study.hypotheses.rbegin(); it != study.hypotheses.rend(); ++it) {
    if (!wanted.empty() && !wanted.contains(it->id)) continue;
    if (!only.empty()) wanted.insert(it->all_of.begin(), it->all_of.end());
    selected.push_back(&*it);
  }
  std::ranges::reverse(selected);
  return selected;
}

Result<const PreparedSubject*> ContestMaker::Prepared(const std::string& name,
                                                      const std::optional<ModelSize>& size) {
  const std::string sized = size ? fmt::format("{} @ {}", name, Describe(*size)) : name;
  const auto known = subjects_.find(sized);
  if (known != subjects_.end()) return &known->second;
  Result<PreparedSubject> prepared = preparer_.Prepare(*study_.FindSubject(name), size);
  if (!prepared) return Fail(prepared.error());
  return &subjects_.emplace(sized, std::move(*prepared)).first->second;
}

Result<Contestants> ContestMaker::ContestantsOf(const Hypothesis& hypothesis,
                                                const std::string& subject) {
  std::vector<std::optional<ModelSize>> sizes = {std::nullopt};
  if (hypothesis.sweep) {
    sizes.clear();
    for (const std::uint64_t size : hypothesis.sweep->sizes) {
      sizes.emplace_back(ModelSize{hypothesis.sweep->over, size});
    }
  }
  Contestants contestants;
  contestants.noise_floor_seconds = options_.noise_floor_seconds;
  for (const std::optional<ModelSize>& size : sizes) {
    if (ComparesSubjects(hypothesis)) {
      Result<const PreparedSubject*> other = Prepared(hypothesis.relative_to->subject, size);
      if (!other) return Fail(other.error());
      contestants.others.push_back(*other);
    }
    Result<const PreparedSubject*> own = Prepared(subject, size);
    if (!own) return Fail(own.error());
    contestants.subjects.push_back(*own);
  }
  const SubjectSpec& spec = *study_.FindSubject(subject);
  if (hypothesis.measure == "same_first_token" && contestants.others.empty()) {
    Result<std::string> token = preparer_.ReferenceToken(spec, hypothesis.workload);
    if (!token) return Fail(token.error());
    contestants.reference_token = *token;
  }
  if (hypothesis.workload.kind == "reject") {
    PreparedSubject& prepared = subjects_.at(subject);
    Result<std::vector<std::string>> files = context_.malformed(prepared.record.model.format);
    if (!files) return Fail(files.error());
    prepared.target.malformed = std::move(*files);
  }
  return contestants;
}

Result<std::deque<Contest>> ContestMaker::Make(const std::vector<const Hypothesis*>& selected) {
  std::deque<Contest> contests;
  for (const Hypothesis* hypothesis : selected) {
    if (hypothesis->is_compound()) continue;
    Result<Contestants> own = ContestantsOf(*hypothesis, hypothesis->subject);
    if (!own) return Fail(own.error());
    Contest& contest = contests.emplace_back();
    contest.hypothesis = hypothesis;
    contest.run = std::make_unique<HypothesisRun>(*hypothesis, std::move(*own), study_.leaves());
    contest.control_hypothesis = *hypothesis;
    if (!hypothesis->control || options_.prove == harness::Prove::kNo) continue;
    contest.control_hypothesis.subject = *hypothesis->control;
    Result<Contestants> control = ContestantsOf(*hypothesis, *hypothesis->control);
    if (!control) return Fail(control.error());
    contest.control =
        std::make_unique<HypothesisRun>(contest.control_hypothesis, std::move(*control), 1);
  }
  return contests;
}

}  // namespace falsify::harness
