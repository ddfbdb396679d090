#include "harness/record.h"

#include <utility>

#include "harness/json_fields.h"

namespace falsify::harness {
namespace {

constexpr const char* kSchema = "falsify/record/v1";

}  // namespace

template <class Archive>
void Fields(Archive& a, Phase& r) {
  a("name", r.name);
  a("seconds", r.seconds);
}

template <class Archive>
void Fields(Archive& a, EstimateRecord& r) {
  a("value", r.value);
  a("value_at_least", r.value_at_least);
  a("low", r.low);
  a("high", r.high);
  a("confidence", r.confidence);
}

template <class Archive>
void Fields(Archive& a, StreamRecord& r) {
  a("n", r.n);
  a("violations", r.violations);
  a("e", r.e);
  a("need", r.need);
}

template <class Archive>
void Fields(Archive& a, EvidenceRow& r) {
  a("blocks", r.blocks);
  a("falsify", r.falsify);
  a("corroborate", r.corroborate);
}

template <class Archive>
void Fields(Archive& a, SeverityRow& r) {
  a("factor", r.factor);
  a("severity", r.severity);
}

template <class Archive>
void Fields(Archive& a, ControlRecord& r) {
  a("subject", r.subject);
  a("sabotage", r.sabotage);
  a("caught_above", r.caught_above);
  a("verdict", r.verdict);
  a("blocks", r.blocks);
  a("estimate", r.estimate);
}

template <class Archive>
void Fields(Archive& a, SizeRecord& r) {
  a("size", r.size);
  a("value", r.value);
}

template <class Archive>
void Fields(Archive& a, CompanionRecord& r) {
  a("measure", r.measure);
  a("verdict", r.verdict);
  a("exponent", r.exponent);
  a("sizes", r.sizes);
}

template <class Archive>
void Fields(Archive& a, SweepRecord& r) {
  a("over", r.over);
  a("order", r.order);
  a("tolerance", r.tolerance);
  a("top", r.top);
  a("sizes", r.sizes);
  a("allowed", r.allowed);
  a("fixed", r.fixed);
  a("per_size", r.per_size);
  a("crossover", r.crossover);
  a("companions", r.companions);
}

template <class Archive>
void Fields(Archive& a, HypothesisRecord& r) {
  a("id", r.id);
  a("claim", r.claim);
  a("line", r.line);
  a("verdict", r.verdict);
  a("why", r.why);
  a("measure", r.measure);
  a("unit", r.unit);
  a("criterion", r.criterion);
  a("mode", r.mode);
  a("members", r.members);
  a("sweep", r.sweep);
  a("threshold", r.threshold);
  a("upper_threshold", r.upper_threshold);
  a("threshold_text", r.threshold_text);
  a("subject", r.subject);
  a("relative_to", r.relative_to);
  a("reference_token", r.reference_token);
  a("precision", r.precision);
  a("stored_wider", r.stored_wider);
  a("workload", r.workload);
  a("cache", r.cache);
  a("quantile", r.quantile);
  a("blocks", r.blocks);
  a("trials", r.trials);
  a("set_aside", r.set_aside);
  a("failed", r.failed);
  a("max_blocks", r.max_blocks);
  a("blocks_to_pass", r.blocks_to_pass);
  a("blocks_still_needed", r.blocks_still_needed);
  a("estimate", r.estimate);
  a("falsify", r.falsify);
  a("corroborate", r.corroborate);
  a("evidence_growth", r.evidence_growth);
  a("p_upper", r.p_upper);
  a("severity", r.severity);
  a("severity_table", r.severity_table);
  a("counterexamples", r.counterexamples);
  a("control", r.control);
  a("serially_dependent", r.serially_dependent);
  a("proved", r.proved);
  a("e_falsify", r.e_falsify);
  a("e_corroborate", r.e_corroborate);
  a("stop", r.stop);
}

template <class Archive>
void Fields(Archive& a, EvidenceRecord& r) {
  a("journal_head", r.journal_head);
  a("binary_sha256", r.binary_sha256);
  a("models", r.models);
}

template <class Archive>
void Fields(Archive& a, ModelRecord& r) {
  a("name", r.name);
  a("path", r.path);
  a("format", r.format);
  a("dtypes", r.dtypes);
  a("file_bytes", r.file_bytes);
  a("payload_bytes", r.payload_bytes);
  a("tensors", r.tensors);
  a("elements", r.elements);
  a("architecture", r.architecture);
  a("payload_digest", r.payload_digest);
  a("matched_digest", r.matched_digest);
  a("vectors", r.vectors);
  a("files", r.files);
  a("generated", r.generated);
}

template <class Archive>
void Fields(Archive& a, SubjectRecord& r) {
  a("loader", r.loader);
  a("model", r.model);
  a("payload_digest", r.payload_digest);
  a("taken_at_its_word", r.taken_at_its_word);
}

template <class Archive>
void Fields(Archive& a, SummaryRecord& r) {
  a("subject", r.subject);
  a("workload", r.workload);
  a("cache", r.cache);
  a("trials", r.trials);
  a("ok", r.ok);
  a("timeouts", r.timeouts);
  a("measures", r.measures);
  a("units", r.units);
  a("phases", r.phases);
  a("advice", r.advice);
  a("fallbacks", r.fallbacks);
  a("first_token", r.first_token);
  a("logits", r.logits);
}

template <class Archive>
void Fields(Archive& a, LimitRecord& r) {
  a("name", r.name);
  a("definition", r.definition);
  a("value", r.value);
  a("unit", r.unit);
}

template <class Archive>
void Fields(Archive& a, ProbeRecord& r) {
  a("kind", r.kind);
  a("at_seconds", r.at_seconds);
  a("value", r.value);
}

template <class Archive>
void Fields(Archive& a, TimeSpent& r) {
  a("trials", r.trials);
  a("cache", r.cache);
  a("priming", r.priming);
  a("probes", r.probes);
  a("waiting", r.waiting);
  a("models", r.models);
  a("total", r.total);
}

namespace {

/// The fields of a trial beside its observation, which stands flat among them.
template <class Archive, class ConstTrialRecord>
void TrialFields(Archive& a, ConstTrialRecord& r) {
  a("n", r.number);
  a("hypotheses", r.hypotheses);
  a("subject", r.subject);
  a("workload", r.workload);
  a("cache", r.cache);
  a("mode", r.mode);
  a("size", r.size);
  a("sabotage", r.sabotage);
  a("block", r.block);
  a("role", r.role);
  a("started_seconds", r.started_seconds);
  a("prepare_seconds", r.prepare_seconds);
  a("prime_seconds", r.prime_seconds);
  a("primed", r.primed);
  a("cache_problem", r.cache_problem);
  a("slowdown", r.slowdown);
  a("disturbed", r.disturbed);
}

template <class Archive, class ConstRecord>
void TopFields(Archive& a, ConstRecord& r) {
  a("verdict", r.verdict);
  a("exit_code", r.exit_code);
  a("started_at", r.started_at);
  a("tool_version", r.tool_version);
  a("seed", r.seed);
  a("environment", r.environment);
  a("warnings", r.warnings);
  a("command", r.command);
  a("hypotheses", r.hypotheses);
  a("summaries", r.summaries);
  a("limits", r.limits);
  a("probes", r.probes);
  a("pictures", r.pictures);
  a("time_spent", r.time_spent);
  a("evidence", r.evidence);
}

template <class Archive, class ConstRecord>
void StudyPart(Archive& a, ConstRecord& r) {
  a("id", r.study_id);
  a("title", r.study_title);
  a("path", r.study_path);
  a("sha256", r.study_sha256);
}

Error FieldError(const std::string& problem) {
  return {.code = "RECORD_FIELD", .where = "record", .what = problem, .hint = {}};
}

std::string ReadSubjects(const nlohmann::json& json, std::vector<SubjectRecord>& subjects) {
  if (!json.contains("subjects") || !json["subjects"].is_object()) {
    return "subjects: expected an object";
  }
  for (const auto& [name, inner] : json["subjects"].items()) {
    SubjectRecord& subject = subjects.emplace_back();
    subject.name = name;
    std::string problem = JsonReader::Read(inner, "subjects." + name, subject);
    if (!problem.empty()) return problem;
  }
  return {};
}

}  // namespace

nlohmann::json ToJson(const TrialRecord& trial) {
  JsonWriter writer;
  TrialFields(writer, trial);
  nlohmann::json observed = ToJson(trial.observation);
  // A bound stands where the value would: a reader of the record cannot mistake it for one.
  for (const auto& [name, bound] : trial.observation.at_least) {
    observed["measures"][name] = {{"at_least", JsonWriter::Value(bound)}};
  }
  observed.erase("at_least");
  writer.object.update(observed);
  return std::move(writer.object);
}

Result<TrialRecord> TrialRecordFromJson(nlohmann::json observed) {
  TrialRecord trial;
  JsonReader reader(observed, "trial");
  TrialFields(reader, trial);
  if (!reader.problem().empty()) return Fail(FieldError(reader.problem()));
  nlohmann::json bounds = nlohmann::json::object();
  if (observed.contains("measures") && observed["measures"].is_object()) {
    for (auto it = observed["measures"].begin(); it != observed["measures"].end();) {
      const bool bound = it->is_object() && it->contains("at_least");
      if (bound) bounds[it.key()] = (*it)["at_least"];
      it = bound ? observed["measures"].erase(it) : std::next(it);
    }
  }
  observed["at_least"] = bounds;
  Result<Observation> observation = ObservationFromJson(observed);
  if (!observation) return Fail(observation.error());
  trial.observation = std::move(*observation);
  return trial;
}

namespace {

nlohmann::json AllButTrials(const Record& record) {
  JsonWriter writer;
  writer.object["schema"] = kSchema;
  TopFields(writer, record);
  JsonWriter study;
  StudyPart(study, record);
  writer.object["study"] = std::move(study.object);
  nlohmann::json subjects = nlohmann::json::object();
  for (const SubjectRecord& subject : record.subjects) {
    subjects[ValidUtf8(subject.name)] = JsonWriter::Value(subject);
  }
  writer.object["subjects"] = std::move(subjects);
  writer.object["trials"] = nlohmann::json::array();
  return std::move(writer.object);
}

/// As nlohmann's dump(1), two levels deeper in an array. No string holds a line's end.
void AppendTrial(const TrialRecord& trial, std::string& text) {
  const std::string dumped = ToJson(trial).dump(1);
  text += "\n  ";
  for (const char c : dumped) {
    text += c;
    if (c == '\n') text += "  ";
  }
}

}  // namespace

nlohmann::json ToJson(const Record& record) {
  nlohmann::json object = AllButTrials(record);
  for (const TrialRecord& trial : record.trials) object["trials"].push_back(ToJson(trial));
  return object;
}

std::string RecordText(const Record& record) {
  constexpr std::string_view kNoTrials = "\n \"trials\": [";
  const std::string rest = AllButTrials(record).dump(1) + "\n";
  const std::size_t here = rest.find(kNoTrials) + kNoTrials.size();
  std::string text = rest.substr(0, here);
  for (const TrialRecord& trial : record.trials) {
    if (&trial != &record.trials.front()) text += ',';
    AppendTrial(trial, text);
  }
  if (!record.trials.empty()) text += "\n ";
  return text + rest.substr(here);
}

Result<Record> RecordFromJson(nlohmann::json json) {
  if (!json.is_object() || !json.contains("schema") || json["schema"] != kSchema) {
    return Fail({.code = "RECORD_SCHEMA",
                 .where = "record",
                 .what = std::string("expected schema \"") + kSchema + "\"",
                 .hint = {}});
  }
  Record record;
  JsonReader reader(json, "");
  TopFields(reader, record);
  std::string problem = reader.problem();
  if (problem.empty() && !json.contains("study")) problem = "study: missing";
  if (problem.empty()) {
    JsonReader study(json["study"], "study");
    StudyPart(study, record);
    problem = study.problem();
  }
  if (problem.empty()) problem = ReadSubjects(json, record.subjects);
  if (problem.empty() && (!json.contains("trials") || !json["trials"].is_array())) {
    problem = "trials: expected an array";
  }
  if (!problem.empty()) return Fail(FieldError(problem));
  for (nlohmann::json& inner : json["trials"]) {
    Result<TrialRecord> trial = TrialRecordFromJson(std::exchange(inner, nullptr));
    if (!trial) return Fail(trial.error());
    record.trials.push_back(std::move(*trial));
  }
  return record;
}

}  // namespace falsify::harness
