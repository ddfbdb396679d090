// What a user does with several formats, from the command line to the files.
#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <set>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "harness/cli/tool.h"
#include "nlohmann/json.hpp"

namespace falsify::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class FormatsToolTest : public ToolTest {
 protected:
  void SetUp() override {
    ToolTest::SetUp();
    for (const std::string name : {"st", "back"}) std::filesystem::create_directory(folder / name);
    Must({"fixtures", "generate", "st/model.safetensors", "--shape", "tiny"});
  }

  Ran Must(const std::vector<std::string>& arguments) const {
    Ran ran = Run(arguments);
    EXPECT_EQ(ran.exit_code, 0) << arguments.front() << ": " << ran.err;
    return ran;
  }
};

TEST_F(FormatsToolTest, AChainOfConversionsGivesTheFileBack) {
  Must({"convert", "st/model.safetensors", "m.gguf"});
  Must({"convert", "m.gguf", "m.apr"});
  const Ran last = Must({"convert", "m.apr", "back/model.safetensors"});
  EXPECT_THAT(last.out, HasSubstr("lossless: every value is what it was"));
  EXPECT_EQ(Slurp(folder / "back/model.safetensors"), Slurp(folder / "st/model.safetensors"));
}

TEST_F(FormatsToolTest, ConvertSaysWhatItCannotDo) {
  const Ran unknown = Run({"convert", "st/model.safetensors", "m.onnx"});
  EXPECT_EQ(unknown.exit_code, 2);
  EXPECT_THAT(unknown.err, HasSubstr("no format \"onnx\"; one of safetensors, gguf, apr"));
  const Ran dtype = Run({"convert", "st/model.safetensors", "m.gguf", "--dtype", "Q3"});
  EXPECT_EQ(dtype.exit_code, 2);
  EXPECT_THAT(dtype.err, HasSubstr("unknown dtype \"Q3\""));
  EXPECT_FALSE(std::filesystem::exists(folder / "m.gguf"));
}

TEST_F(FormatsToolTest, EveryLoaderHoldsTheSameWeightsOfEveryFormat) {
  Must({"convert", "st/model.safetensors", "m.gguf"});
  Must({"convert", "m.gguf", "m.apr"});
  const Ran ran =
      Must({"compare", "st/model.safetensors", "m.gguf", "m.apr", "--loaders",
            "read,mmap,mmap-populate,mmap-prefetch,pread,direct,read-copy-f32,stream-f32",
            "--measure", "ttft", "-r", "1", "--out", "o"});
  EXPECT_THAT(ran.out, HasSubstr("payload: the same in all 24: xxh3-128:"));
  EXPECT_THAT(ran.out, HasSubstr("first token: the same in all 24: "));
  EXPECT_THAT(ran.out, Not(HasSubstr("UNMATCHED")));
}

TEST_F(FormatsToolTest, CompareFlagsOtherPrecisionAndLoadersThatHoldOtherBytes) {
  Must({"convert", "st/model.safetensors", "q8.gguf", "--dtype", "Q8_0"});
  const Ran ran = Run({"compare", "st/model.safetensors", "q8.gguf", "--loaders", "mmap,corrupt",
                       "--measure", "load_time", "-r", "1", "--out", "o"});
  EXPECT_EQ(ran.exit_code, 4);  // the corrupt ones were not measured
  EXPECT_THAT(ran.out, HasSubstr("UNMATCHED PRECISION"));
  EXPECT_THAT(ran.err, HasSubstr("model.safetensors corrupt: the loader does not hold the model's "
                                 "bytes"));
}

TEST_F(FormatsToolTest, InspectVerifiesWhatOnlyReadingItAllCanTell) {
  Must({"convert", "st/model.safetensors", "m.apr"});
  const Ran good = Must({"inspect", "m.apr", "--verify"});
  EXPECT_THAT(good.out, HasSubstr("payload digest  xxh3-128:"));
  std::string bytes = Slurp(folder / "m.apr");
  bytes[bytes.size() / 2] = static_cast<char>(bytes[bytes.size() / 2] ^ 1);
  Write("m.apr", bytes);
  Must({"inspect", "m.apr"});
  const Ran bad = Run({"inspect", "m.apr", "--verify"});
  EXPECT_EQ(bad.exit_code, 2);
  EXPECT_THAT(bad.err, HasSubstr("[APR_FOOTER]"));
}

TEST_F(FormatsToolTest, DiscoverFindsEveryKindOfModel) {
  Must({"convert", "st/model.safetensors", "m.gguf"});
  Write("broken.apr", "APR");
  Write("note.txt", "no model");
  const Ran ran = Must({"discover", "."});
  EXPECT_THAT(ran.out, HasSubstr("./broken.apr: "));
  EXPECT_THAT(ran.out, HasSubstr("[APR_TOO_SHORT]\n"));
  EXPECT_THAT(ran.out, HasSubstr("./m.gguf: gguf, BF16, 0.00 GB, qwen2, runs the decoder\n"));
  EXPECT_THAT(ran.out, HasSubstr("./st/model.safetensors: safetensors, BF16, 0.00 GB, qwen2, runs "
                                 "the decoder\n"));
  EXPECT_THAT(ran.out, Not(HasSubstr("note")));
  EXPECT_EQ(nlohmann::json::parse(Must({"discover", ".", "--json"}).out).size(), 3U);
}

TEST_F(FormatsToolTest, CompareRefusesWordsItDoesNotKnow) {
  const Ran ran = Run({"compare", "st/model.safetensors", "--loaders", "mmapp"});
  EXPECT_EQ(ran.exit_code, 2);
  EXPECT_THAT(ran.err, HasSubstr("--loaders: unknown loader \"mmapp\"; one of read, mmap"));
}

constexpr const char* kStudy = R"(schema: falsify/study/v1
id: T
models:
  st: {generate: {shape: tiny, seed: 3}}
  gguf: {convert: {from: st, format: gguf, vectors: F32}}
  apr: {convert: {from: gguf, format: apr}}
  q8: {convert: {from: st, format: gguf, dtype: Q8_0}}
subjects:
  st: {loader: mmap, model: st}
  gguf: {loader: {pread: {threads: 2, chunk: 64 KiB}}, model: gguf}
  apr: {loader: read, model: apr}
  q8: {loader: mmap, model: q8}
hypotheses:
  - {id: A, claim: no more bytes, subject: gguf, measure: bytes_read, workload: first_token,
     relative_to: apr, predict: {below: 1.5}}
  - {id: B, claim: no more bytes, subject: q8, measure: bytes_read, workload: first_token,
     relative_to: apr, predict: {below: 1.5}}
  - {id: C, claim: vectors are wider, subject: st, measure: minor_faults, workload: first_token,
     relative_to: gguf, predict: {below: 1000}}
)";

TEST_F(FormatsToolTest, AStudyComparesConvertedModelsAtMatchedPrecision) {
  Write("study.yaml", kStudy);
  const Ran ran = Run({"run", "study.yaml", "--out", "o", "--no-prove"});
  EXPECT_EQ(ran.exit_code, 3) << ran.err;  // B is INVALID
  const auto record = nlohmann::json::parse(Slurp(folder / "o" / "record.json"));
  EXPECT_EQ(record["hypotheses"][0]["verdict"], "PASS") << record["hypotheses"][0]["why"];
  EXPECT_EQ(record["hypotheses"][1]["verdict"], "INVALID");
  EXPECT_THAT(record["hypotheses"][1]["why"].get<std::string>(),
              HasSubstr("precision is not matched"));
  EXPECT_EQ(record["hypotheses"][2]["verdict"], "PASS") << record["hypotheses"][2]["why"];
  EXPECT_GT(record["hypotheses"][2]["stored_wider"].size(), 10U);
  EXPECT_EQ(record["subjects"]["gguf"]["loader"], "pread(chunk=65536, threads=2)");
  EXPECT_THAT(Slurp(folder / "o" / "report.md"),
              HasSubstr("one-dimensional tensors of equal values are stored wider on one side"));
}

/// Largest anonymous memory of a running process seen by looking often, in bytes; it is reaped.
std::uint64_t PeakAnonOf(pid_t pid) {
  std::uint64_t peak = 0;
  while (waitpid(pid, nullptr, WNOHANG) == 0) {
    std::ifstream status("/proc/" + std::to_string(pid) + "/status");
    for (std::string word; status >> word;) {
      std::uint64_t kib = 0;
      if (word == "RssAnon:" && status >> kib) peak = std::max(peak, kib << 10);
    }
    usleep(1000);
  }
  return peak;
}

TEST_F(FormatsToolTest, ConvertingHoldsAboutOneTensorHoweverLargeTheModel) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  GTEST_SKIP() << "the sanitizer keeps memory that was freed";
#endif
  constexpr std::uint64_t kSlack = 64U << 20;
  Must({"fixtures", "generate", "big.safetensors", "--payload", "300 MiB"});
  const auto facts = nlohmann::json::parse(Must({"inspect", "big.safetensors", "--json"}).out);
  const auto largest = facts["largest_tensor_bytes"].get<std::uint64_t>();
  const auto payload = facts["payload_bytes"].get<std::uint64_t>();
  ASSERT_LT(largest + kSlack, payload) << "the bound would hold whatever it did";
  for (const std::vector<std::string>& command :
       {std::vector<std::string>{"convert", "big.safetensors", "big.apr"},
        std::vector<std::string>{"convert", "big.apr", "back/f32.safetensors", "--dtype", "F32"}}) {
    EXPECT_LT(PeakAnonOf(Start(command)), largest + kSlack) << command[2];
    EXPECT_TRUE(std::filesystem::exists(folder / command[2]));
  }
}

}  // namespace
}  // namespace falsify::cli
