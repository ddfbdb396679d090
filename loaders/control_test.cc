// That each control does the wrong that it is made for, and nothing else.
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <fstream>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "loaders/digest.h"
#include "loaders/loader.h"
#include "loaders/test_files.h"

namespace falsify::loaders {
namespace {

using testing::ElementsAre;
using testing::StartsWith;

constexpr std::uint64_t kSmall = std::uint64_t{1} << 20;
constexpr std::uint64_t kLarge = std::uint64_t{15} << 20;

/// Anonymous memory of this process in bytes.
std::int64_t AnonymousBytes() {
  std::ifstream status("/proc/self/status");
  std::string field;
  while (status >> field && field != "RssAnon:") {
  }
  std::int64_t kib = 0;
  status >> kib;
  return kib * 1024;
}

class Control : public testing::Test {
 protected:
  Control() {
    std::string data(kSmall + kLarge, '\0');
    std::uint32_t state = 1;
    for (char& byte : data) {
      state = state * 1664525 + 1013904223;
      byte = static_cast<char>(1 + (state >> 24) % 255);  // never the zero of what was not read
    }
    path_ = directory_.Write(
        "m.safetensors",
        SafetensorsBytes(
            R"({"small":{"dtype":"U8","shape":[1048576],"data_offsets":[0,1048576]},)"
            R"("large":{"dtype":"U8","shape":[15728640],"data_offsets":[1048576,16777216]}})",
            data));
    true_ = std::move(data);
  }

  std::unique_ptr<Model> Open(const std::string& name,
                              std::map<std::string, std::string> options = {}) {
    phases_.clear();
    auto model = Load(path_, {.name = name, .options = std::move(options)}, 1,
                      [this](std::string_view phase) { phases_.emplace_back(phase); });
    if (model) return std::move(*model);
    ADD_FAILURE() << model.error().Line();
    return nullptr;
  }

  std::string DigestOf(const Model& model) { return DigestPayload(model, path_)->payload; }

  std::string Payload(const Model& model) {
    std::string bytes;
    for (const TensorInfo& tensor : model.header().tensors()) {
      const TensorView view = model.Resident(tensor).value();
      bytes.append(reinterpret_cast<const char*>(view.bytes.data()), view.bytes.size());
    }
    return bytes;
  }

  TemporaryDirectory directory_;
  std::string path_;
  std::string true_;
  std::vector<std::string> phases_;
};

TEST_F(Control, SaysThatItIsOne) {
  for (const std::string name :
       {"null", "sleep", "liar", "hoarder", "corrupt", "short-read", "mmap-random"}) {
    ASSERT_NE(FindLoader(name), nullptr) << name;
    EXPECT_THAT(FindLoader(name)->summary, StartsWith("control: ")) << name;
  }
}

TEST_F(Control, SleepWaitsInAPhaseOfItsOwnThenDoesAsMmap) {
  const auto start = std::chrono::steady_clock::now();
  const auto model = Open("sleep", {{"delay", "0.05"}});
  EXPECT_GE(std::chrono::steady_clock::now() - start, std::chrono::milliseconds(50));
  EXPECT_THAT(phases_, ElementsAre("sleep", "open", "header"));
  EXPECT_EQ(DigestOf(*model), DigestOf(*Open("mmap")));
}

TEST_F(Control, LiarClaimsEveryByteAndHoldsZerosItNeverTouched) {
  const std::int64_t before = AnonymousBytes();
  const auto model = Open("liar");
  EXPECT_LT(AnonymousBytes() - before, static_cast<std::int64_t>(kLarge / 2));
  EXPECT_THAT(phases_, ElementsAre("open", "header"));
  EXPECT_EQ(model->header().tensors().size(), 2U);
  EXPECT_EQ(model->report().bytes_read, model->file_bytes());
  EXPECT_TRUE(Payload(*model) == std::string(true_.size(), '\0'));
  EXPECT_NE(DigestOf(*model), DigestOf(*Open("mmap")));
}

TEST_F(Control, HoarderIsRightAndHoldsItTwice) {
  const std::int64_t before = AnonymousBytes();
  const auto model = Open("hoarder");
  EXPECT_GE(AnonymousBytes() - before, static_cast<std::int64_t>(2 * kLarge));
  EXPECT_THAT(phases_, ElementsAre("open", "header", "copy"));
  EXPECT_EQ(DigestOf(*model), DigestOf(*Open("mmap")));
  EXPECT_EQ(FindLoader("hoarder")->anonymous.per_stored_byte, 2.0);
}

TEST_F(Control, CorruptDiffersInOneByteOfTheLargestTensor) {
  const auto model = Open("corrupt");
  const std::string payload = Payload(*model);
  ASSERT_EQ(payload.size(), true_.size());
  const auto [held, expected] = std::ranges::mismatch(payload, true_);
  EXPECT_EQ(held - payload.begin(), static_cast<std::ptrdiff_t>(kSmall + kLarge / 2));
  EXPECT_TRUE(std::equal(held + 1, payload.end(), expected + 1));
  EXPECT_NE(DigestOf(*model), DigestOf(*Open("mmap")));
}

TEST_F(Control, ShortReadHoldsZerosInTheLastSixteenth) {
  const auto model = Open("short-read");
  std::string expected = true_;
  std::fill(expected.end() - static_cast<std::ptrdiff_t>(expected.size() / 16), expected.end(),
            '\0');
  EXPECT_TRUE(Payload(*model) == expected);
  EXPECT_LT(model->report().bytes_read, model->file_bytes());
  EXPECT_THAT(model->report().fallbacks, testing::IsEmpty());
  EXPECT_NE(DigestOf(*model), DigestOf(*Open("mmap")));
}

TEST_F(Control, ShortReadLeavesOutAByteEvenOfTheSmallestPayload) {
  path_ = directory_.Write(
      "tiny.safetensors",
      SafetensorsBytes(R"({"a":{"dtype":"U8","shape":[3],"data_offsets":[0,3]}})", "xyz"));
  EXPECT_EQ(Payload(*Open("short-read")), std::string("xy\0", 3));
  EXPECT_EQ(Payload(*Open("corrupt")), "x\x86z");
}

TEST_F(Control, TakesAModelWithoutTensors) {
  path_ = directory_.Write("none.safetensors", SafetensorsBytes("{}"));
  for (const std::string name : {"liar", "hoarder", "corrupt", "short-read"}) {
    EXPECT_TRUE(Open(name)->header().tensors().empty()) << name;
  }
}

}  // namespace
}  // namespace falsify::loaders
