#include "harness/trial/observation.h"

#include <array>
#include <climits>

#include "harness/trial/field_reader.h"
#include "harness/trial/json_text.h"

namespace falsify::harness {
namespace {

using Json = nlohmann::json;

constexpr std::array<std::string_view, 6> kOutcomes = {"ok",      "timeout", "crash",
                                                       "refused", "oom",     "unavailable"};
constexpr Bounds kNotNegative = {.low = 0};

template <class Value>
Json MapToJson(const std::map<std::string, Value>& map) {
  Json out = Json::object();
  for (const auto& [name, value] : map) {
    if constexpr (std::is_same_v<Value, std::string>) {
      out[ValidUtf8(name)] = ValidUtf8(value);
    } else {
      out[ValidUtf8(name)] = value;
    }
  }
  return out;
}

Json ListToJson(const std::vector<std::string>& texts) {
  Json out = Json::array();
  for (const std::string& text : texts) out.push_back(ValidUtf8(text));
  return out;
}

Json PhasesToJson(const std::vector<Phase>& phases) {
  Json out = Json::array();
  for (const Phase& phase : phases) {
    out.push_back({{"name", ValidUtf8(phase.name)}, {"seconds", phase.seconds}});
  }
  return out;
}

Json LoadToJson(const loaders::LoadReport& load) {
  return {{"bytes_read", load.bytes_read},          {"read_calls", load.read_calls},
          {"bytes_mapped", load.bytes_mapped},      {"threads", load.threads},
          {"chunk_bytes", load.chunk_bytes},        {"alignment_bytes", load.alignment_bytes},
          {"queue_depth", load.queue_depth},        {"advice", ListToJson(load.advice)},
          {"fallbacks", ListToJson(load.fallbacks)}};
}

Json ErrorToJson(const Error& error) {
  return {{"code", ValidUtf8(error.code)},
          {"where", ValidUtf8(error.where)},
          {"what", ValidUtf8(error.what)},
          {"hint", ValidUtf8(error.hint)}};
}

Json FactsToJson(const ModelFacts& facts) {
  return {{"format", ValidUtf8(facts.format)},
          {"dtypes", MapToJson(facts.dtypes)},
          {"file_bytes", facts.file_bytes},
          {"payload_bytes", facts.payload_bytes},
          {"tensors", facts.tensors},
          {"elements", facts.elements},
          {"largest_tensor_bytes", facts.largest_tensor_bytes},
          {"architecture", ValidUtf8(facts.architecture)},
          {"config_problem", ValidUtf8(facts.config_problem)},
          {"findings", ListToJson(facts.findings)},
          {"files", ListToJson(facts.files)},
          {"payload_digest", ValidUtf8(facts.payload_digest)}};
}

void ReadPhases(FieldReader& in, std::vector<Phase>* phases) {
  in.Each("phases", [&](FieldReader& fields) {
    Phase& phase = phases->emplace_back();
    fields.Text("name", &phase.name);
    fields.Number("seconds", &phase.seconds);
  });
}

void ReadLoad(FieldReader& in, loaders::LoadReport* load) {
  in.Integer("bytes_read", &load->bytes_read);
  in.Integer("read_calls", &load->read_calls);
  in.Integer("bytes_mapped", &load->bytes_mapped);
  in.Integer("threads", &load->threads);
  in.Integer("chunk_bytes", &load->chunk_bytes);
  in.Integer("alignment_bytes", &load->alignment_bytes);
  in.Integer("queue_depth", &load->queue_depth);
  in.Texts("advice", &load->advice);
  in.Texts("fallbacks", &load->fallbacks);
}

void ReadError(FieldReader& in, Error* error) {
  in.Text("code", &error->code);
  in.Text("where", &error->where);
  in.Text("what", &error->what);
  in.Text("hint", &error->hint);
}

void ReadFacts(FieldReader& in, ModelFacts* facts) {
  in.Text("format", &facts->format);
  in.Counts("dtypes", &facts->dtypes);
  in.Integer("file_bytes", &facts->file_bytes);
  in.Integer("payload_bytes", &facts->payload_bytes);
  in.Integer("tensors", &facts->tensors);
  in.Integer("elements", &facts->elements);
  in.Integer("largest_tensor_bytes", &facts->largest_tensor_bytes);
  in.Text("architecture", &facts->architecture);
  in.Text("config_problem", &facts->config_problem);
  in.Texts("findings", &facts->findings);
  in.Texts("files", &facts->files);
  in.Text("payload_digest", &facts->payload_digest);
}

void ReadParentsPart(FieldReader& in, Observation* observation) {
  in.Number("wall_seconds", &observation->wall_seconds, kNotNegative);
  in.Number("spawn_seconds", &observation->spawn_seconds, kNotNegative);
  in.Integer("exit_code", &observation->exit_code, -1, 255);
  in.Integer("signal", &observation->signal, 0, 128);
  in.Text("cause", &observation->cause);
  in.Text("stderr_tail", &observation->stderr_tail);
  in.Numbers("at_least", &observation->at_least);
  in.Flag("unkillable", &observation->unkillable);
}

}  // namespace

std::string_view Name(Outcome outcome) { return kOutcomes[static_cast<std::size_t>(outcome)]; }

Json ToJson(const Observation& observation) {
  Json out = {
      {"outcome", Name(observation.outcome)},
      {"measures", MapToJson(observation.measures)},
      {"phases", PhasesToJson(observation.phases)},
      {"total_seconds", observation.total_seconds},
      {"digests", MapToJson(observation.digests)},
      {"series", MapToJson(observation.series)},
      {"vectors", MapToJson(observation.vectors)},
      {"wall_seconds", observation.wall_seconds},
      {"spawn_seconds", observation.spawn_seconds},
      {"exit_code", observation.exit_code},
      {"signal", observation.signal},
      {"cause", ValidUtf8(observation.cause)},
      {"stderr_tail", ValidUtf8(observation.stderr_tail)},
      {"at_least", MapToJson(observation.at_least)},
      {"unkillable", observation.unkillable},
  };
  if (observation.load) out["load"] = LoadToJson(*observation.load);
  if (observation.error) out["error"] = ErrorToJson(*observation.error);
  if (observation.facts) out["facts"] = FactsToJson(*observation.facts);
  return out;
}

Result<Observation> ObservationFromJson(const Json& json) {
  Observation observation;
  std::optional<Error> error;
  FieldReader in(json, "OBSERVATION_FIELD", {}, &error);
  in.Choice("outcome", kOutcomes, &observation.outcome);
  in.Numbers("measures", &observation.measures);
  ReadPhases(in, &observation.phases);
  in.Number("total_seconds", &observation.total_seconds);
  in.Texts("digests", &observation.digests);
  in.Series("series", &observation.series);
  in.Texts("vectors", &observation.vectors);
  in.ObjectIfThere("load", [&](FieldReader& load) { ReadLoad(load, &observation.load.emplace()); });
  in.ObjectIfThere("error",
                   [&](FieldReader& fields) { ReadError(fields, &observation.error.emplace()); });
  in.ObjectIfThere("facts",
                   [&](FieldReader& facts) { ReadFacts(facts, &observation.facts.emplace()); });
  ReadParentsPart(in, &observation);
  if (error) return Fail(*std::move(error));
  return observation;
}

}  // namespace falsify::harness
