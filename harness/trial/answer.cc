#include "harness/trial/answer.h"

#include <optional>

#include "harness/trial/field_reader.h"
#include "harness/trial/json_text.h"

namespace falsify::harness {

std::string WriteAnswerText(const TrialSpec& spec, const Answer& answer) {
  return DumpLine({{"number", spec.number},
                   {"nonce", spec.nonce},
                   {"main_entered", answer.main_entered},
                   {"observation", ToJson(answer.observation)}});
}

Result<Answer> ReadAnswerText(const TrialSpec& spec, std::string_view text) {
  auto json = ParseBounded(text, kAnswerDepth, kAnswerBytes);
  if (!json) return Fail(std::move(json.error()));
  Answer answer;
  std::uint64_t number = 0;
  std::string nonce;
  const nlohmann::json* observed = nullptr;
  std::optional<Error> error;
  FieldReader in(*json, "OBSERVATION_FIELD", {}, &error);
  in.Integer("number", &number);
  in.Text("nonce", &nonce);
  in.Number("main_entered", &answer.main_entered, {.low = 0});
  in.Object("observation", [&](FieldReader&) { observed = &json->at("observation"); });
  if (error) return Fail(*std::move(error));
  if (number != spec.number || nonce != spec.nonce) {
    return Fail({.code = "TRIAL_STALE",
                 .where = {},
                 .what = fmt::format("answers trial {} with {} nonce, asked was trial {}", number,
                                     nonce == spec.nonce ? "the right" : "another", spec.number),
                 .hint = {}});
  }
  auto observation = ObservationFromJson(*observed);
  if (!observation) return Fail(std::move(observation.error()));
  answer.observation = *std::move(observation);
  return answer;
}

}  // namespace falsify::harness
