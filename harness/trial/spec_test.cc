#include "harness/trial/spec.h"

#include "gtest/gtest.h"
#include "harness/trial/json_text.h"

namespace falsify::harness {
namespace {

using Json = nlohmann::json;

TrialSpec Full() {
  return {.number = 18'446'744'073'709'551'615U,
          .nonce = "5eed",
          .job = Job::kProve,
          .model_path = "/models/caf\xc3\xa9.safetensors",
          .loader = {.name = "pread", .options = {{"threads", "2"}, {"chunk", "8 MiB"}}},
          .workload = {.kind = "first_token",
                       .prompt_tokens = 17,
                       .cycles = 30,
                       .processes = 4,
                       .threads_at_once = 5},
          .cache = Cache::kCold,
          .threads = 3,
          .mode = Mode::kSteady,
          .sabotage = {.kind = Sabotage::Kind::kAccept, .amount = 1.25},
          .variation = 7,
          .malformed = {"a", "b"},
          .prime_bytes = 5'000'000'000,
          .timeout_seconds = 12.25,
          .memory_limit_bytes = 7'000'000'000};
}

std::string ErrorWith(const std::string& pointer, const Json& value) {
  Json json = ToJson(Full());
  json[Json::json_pointer(pointer)] = value;
  const auto spec = TrialSpecFromJson(json);
  return spec ? "accepted" : spec.error().Line();
}

TEST(TrialSpec, ReadsBackWhatItWrote) {
  const auto json = ParseBounded(DumpLine(ToJson(Full())), 16, 1 << 20);
  ASSERT_TRUE(json);
  const auto spec = TrialSpecFromJson(*json);
  ASSERT_TRUE(spec) << spec.error().Line();
  EXPECT_EQ(spec->number, Full().number);
  EXPECT_EQ(spec->nonce, Full().nonce);
  EXPECT_EQ(spec->job, Full().job);
  EXPECT_EQ(spec->model_path, Full().model_path);
  EXPECT_EQ(spec->loader, Full().loader);
  EXPECT_EQ(spec->workload, Full().workload);
  EXPECT_EQ(spec->cache, Full().cache);
  EXPECT_EQ(spec->threads, Full().threads);
  EXPECT_EQ(spec->mode, Full().mode);
  EXPECT_EQ(spec->sabotage, Full().sabotage);
  EXPECT_EQ(spec->variation, Full().variation);
  EXPECT_EQ(spec->malformed, Full().malformed);
  EXPECT_EQ(spec->prime_bytes, Full().prime_bytes);
  EXPECT_EQ(spec->timeout_seconds, Full().timeout_seconds);
  EXPECT_EQ(spec->memory_limit_bytes, Full().memory_limit_bytes);
}

TEST(TrialSpec, EveryJobHasAName) {
  for (const Job job :
       {Job::kTrial, Job::kInspect, Job::kProve, Job::kVerify, Job::kPrime, Job::kCheckPlugin}) {
    TrialSpec spec;
    spec.job = job;
    const auto read = TrialSpecFromJson(ToJson(spec));
    ASSERT_TRUE(read);
    EXPECT_EQ(read->job, job);
  }
}

TEST(TrialSpec, RequiresEveryField) {
  const Json whole = ToJson(Full());
  for (const auto& field : whole.items()) {
    Json json = whole;
    json.erase(field.key());
    const auto spec = TrialSpecFromJson(json);
    ASSERT_FALSE(spec) << field.key();
    EXPECT_EQ(spec.error().Line(), field.key() + ": is missing [WORKER_SPEC]");
  }
}

TEST(TrialSpec, NamesTheFieldThatIsWrong) {
  EXPECT_EQ(ErrorWith("/number", -1),
            "number: is not an integer in [0, 18446744073709551615] [WORKER_SPEC]");
  EXPECT_EQ(ErrorWith("/number", 1.5),
            "number: is not an integer in [0, 18446744073709551615] [WORKER_SPEC]");
  EXPECT_EQ(ErrorWith("/threads", 0), "threads: is not an integer in [1, 4096] [WORKER_SPEC]");
  EXPECT_EQ(ErrorWith("/threads", 4097), "threads: is not an integer in [1, 4096] [WORKER_SPEC]");
  EXPECT_EQ(ErrorWith("/job", "steal"),
            "job: is not one of trial, inspect, prove, verify, prime, check_plugin [WORKER_SPEC]");
  EXPECT_EQ(ErrorWith("/cache", 1), "cache: is not one of warm, cold [WORKER_SPEC]");
  EXPECT_EQ(ErrorWith("/loader", "mmap"), "loader: is not an object [WORKER_SPEC]");
  EXPECT_EQ(ErrorWith("/loader/options/threads", 2),
            "loader.options.threads: is not a string [WORKER_SPEC]");
  EXPECT_EQ(ErrorWith("/workload/prompt_tokens", 4294967296),
            "workload.prompt_tokens: is not an integer in [0, 4294967295] [WORKER_SPEC]");
  EXPECT_EQ(ErrorWith("/timeout_seconds", 0),
            "timeout_seconds: is not in [0.001, 2592000] [WORKER_SPEC]");
  EXPECT_EQ(ErrorWith("/timeout_seconds", nullptr),
            "timeout_seconds: is not a finite number [WORKER_SPEC]");
  EXPECT_EQ(ErrorWith("/model_path", Json::array()), "model_path: is not a string [WORKER_SPEC]");
}

TEST(TrialSpec, IsAnObject) {
  const auto spec = TrialSpecFromJson(Json::array());
  ASSERT_FALSE(spec);
  EXPECT_EQ(spec.error().Line(), "document: is not an object [WORKER_SPEC]");
}

TEST(TrialSpec, CanAlwaysBeWritten) {
  TrialSpec spec;
  spec.model_path = "\xff";
  spec.loader.options["\xc3"] = "\x80";
  EXPECT_NO_THROW((void)ToJson(spec).dump());
}

}  // namespace
}  // namespace falsify::harness
