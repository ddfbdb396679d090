#include "harness/trial/observation.h"

#include <cmath>
#include <limits>

#include "gtest/gtest.h"
#include "harness/trial/json_text.h"

namespace falsify::harness {
namespace {

using Json = nlohmann::json;

Observation Full() {
  Observation full;
  full.outcome = Outcome::kTimeout;
  full.measures = {{"ttft", 1.25}, {"measure of tomorrow", 3}};
  full.series = {{"rss", {1.0, 2.5}}, {"none", {}}};
  full.phases = {{.name = "open", .seconds = 0.25}, {.name = "header", .seconds = 1.0 / 3}};
  full.total_seconds = 0.1;
  full.digests = {{"payload", "xxh3-128:00"}};
  full.load = loaders::LoadReport{.bytes_read = 1,
                                  .read_calls = 2,
                                  .bytes_mapped = 3,
                                  .threads = 4,
                                  .advice = {"madvise WILLNEED"},
                                  .fallbacks = {"O_DIRECT refused: buffered"}};
  full.error = Error{.code = "C", .where = "w", .what = "x", .hint = "h"};
  full.facts = ModelFacts{.format = "gguf",
                          .dtypes = {{"BF16", 18'446'744'073'709'551'615U}},
                          .file_bytes = 5,
                          .payload_bytes = 6,
                          .tensors = 7,
                          .elements = 8,
                          .largest_tensor_bytes = 9,
                          .architecture = "qwen2",
                          .config_problem = "none",
                          .findings = {"padding"},
                          .files = {"a.gguf", "b.gguf"},
                          .payload_digest = "xxh3-128:0"};
  full.wall_seconds = 2.5;
  full.vectors = {{"model.norm.weight", "F32"}};
  full.spawn_seconds = 0.001;
  full.exit_code = -1;
  full.signal = 15;
  full.cause = "still running";
  full.stderr_tail = "last\nwords \xf0\x9f\xa6\x89";
  full.at_least = {{"elapsed", 60}};
  full.unkillable = true;
  return full;
}

std::string ErrorWith(const std::string& pointer, const Json& value) {
  Json json = ToJson(Full());
  json[Json::json_pointer(pointer)] = value;
  const auto observation = ObservationFromJson(json);
  return observation ? "accepted" : observation.error().Line();
}

TEST(Observation, ReadsBackWhatItWrote) {
  const Json written = ToJson(Full());
  const auto parsed = ParseBounded(DumpLine(written), 16, 1 << 20);
  ASSERT_TRUE(parsed);
  const auto read = ObservationFromJson(*parsed);
  ASSERT_TRUE(read) << read.error().Line();
  EXPECT_EQ(ToJson(*read), written);
  EXPECT_EQ(read->outcome, Outcome::kTimeout);
  EXPECT_EQ(read->measures, Full().measures);
  EXPECT_EQ(read->phases.at(1).seconds, 1.0 / 3);
  EXPECT_EQ(read->series, Full().series);
  EXPECT_EQ(read->load->fallbacks, Full().load->fallbacks);
  EXPECT_EQ(read->error, Full().error);
  EXPECT_EQ(read->facts->dtypes, Full().facts->dtypes);
  EXPECT_EQ(read->facts->findings, Full().facts->findings);
  EXPECT_EQ(read->facts->files, Full().facts->files);
  EXPECT_EQ(read->stderr_tail, Full().stderr_tail);
  EXPECT_TRUE(read->unkillable);
}

TEST(Observation, WritesEveryField) {
  const Json json = ToJson(Full());
  EXPECT_EQ(json.size(), 18U);
  EXPECT_EQ(json.at("load").size(), 9U);
  EXPECT_EQ(json.at("facts").size(), 12U);
}

TEST(Observation, RequiresAllButLoadErrorAndFacts) {
  const Json whole = ToJson(Full());
  for (const auto& field : whole.items()) {
    const std::string& name = field.key();
    Json json = whole;
    json.erase(name);
    const auto read = ObservationFromJson(json);
    const bool optional = name == "load" || name == "error" || name == "facts";
    EXPECT_EQ(read.has_value(), optional) << name;
    if (!read) {
      EXPECT_EQ(read.error().Line(), name + ": is missing [OBSERVATION_FIELD]");
    }
  }
}

TEST(Observation, NamesTheFieldThatIsWrong) {
  EXPECT_EQ(ErrorWith("/outcome", "fine"),
            "outcome: is not one of ok, timeout, crash, refused, oom, unavailable "
            "[OBSERVATION_FIELD]");
  EXPECT_EQ(ErrorWith("/measures/ttft", "1 s"),
            "measures.ttft: is not a finite number [OBSERVATION_FIELD]");
  EXPECT_EQ(ErrorWith("/phases/1/seconds", nullptr),
            "phases[1].seconds: is not a finite number [OBSERVATION_FIELD]");
  EXPECT_EQ(ErrorWith("/phases", 1), "phases: is not an array [OBSERVATION_FIELD]");
  EXPECT_EQ(ErrorWith("/digests/payload", 1),
            "digests.payload: is not a string [OBSERVATION_FIELD]");
  EXPECT_EQ(ErrorWith("/facts/dtypes/BF16", -1),
            "facts.dtypes.BF16: is not a count [OBSERVATION_FIELD]");
  EXPECT_EQ(ErrorWith("/facts/findings/0", 1),
            "facts.findings[0]: is not a string [OBSERVATION_FIELD]");
  EXPECT_EQ(ErrorWith("/load/threads", -1),
            "load.threads: is not an integer in [0, 4294967295] [OBSERVATION_FIELD]");
  EXPECT_EQ(ErrorWith("/exit_code", 256),
            "exit_code: is not an integer in [-1, 255] [OBSERVATION_FIELD]");
  EXPECT_EQ(ErrorWith("/unkillable", 1), "unkillable: is not true or false [OBSERVATION_FIELD]");
}

TEST(Observation, RefusesWhatBecameOfANumberThatIsNone) {
  for (const double value : {std::nan(""), std::numeric_limits<double>::infinity()}) {
    Observation observation;
    observation.measures["ttft"] = value;
    const auto parsed = ParseBounded(DumpLine(ToJson(observation)), 16, 1 << 20);
    ASSERT_TRUE(parsed);
    EXPECT_FALSE(ObservationFromJson(*parsed));
    EXPECT_FALSE(ObservationFromJson(ToJson(observation)));
  }
}

TEST(Observation, CanAlwaysBeWritten) {
  Observation observation;
  observation.cause = "\xff";
  observation.stderr_tail = "caf\xc3";
  observation.phases = {{.name = "\x80", .seconds = 0}};
  observation.digests["\xc3"] = "\xc3";
  observation.measures["\xc3"] = 1;
  observation.error = Error{.code = "\xff", .where = "\xff", .what = "\xff", .hint = "\xff"};
  observation.load = loaders::LoadReport{};
  observation.load->advice = {"\xff"};
  EXPECT_NO_THROW((void)ToJson(observation).dump());
}

TEST(Outcome, HasANameForEachEnding) {
  EXPECT_EQ(Name(Outcome::kOk), "ok");
  EXPECT_EQ(Name(Outcome::kTimeout), "timeout");
  EXPECT_EQ(Name(Outcome::kCrash), "crash");
  EXPECT_EQ(Name(Outcome::kRefused), "refused");
  EXPECT_EQ(Name(Outcome::kOom), "oom");
  EXPECT_EQ(Name(Outcome::kUnavailable), "unavailable");
}

}  // namespace
}  // namespace falsify::harness
