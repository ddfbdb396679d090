#include "loaders/stream_f32.h"

#include <algorithm>
#include <cstdint>
#include <fstream>
#include <memory>
#include <string>
#include <unistd.h>
#include <vector>

#include "fmt/format.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "loaders/convert.h"
#include "loaders/digest.h"
#include "loaders/test_files.h"

namespace falsify::loaders {
namespace {

using testing::ElementsAre;

/// Bytes that widen to ordinary numbers, no two tiles alike.
std::string Pattern(std::size_t size) {
  std::string bytes(size, '\0');
  std::uint32_t state = 1;
  for (char& byte : bytes) {
    state = state * 1664525 + 1013904223;
    byte = static_cast<char>(state >> 26);
  }
  return bytes;
}

class StreamF32 : public testing::Test {
 protected:
  /// A model of one tensor.
  std::string Write(const std::string& dtype, std::uint64_t elements, const std::string& data) {
    return directory_.Write(
        "m.safetensors",
        SafetensorsBytes(
            fmt::format(R"({{"t":{{"dtype":"{}","shape":[{}],"data_offsets":[0,{}]}}}})", dtype,
                        elements, data.size()),
            data));
  }

  Result<std::unique_ptr<Model>> Open(const std::string& path, unsigned threads) {
    return Load(path, {.name = "stream-f32", .options = {}}, threads,
                [this](std::string_view phase) { phases_.emplace_back(phase); });
  }

  TemporaryDirectory directory_;
  std::vector<std::string> phases_;
};

TEST_F(StreamF32, HoldsEachTensorAcrossItsTilesForAnyNumberOfThreads) {
  constexpr std::uint64_t kElements = (std::uint64_t{1} << 20) + 12345;
  for (const Dtype dtype : {Dtype::kBF16, Dtype::kF16, Dtype::kF32}) {
    const std::string data = Pattern(*StorageBytes(dtype, kElements));
    const std::string path = Write(std::string(Traits(dtype).name), kElements, data);
    std::vector<float> expected(kElements);
    ToF32(dtype, std::as_bytes(std::span(data)), expected);
    for (const unsigned threads : {1U, 3U}) {
      const auto model = Open(path, threads);
      ASSERT_TRUE(model) << model.error().Line();
      const TensorView view = (*model)->Resident((*model)->header().tensors()[0]).value();
      EXPECT_EQ(view.dtype, Dtype::kF32);
      EXPECT_TRUE(std::ranges::equal(view.bytes, std::as_bytes(std::span(expected))))
          << Traits(dtype).name << " on " << threads;
      EXPECT_EQ((*model)->report().threads, threads);
    }
  }
}

TEST_F(StreamF32, KeepsNoStoredBytesYetHasTheirDigest) {
  const std::string path = Write("BF16", 4, "12345678");
  const auto model = Open(path, 1);
  ASSERT_TRUE(model) << model.error().Line();
  EXPECT_THAT(phases_, ElementsAre("open", "header", "convert"));
  const auto stored = (*model)->Stored((*model)->header().tensors()[0]);
  ASSERT_FALSE(stored);
  EXPECT_EQ(stored.error().Line(), "tensor \"t\": only its F32 is kept [LOADER_NOT_KEPT]");
  const auto mapped = Load(path, {.name = "mmap", .options = {}}, 1, {});
  EXPECT_EQ(DigestPayload(**model, path)->payload, DigestPayload(**mapped, path)->payload);
}

/// What the field of /proc/self/status says, in bytes.
std::int64_t StatusBytes(const std::string& name) {
  std::ifstream status("/proc/self/status");
  std::string field;
  while (status >> field && field != name) {
  }
  std::int64_t kib = 0;
  status >> kib;
  return kib * 1024;
}

TEST_F(StreamF32, NeverHoldsASecondFormOfTheModel) {
#if defined(__SANITIZE_THREAD__)
  GTEST_SKIP() << "ThreadSanitizer keeps four bytes or more beside each of ours";
#endif
  constexpr std::uint64_t kElements = std::uint64_t{32} << 20;
  const std::string path = directory_ / "m.safetensors";
  {
    std::ofstream file(path, std::ios::binary);
    file << SafetensorsBytes(
        fmt::format(R"({{"t":{{"dtype":"BF16","shape":[{}],"data_offsets":[0,{}]}}}})", kElements,
                    2 * kElements));
  }
  const auto header_bytes = static_cast<std::uint64_t>(std::ifstream(path, std::ios::ate).tellg());
  ASSERT_EQ(::truncate(path.c_str(), static_cast<off_t>(header_bytes + 2 * kElements)), 0);
  if (!(std::ofstream("/proc/self/clear_refs") << "5" << std::flush)) {
    GTEST_SKIP() << "cannot reset this process' high-water mark";
  }
  const std::int64_t before = StatusBytes("VmRSS:");
  const auto model = Open(path, 2);
  ASSERT_TRUE(model) << model.error().Line();
  const std::int64_t grown = StatusBytes("VmHWM:") - before;
  EXPECT_GE(grown, static_cast<std::int64_t>(4 * kElements));
  EXPECT_LT(grown, static_cast<std::int64_t>(4 * kElements + kElements));
}

TEST_F(StreamF32, SaysWhichTensorItCannotWiden) {
  const auto model = Open(Write("U64", 1, "12345678"), 1);
  ASSERT_FALSE(model);
  EXPECT_EQ(model.error().code, "LOADER_DTYPE");
  EXPECT_THAT(phases_, ElementsAre("open", "header"));
}

TEST_F(StreamF32, ReportsEachByteOfThePayloadOnce) {
  constexpr std::uint64_t kElements = 1'000'000;
  const std::string path = Write("BF16", kElements, Pattern(2 * kElements));
  const auto mapped = Load(path, {.name = "mmap", .options = {}}, 1, {});
  const auto model = Open(path, 2);
  ASSERT_TRUE(model && mapped);
  EXPECT_EQ((*model)->report().bytes_read - (*mapped)->report().bytes_read, 2 * kElements);
}

}  // namespace
}  // namespace falsify::loaders
