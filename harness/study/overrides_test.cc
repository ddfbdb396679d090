#include "harness/study/overrides.h"

#include <vector>

#include "gtest/gtest.h"
#include "harness/study/read_study.h"

namespace falsify::harness {
namespace {

constexpr std::string_view kStudy = R"(schema: falsify/study/v1
id: T
models:
  st: {generate: {shape: big, dtype: BF16}}
subjects:
  mapped: {loader: mmap, model: st}
hypotheses:
  - {id: H1, claim: fast, subject: mapped, measure: ttft, predict: {below: 2 s}}
  - {id: H2, claim: fast, subject: mapped, measure: ttft, predict: {below: 3 s}}
)";

Result<Study> Read(const std::vector<std::string>& overrides) {
  return ParseStudy(kStudy, "t.yaml", {.loaders = {{"mmap", {}}}, .shapes = {"big", "tiny"}},
                    overrides);
}

const GenerateSpec& Generated(const Study& study) {
  return std::get<GenerateSpec>(study.models.at(0).origin);
}

TEST(ApplyOverrides, ReplacesAValueByItsPath) {
  const Result<Study> study = Read({"models.st.generate.shape=tiny"});
  ASSERT_TRUE(study) << study.error().Line();
  EXPECT_EQ(Generated(*study).shape, "tiny");
  EXPECT_EQ(Generated(*study).dtype, "BF16");
}

TEST(ApplyOverrides, ReplacesAWholeMapping) {
  const Result<Study> study = Read({"models.st.generate={payload: 2 MiB}"});
  ASSERT_TRUE(study) << study.error().Line();
  EXPECT_EQ(Generated(*study).payload_bytes, 2U << 20);
}

TEST(ApplyOverrides, FindsAListItemByItsIdAndAddsAKey) {
  const Result<Study> study = Read({"hypotheses.H2.cache=cold", "hypotheses.H2.blocks={max: 9}"});
  ASSERT_TRUE(study) << study.error().Line();
  EXPECT_EQ(study->hypotheses.at(0).cache, Cache::kWarm);
  EXPECT_EQ(study->hypotheses.at(1).cache, Cache::kCold);
  EXPECT_EQ(study->hypotheses.at(1).blocks.max, 9);
}

TEST(ApplyOverrides, KeepsTheDigestOfTheFile) {
  EXPECT_EQ(Read({"models.st.generate.shape=tiny"})->sha256, Read({})->sha256);
}

TEST(ApplyOverrides, SaysWhatIsNotThere) {
  EXPECT_EQ(Read({"models.gguf.generate.shape=tiny"}).error().Line(),
            "--set models.gguf.generate.shape=tiny: there is no \"gguf\"; write KEY=VALUE, e.g. "
            "models.st.generate.shape=tiny [STUDY_SET]");
  EXPECT_EQ(Read({"tiny"}).error().code, "STUDY_SET");
  EXPECT_EQ(Read({"hypotheses.H9={}"}).error().code, "STUDY_SET");
  EXPECT_EQ(Read({"models.st.generate.shpe=tiny"}).error().code, "STUDY_UNKNOWN_KEY");
}

}  // namespace
}  // namespace falsify::harness
