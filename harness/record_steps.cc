#include "harness/record_steps.h"

#include <limits>

#include "fmt/format.h"

namespace falsify::harness {
namespace {

using nlohmann::json;

/// The same subject under the same conditions, honest or sabotaged alike.
bool Matches(const TrialRecord& trial, const json& identity) {
  return trial.subject == identity.at("subject") && trial.workload == identity.at("workload") &&
         trial.cache == identity.at("cache") && trial.sabotage == identity.at("sabotage") &&
         (trial.role == "burn-in") == (identity.at("role") == "burn-in");
}

}  // namespace

Result<json> RecordSteps::Do(const std::string& kind, const json& identity,
                             const std::function<Result<json>()>&) {
  if (kind == "trial") return Trial(identity);
  if (kind == "probe") return Probe(identity);
  if (kind == "proof") return Proof(identity);
  if (kind == "reference") return Reference(identity);
  if (kind == "model") return json(nullptr);
  return Fail({"JUDGE_RECORD", kind, "a record holds no such step", {}});
}

double RecordSteps::now() const {
  return missing_.empty() ? now_ : std::numeric_limits<double>::max();
}

json RecordSteps::Trial(const json& identity) {
  const TrialRecord* found = nullptr;
  for (const TrialRecord& trial : record_.trials) {
    if (used_.contains(trial.number) || !Matches(trial, identity)) continue;
    if (found == nullptr || trial.number == identity.at("n")) found = &trial;
  }
  if (found != nullptr) {
    used_.insert(found->number);
    return ToJson(*found);
  }
  if (missing_.empty()) {
    missing_ = fmt::format(
        "a trial of {} under {}, {}{}", identity.at("subject").get<std::string>(),
        identity.at("workload").get<std::string>(), identity.at("cache").get<std::string>(),
        identity.at("sabotage") == "" ? "" : ", sabotaged");
  }
  TrialRecord unknown;
  unknown.number = identity.at("n");
  unknown.subject = identity.at("subject");
  unknown.workload = identity.at("workload");
  unknown.cache = identity.at("cache");
  unknown.role = identity.at("role");
  unknown.sabotage = identity.at("sabotage");
  unknown.block = identity.at("block");
  unknown.observation.outcome = Outcome::kTimeout;
  unknown.observation.cause = "not in the record";
  return ToJson(unknown);
}

json RecordSteps::Probe(const json& identity) {
  const std::string kind = identity.at("kind");
  std::size_t before = probed_[kind];
  for (const ProbeRecord& probe : record_.probes) {
    if (probe.kind != kind || before-- > 0) continue;
    ++probed_[kind];
    now_ = probe.at_seconds;
    return probe.value;
  }
  // A kind that was never taken could not be; of one that was, more are wanted than there are.
  if (probed_[kind] > 0 && missing_.empty()) missing_ = fmt::format("a probe of {}", kind);
  return nullptr;
}

json RecordSteps::Proof(const json& identity) const {
  Observation proof;
  for (const SubjectRecord& subject : record_.subjects) {
    if (subject.name != identity.at("subject")) continue;
    proof.digests["payload"] = subject.payload_digest;
    if (subject.taken_at_its_word) proof.digests["shows_no_bytes"] = "taken at its word";
  }
  if (proof.digests["payload"].empty()) {
    proof.outcome = Outcome::kRefused;
    proof.cause = "its content was not proven in the run";
  }
  return ToJson(proof);
}

json RecordSteps::Reference(const json& identity) const {
  for (const HypothesisRecord& hypothesis : record_.hypotheses) {
    if (hypothesis.reference_token.empty() || hypothesis.workload != identity.at("workload")) {
      continue;
    }
    for (const SubjectRecord& subject : record_.subjects) {
      const bool its = subject.name == hypothesis.subject;
      if (its && subject.model.name == identity.at("model")) return hypothesis.reference_token;
    }
  }
  return "";
}

}  // namespace falsify::harness
