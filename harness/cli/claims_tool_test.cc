#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "harness/cli/tool.h"
#include "nlohmann/json.hpp"

/// Every kind of claim, from the study file to the record, on small models and real workers.
namespace falsify::cli {
namespace {

using ::testing::HasSubstr;

class ClaimsToolTest : public ToolTest {
 protected:
  /// Runs a study of these hypotheses; what each came to, by id.
  std::map<std::string, nlohmann::json> Judge(const std::string& hypotheses) {
    Write("s.yaml",
          "schema: falsify/study/v1\n"
          "id: T\n"
          "defaults: {watch: 0 s, blocks: {max: 30}}\n"
          "models:\n"
          "  tiny: {generate: {shape: tiny}}\n"
          "  gguf: {convert: {from: tiny, format: gguf}}\n"
          "  big: {generate: {payload: 8 MiB}}\n"
          "  hole: {generate: {payload: 8 MiB, sparse: true}}\n"
          "subjects:\n"
          "  mapped: {loader: mmap, model: tiny}\n"
          "  liar: {loader: liar, model: tiny}\n"
          "  corrupt: {loader: corrupt, model: tiny}\n"
          "  short: {loader: short-read, model: tiny}\n"
          "  gguf: {loader: mmap, model: gguf}\n"
          "  big: {loader: mmap, model: big}\n"
          "  reading: {loader: read, model: big}\n"
          "  hoarder: {loader: hoarder, model: big}\n"
          "  hole: {loader: mmap, model: hole}\n"
          "hypotheses:\n" +
              hypotheses);
    std::vector<std::string> command = {"run", "s.yaml", "--out", "o", "--seed", "1"};
    command.insert(command.end(), options.begin(), options.end());
    const Ran ran = Run(command);
    EXPECT_EQ(ran.signal, 0);
    std::map<std::string, nlohmann::json> judged;
    const auto record = nlohmann::json::parse(Slurp(folder / "o/record.json"), nullptr, false);
    EXPECT_TRUE(record.is_object()) << ran.err;
    if (!record.is_object()) return judged;
    for (const auto& h : record["hypotheses"]) judged[h["id"]] = h;
    report = Slurp(folder / "o/report.md");
    return judged;
  }

  std::vector<std::string> options;  ///< more of them, for the command line
  std::string report;
};

std::string Verdict(const nlohmann::json& h) { return h.value("verdict", ""); }
std::string Why(const nlohmann::json& h) { return h.value("why", ""); }

TEST_F(ClaimsToolTest, InvariantsHoldAndTheirViolationsAreCaught) {
  auto h = Judge(
      "  - {id: same, claim: c, subject: mapped, measure: same_payload, predict: {equals: true}}\n"
      "  - {id: liar, claim: c, subject: liar, measure: same_payload, predict: {equals: true}}\n"
      "  - {id: flip, claim: c, subject: corrupt, measure: same_payload, predict: {equals: true}}\n"
      "  - {id: short, claim: c, subject: short, measure: same_payload, predict: {equals: true}}\n"
      "  - {id: token, claim: c, subject: mapped, measure: same_first_token, relative_to: gguf, "
      "predict: {equals: true}}\n"
      "  - {id: used, claim: c, subject: mapped, measure: weights_used, predict: {equals: true}}\n"
      "  - {id: refuses, claim: c, subject: mapped, measure: rejects_malformed, predict: {equals: "
      "true}}\n"
      "  - {id: aligned, claim: c, subject: gguf, measure: {aligned: 32}, predict: {equals: "
      "true}}\n"
      "  - {id: page, claim: c, subject: mapped, measure: {aligned: 4096}, predict: {equals: "
      "true}}\n"
      "  - {id: all, claim: c, all_of: [same, used]}\n"
      "  - {id: some, claim: c, all_of: [same, liar]}\n");
  for (const char* id : {"same", "token", "used", "refuses", "aligned", "all"}) {
    EXPECT_EQ(Verdict(h[id]), "PASS") << id << ": " << Why(h[id]);
  }
  for (const char* id : {"liar", "flip", "short", "page", "some"}) {
    EXPECT_EQ(Verdict(h[id]), "FALSIFIED") << id << ": " << Why(h[id]);
  }
  EXPECT_THAT(Why(h["page"]), HasSubstr("B only, not to 4096 B"));
  EXPECT_EQ(h["same"]["control"]["sabotage"], "one flipped byte");
  EXPECT_THAT(report, HasSubstr("all of same and used"));
}

// Of bytes, so that no noisy host can hold it up; proof_test.cc has the orders of times.
TEST_F(ClaimsToolTest, OrdersAreTestedOverSizesThatAreMadeOnDemand) {
  auto h = Judge(
      "  - {id: flat, claim: c, subject: hole, measure: bytes_read, workload: open, sweep: "
      "{payload: "
      "[1 MiB, 1 GiB, 1 TiB]}, predict: {order: O(1)}}\n"
      "  - {id: tensors, claim: c, subject: hole, measure: bytes_read, workload: open, sweep: "
      "{tensors: [100, 1000, 10000]}, predict: {order: O(n)}}\n"
      "  - {id: reading, claim: c, subject: reading, measure: bytes_read, workload: open, sweep: "
      "{payload: [1 MiB, 8 MiB, 64 MiB]}, predict: {order: O(1)}}\n"
      "  - {id: memory, claim: c, subject: reading, measure: peak_anon, workload: open, sweep: "
      "{payload: [1 MiB, 8 MiB, 64 MiB]}, predict: {order: O(n)}}\n");
  for (const char* id : {"flat", "tensors", "memory"}) {
    EXPECT_EQ(Verdict(h[id]), "PASS") << id << ": " << Why(h[id]);
  }
  EXPECT_EQ(Verdict(h["reading"]), "FALSIFIED") << Why(h["reading"]);
  EXPECT_NEAR(h["reading"]["sweep"]["sizes"][2]["value"].get<double>(), 67.1e6, 1e6);
  EXPECT_THAT(h["memory"]["control"]["sabotage"].get<std::string>(), HasSubstr("touched memory"));
  EXPECT_THAT(report, HasSubstr("from 1 MiB to 1 TiB"));
}

TEST_F(ClaimsToolTest, MemoryClaimsAreProvenByBallastOfTheRightKind) {
  auto h = Judge(
      "  - {id: anon, claim: c, subject: big, measure: peak_anon, relative_to: payload, predict: "
      "{below: 0.5}}\n"
      "  - {id: file, claim: c, subject: big, measure: peak_file, relative_to: payload, predict: "
      "{below: 1.5}}\n"
      "  - {id: read, claim: c, subject: reading, measure: bytes_read, relative_to: file, predict: "
      "{below: 1.1}}\n"
      "  - {id: early, claim: c, subject: big, measure: resident_after_load, relative_to: payload, "
      "predict: {below: 0.5}}\n"
      "  - {id: faults, claim: c, subject: big, measure: minor_faults, workload: touch, predict: "
      "{below: 5000}}\n"
      "  - {id: held, claim: c, subject: hoarder, measure: peak_anon, relative_to: payload, "
      "predict: "
      "{below: 1.5}}\n"
      "  - {id: range, claim: c, subject: big, measure: peak_file, relative_to: payload, predict: "
      "{between: [0.9, 1.5]}}\n");
  for (const char* id : {"anon", "file", "read", "early", "faults", "range"}) {
    EXPECT_EQ(Verdict(h[id]), "PASS") << id << ": " << Why(h[id]);
    EXPECT_EQ(h[id]["control"].value("verdict", ""), "FALSIFIED") << id;
  }
  EXPECT_EQ(Verdict(h["held"]), "FALSIFIED") << Why(h["held"]);
}

TEST_F(ClaimsToolTest, WhatProcessesShareAndWhatCyclesLeaveIsTold) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  GTEST_SKIP() << "a sanitizer keeps memory of its own for every allocation";
#endif
  auto h = Judge(
      "  - {id: leak, claim: c, subject: mapped, measure: no_leak, predict: {equals: true}}\n"
      "  - {id: shared, claim: c, subject: big, measure: peak_pss, workload: {concurrent: "
      "{processes: "
      "3}}, relative_to: payload, predict: {below: 2.0}}\n"
      "  - {id: apart, claim: c, subject: reading, measure: peak_pss, workload: {concurrent: "
      "{processes: 3}}, relative_to: payload, predict: {below: 2.0}}\n"
      "  - {id: slope, claim: c, subject: mapped, measure: rss_growth_per_cycle, predict: {below: "
      "32 "
      "KiB}}\n");
  for (const char* id : {"leak", "shared", "slope"}) {
    EXPECT_EQ(Verdict(h[id]), "PASS") << id << ": " << Why(h[id]);
    EXPECT_EQ(h[id]["control"].value("verdict", ""), "FALSIFIED") << id;
  }
  EXPECT_EQ(Verdict(h["apart"]), "FALSIFIED") << Why(h["apart"]);
}

// A noisy host may keep each block waiting for half a minute: one is enough here.
TEST_F(ClaimsToolTest, SteadyFiguresAreNeverMixedWithOneShotOnes) {
  options = {"--max-time", "1 s", "--no-prove"};
  auto h = Judge(
      "  - {id: steady, claim: c, subject: mapped, measure: load_time, mode: steady, predict: "
      "{below: "
      "1 s}}\n"
      "  - {id: once, claim: c, subject: mapped, measure: load_time, predict: {below: 1 s}}\n");
  EXPECT_EQ(h["steady"]["workload"], "open, steady");
  EXPECT_EQ(h["once"]["workload"], "open");
  EXPECT_THAT(report, HasSubstr("Workload `open, steady`"));
}

TEST_F(ClaimsToolTest, WhatNoTrialCouldShowIsRefusedBeforeAny) {
  Write("s.yaml",
        "schema: falsify/study/v1\nid: T\nmodels: {m: {generate: {shape: tiny}}}\n"
        "subjects: {s: {loader: mmap, model: m}}\n"
        "hypotheses: [{id: H, claim: c, subject: s, measure: load_time, sweep: {payload: [1 MiB]}, "
        "predict: {order: O(1)}}]\n");
  const Ran one_size = Run({"run", "s.yaml"});
  EXPECT_EQ(one_size.exit_code, 2);
  EXPECT_THAT(one_size.err, HasSubstr("1 sizes cannot show an order"));
}

// How well it does is the host's to say; that it recovers what it put in at all is ours.
TEST_F(ClaimsToolTest, DoctorExaminesTheHostAndItself) {
  const Ran ran = Run({"doctor", "--json"});
  ASSERT_TRUE(ran.exit_code == 0 || ran.exit_code == 3) << ran.err;
  const auto seen = nlohmann::json::parse(ran.out);
  EXPECT_EQ(seen["fit"], ran.exit_code == 0);
  EXPECT_EQ(seen["self"]["ballast"], 256 * 1024 * 1024);
  EXPECT_NEAR(seen["self"]["ballast_seen"].get<double>(), 256.0 * 1024 * 1024, 2.7e6);
  EXPECT_GT(seen["self"]["delay_seen"], 0.0005);
  EXPECT_GT(seen["self"]["noise_floor"], 0);
  EXPECT_TRUE(seen["limits"]["memory_read"]["value"].is_number());
  EXPECT_TRUE(seen["host"]["page cache"].is_object() ||
              seen["host"]["page cache: cold"].is_object());
}

TEST_F(ClaimsToolTest, CheckSaysWhatTheRunWillTake) {
  Write("s.yaml",
        "schema: falsify/study/v1\nid: T\nmodels: {m: {generate: {payload: 64 MiB}}}\n"
        "subjects: {s: {loader: read, model: m}}\n"
        "hypotheses:\n"
        "  - {id: A, claim: c, subject: s, measure: peak_anon, relative_to: payload, predict: "
        "{below: "
        "2}}\n"
        "  - {id: B, claim: c, subject: s, measure: load_time, predict: {above: 1 ms}}\n");
  const Ran ran = Run({"check", "s.yaml"});
  EXPECT_EQ(ran.exit_code, 0) << ran.err;
  EXPECT_THAT(ran.out, HasSubstr("if every claim passes and is proven: about "));
  EXPECT_THAT(ran.out, HasSubstr("67.1 MB of memory; models of 67.1 MB"));
  EXPECT_THAT(ran.out,
              HasSubstr("cannot PASS without a control: no sabotage makes load_time smaller"));
}

TEST_F(ClaimsToolTest, GenerateChoosesTheSameTokensFromEveryFormat) {
  options = {"--no-prove"};
  auto h = Judge(
      "  - {id: st, claim: c, subject: mapped, measure: peak_anon, workload: {generate: "
      "{prompt_tokens: 3, max_tokens: 5}}, predict: {below: 64 MB}}\n"
      "  - {id: gguf, claim: c, subject: gguf, measure: peak_anon, workload: {generate: "
      "{prompt_tokens: 3, max_tokens: 5}}, predict: {below: 64 MB}}\n");
  EXPECT_EQ(Verdict(h["st"]), "PASS") << Why(h["st"]);
  const auto record = nlohmann::json::parse(Slurp(folder / "o/record.json"));
  std::set<std::string> tokens;
  for (const auto& trial : record["trials"]) {
    tokens.insert(trial["digests"]["tokens"].get<std::string>());
    EXPECT_GT(trial["measures"]["decode_rate"], 0);
    EXPECT_GT(trial["measures"]["ttft"], 0);
  }
  ASSERT_EQ(tokens.size(), 1U);
  EXPECT_EQ(std::count(tokens.begin()->begin(), tokens.begin()->end(), ' '), 4);
}

TEST_F(ClaimsToolTest, CorruptWritesFilesThatInspectRefusesInOneLine) {
  const Ran written = Run({"fixtures", "corrupt", "bad", "--json"});
  ASSERT_EQ(written.exit_code, 0) << written.err;
  const auto files = nlohmann::json::parse(written.out);
  ASSERT_GT(files.size(), 100U);
  for (std::size_t i = 0; i < files.size(); i += 9) {
    const auto& file = files[i];
    std::vector<std::string> command = {"inspect", file["path"]};
    if (file["found_by"] == "verify") command.emplace_back("--verify");
    const Ran ran = Run(command);
    EXPECT_EQ(ran.exit_code, 2) << file["path"];
    EXPECT_THAT(ran.err, HasSubstr("[" + file["code"].get<std::string>() + "]"));
    EXPECT_EQ(std::count(ran.err.begin(), ran.err.end(), '\n'), 1) << ran.err;
  }
}

}  // namespace
}  // namespace falsify::cli
