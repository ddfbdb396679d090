#include <algorithm>
#include <string>
#include <string_view>

#include "reports/facts/outcomes.h"
#include "reports/machines/machines.h"
#include "reports/text/encode.h"

namespace falsify::reports {
namespace {

using criteria::Verdict;
using harness::HypothesisRecord;
using harness::Record;
using Json = nlohmann::ordered_json;

std::string_view KindOf(Verdict verdict) {
  switch (verdict) {
    case Verdict::kPass:
      return "pass";
    case Verdict::kFalsified:
      return "fail";
    case Verdict::kInconclusive:
      return "open";
    case Verdict::kInvalid:
    case Verdict::kError:
      break;
  }
  return "review";
}

constexpr std::size_t kMostMessage = 2000;

Json RuleOf(const HypothesisRecord& hypothesis) {
  return {{"id", hypothesis.id},
          {"shortDescription", {{"text", SarifText(Untrusted(hypothesis.claim))}}}};
}

/// Where its rule stands, which is added if it is new: rules are unique (SARIF 2.1.0, 3.19.23).
std::size_t RuleIndex(Json& rules, const HypothesisRecord& hypothesis) {
  std::size_t index = 0;
  while (index < rules.size() && rules[index]["id"] != hypothesis.id) ++index;
  if (index == rules.size()) rules.push_back(RuleOf(hypothesis));
  return index;
}

Json ResultOf(const Record& record, const HypothesisRecord& hypothesis, std::size_t rule) {
  const bool fails = hypothesis.verdict == Verdict::kFalsified;
  return {
      {"ruleId", hypothesis.id},
      {"ruleIndex", rule},
      {"kind", KindOf(hypothesis.verdict)},
      {"level", fails ? "error" : "none"},
      {"message", {{"text", SarifText(Untrusted(MessageOf(hypothesis), kMostMessage))}}},
      {"locations", Json::array({{{"physicalLocation",
                                   {{"artifactLocation", {{"uri", UriPath(record.study_path)}}},
                                    {"region", {{"startLine", std::max(1, hypothesis.line)}}}}}}})},
      {"partialFingerprints", {{"falsifyHypothesis/v1", NameOf(record, hypothesis)}}}};
}

std::string Render(const Record& record, bool all) {
  Json rules = Json::array();
  Json results = Json::array();
  for (const HypothesisRecord& hypothesis : record.hypotheses) {
    if (!all && hypothesis.verdict != Verdict::kFalsified) continue;
    results.push_back(ResultOf(record, hypothesis, RuleIndex(rules, hypothesis)));
  }
  const Json driver = {{"name", "falsify"}, {"version", record.tool_version}, {"rules", rules}};
  const Json run = {
      {"tool", {{"driver", driver}}},
      {"invocations", Json::array({{{"executionSuccessful", record.verdict != Verdict::kError},
                                    {"exitCode", record.exit_code}}})},
      {"results", results}};
  return Dump({{"$schema", "https://json.schemastore.org/sarif-2.1.0.json"},
               {"version", "2.1.0"},
               {"runs", Json::array({run})}});
}

}  // namespace

std::string RenderSarif(const Record& record) { return Render(record, false); }
std::string RenderSarifAll(const Record& record) { return Render(record, true); }

}  // namespace falsify::reports
