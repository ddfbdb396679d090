#include "loaders/loader.h"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "fmt/format.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "loaders/convert.h"
#include "loaders/digest.h"
#include "loaders/open_model.h"
#include "loaders/test_files.h"

namespace falsify::loaders {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

// One model in every format: three tensors, one of them empty, another at an odd address.
const std::map<std::string, std::vector<float>> kValues = {{"bf16", {1.0F, -2.5F, 0.0078125F}},
                                                           {"empty", {}},
                                                           {"f16", {0.5F, -65504.0F}},
                                                           {"f32", {3.25F}}};

std::string SafetensorsModel() {
  std::string data(15, '\0');
  const auto bytes = std::as_writable_bytes(std::span(data));
  FromF32(Dtype::kBF16, kValues.at("bf16"), bytes.subspan(0, 6));
  FromF32(Dtype::kF16, kValues.at("f16"), bytes.subspan(6, 4));
  FromF32(Dtype::kF32, kValues.at("f32"), bytes.subspan(10, 4));
  data.pop_back();
  return SafetensorsBytes(R"({"bf16":{"dtype":"BF16","shape":[3,1],"data_offsets":[0,6]},)"
                          R"("f16":{"dtype":"F16","shape":[2],"data_offsets":[6,10]},)"
                          R"("f32":{"dtype":"F32","shape":[],"data_offsets":[10,14]},)"
                          R"("empty":{"dtype":"BF16","shape":[0,4],"data_offsets":[14,14]}})",
                          data);
}

/// As a writer lays it out that has a test of its own.
std::string PlannedModel(const FormatEntry& format) {
  const std::vector<TensorToWrite> tensors = {{"bf16", Dtype::kBF16, {3, 1}},
                                              {"f16", Dtype::kF16, {2}},
                                              {"f32", Dtype::kF32, {}},
                                              {"empty", Dtype::kBF16, {0, 4}}};
  const ModelConfig config = {.architecture = "qwen2", .hidden_size = 2, .heads = 1};
  const auto plan = format.plan({.tensors = tensors, .config = &config});
  if (!plan) {
    ADD_FAILURE() << plan.error().Line();
    return "";
  }
  std::string file = plan->header;
  file.resize(plan->file_bytes, '\0');
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    const auto bytes = std::as_writable_bytes(std::span(file))
                           .subspan(plan->ranges[i].offset, plan->ranges[i].size);
    FromF32(tensors[i].dtype, kValues.at(tensors[i].name), bytes);
  }
  return file;
}

/// The model's file in this format; empty for a format the test does not know.
std::string FileOf(const FormatEntry& format, const TemporaryDirectory& directory) {
  if (format.name == "safetensors") return directory.Write("m.safetensors", SafetensorsModel());
  if (format.name == "gguf") return directory.Write("m.gguf", PlannedModel(format));
  if (format.name == "apr") return directory.Write("m.apr", PlannedModel(format));
  return "";
}

std::vector<float> ValuesOf(const TensorView& view) {
  std::vector<float> values(view.bytes.size() / Traits(view.dtype).block_bytes);
  ToF32(view.dtype, view.bytes, values);
  return values;
}

/// That `model` holds the model above, whatever it was opened by.
void ExpectTheModel(const Model& model) {
  ASSERT_EQ(model.header().tensors().size(), kValues.size());
  for (const auto& [name, values] : kValues) {
    const TensorInfo* tensor = model.header().Find(name);
    ASSERT_NE(tensor, nullptr) << name;
    const Result<TensorView> view = model.Resident(*tensor);
    ASSERT_TRUE(view) << view.error().Line();
    EXPECT_EQ(view->name, name);
    EXPECT_TRUE(std::ranges::equal(view->shape, tensor->shape));
    EXPECT_EQ(ValuesOf(*view), values) << name;
  }
}

/// The controls that are made to fail every claim about content.
bool HoldsSomethingElse(const LoaderEntry& loader) {
  return loader.name == "null" || loader.name == "liar" || loader.name == "corrupt" ||
         loader.name == "short-read";
}

/// The loader, without the time it may be told to waste.
LoaderChoice AtOnce(const LoaderEntry& loader) {
  LoaderChoice choice = {.name = std::string(loader.name), .options = {}};
  if (loader.name == "sleep") choice.options["delay"] = "0";
  return choice;
}

/// Some hosts forbid what a loader is made of.
template <class T>
bool IsUnavailable(const Result<T>& model) {
  return !model && model.error().code == "LOADER_UNAVAILABLE";
}

TEST(Conformance, EveryFormatOverEverySourceGivesTheSameTensorsAndDigest) {
  const TemporaryDirectory directory;
  std::string digest;
  for (const FormatEntry& format : Formats()) {
    const std::string path = FileOf(format, directory);
    ASSERT_FALSE(path.empty()) << format.name << " has no model here: add one";
    for (const SourceEntry& source : Sources()) {
      SCOPED_TRACE(fmt::format("{} over {}", format.name, source.name));
      const auto model = OpenModel(path, source.open, {}, {});
      if (IsUnavailable(model)) continue;
      ASSERT_TRUE(model) << model.error().Line();
      EXPECT_EQ((*model)->format(), format.name);
      EXPECT_EQ((*model)->file_bytes(), std::filesystem::file_size(path));
      EXPECT_EQ(PayloadBytes((*model)->header()), 14U);
      ExpectTheModel(**model);
      const Result<PayloadDigests> found = DigestPayload(**model, path);
      ASSERT_TRUE(found) << found.error().Line();
      if (digest.empty()) digest = found->payload;
      EXPECT_EQ(found->payload, digest);
    }
  }
}

TEST(Conformance, EveryLoaderGivesTheSameTensorsAndDigestFromEveryFormat) {
  const TemporaryDirectory directory;
  for (const FormatEntry& format : Formats()) {
    const std::string path = FileOf(format, directory);
    std::string digest;
    for (const LoaderEntry& loader : Loaders()) {
      if (HoldsSomethingElse(loader) || loader.external) continue;
      SCOPED_TRACE(fmt::format("{} by {}", format.name, loader.name));
      const auto model = Load(path, AtOnce(loader), 2, {});
      if (IsUnavailable(model)) continue;
      ASSERT_TRUE(model) << model.error().Line();
      ExpectTheModel(**model);
      const Result<PayloadDigests> found = DigestPayload(**model, path);
      ASSERT_TRUE(found) << found.error().Line();
      if (digest.empty()) digest = found->payload;
      EXPECT_EQ(found->payload, digest);
    }
  }
}

TEST(Conformance, EveryLoaderRefusesWhatTheFormatRefuses) {
  const TemporaryDirectory directory;
  const std::string path = directory.Write("cut.safetensors", SafetensorsModel().substr(0, 250));
  for (const LoaderEntry& loader : Loaders()) {
    if (loader.name == "null" || loader.external) continue;
    const auto model = Load(path, AtOnce(loader), 1, {});
    ASSERT_FALSE(model) << loader.name;
    if (IsUnavailable(model)) continue;
    EXPECT_EQ(model.error().code.substr(0, 3), "ST_") << loader.name;
  }
}

class Loader : public testing::Test {
 protected:
  Result<std::unique_ptr<Model>> Open(const std::string& name, const std::string& path) {
    const auto note = [this](std::string_view phase) { phases_.emplace_back(phase); };
    return Load(path, {.name = name, .options = {}}, 1, note);
  }

  TemporaryDirectory directory_;
  std::vector<std::string> phases_;
};

TEST_F(Loader, TellsWhenEachPhaseStarts) {
  const std::string path = directory_.Write("m.safetensors", SafetensorsModel());
  ASSERT_TRUE(Open("mmap", path));
  EXPECT_THAT(phases_, ElementsAre("open", "header"));
  phases_.clear();
  ASSERT_TRUE(Open("read-copy-f32", path));
  EXPECT_THAT(phases_, ElementsAre("open", "header", "copy", "convert"));
}

TEST_F(Loader, ReportsWhatItAskedTheKernelFor) {
  const std::string path = directory_.Write("m.safetensors", SafetensorsModel());
  const std::uint64_t bytes = std::filesystem::file_size(path);
  const auto mapped = Open("mmap", path);
  ASSERT_TRUE(mapped);
  EXPECT_EQ((*mapped)->report().bytes_mapped, bytes);
  constexpr std::uint64_t kDataBytes = 14;
  constexpr std::uint64_t kBytesToDetect = 64;
  EXPECT_EQ((*mapped)->report().bytes_read, kBytesToDetect + bytes - kDataBytes);
  const auto read = Open("read-copy-f32", path);
  ASSERT_TRUE(read);
  EXPECT_EQ((*read)->report().bytes_mapped, 0U);
  EXPECT_EQ((*read)->report().bytes_read, bytes);
  EXPECT_EQ((*read)->report().threads, 1U);
}

TEST_F(Loader, ReadCopyF32HoldsAllThreeForms) {
  const auto model = Open("read-copy-f32", directory_.Write("m.safetensors", SafetensorsModel()));
  ASSERT_TRUE(model) << model.error().Line();
  const TensorInfo& tensor = *(*model)->header().Find("bf16");
  const TensorView resident = (*model)->Resident(tensor).value();
  EXPECT_EQ(resident.dtype, Dtype::kF32);
  EXPECT_EQ(resident.bytes.size(), 12U);
  const std::span<const std::byte> stored = (*model)->Stored(tensor).value();
  EXPECT_EQ(stored.size(), 6U);
  EXPECT_NE(static_cast<const void*>(stored.data()),
            static_cast<const void*>(resident.bytes.data()));
}

TEST_F(Loader, ReadCopyF32SaysWhichTensorItCannotWiden) {
  const std::string path = directory_.Write(
      "m.safetensors",
      SafetensorsBytes(R"({"ids":{"dtype":"U64","shape":[1],"data_offsets":[0,8]}})", "12345678"));
  const auto model = Open("read-copy-f32", path);
  ASSERT_FALSE(model);
  EXPECT_EQ(
      model.error().Line(),
      path +
          ": tensor \"ids\": U64 cannot be widened to F32; the loaders read and mmap take any "
          "dtype [LOADER_DTYPE]");
  EXPECT_THAT(phases_, ElementsAre("open", "header"));
  EXPECT_TRUE(Open("read", path));
}

TEST_F(Loader, NullOpensNothingAndHoldsNothing) {
  const auto model = Open("null", directory_ / "absent");
  ASSERT_TRUE(model);
  EXPECT_TRUE((*model)->header().tensors().empty());
  EXPECT_EQ((*model)->header().Find("bf16"), nullptr);
  EXPECT_EQ((*model)->file_bytes(), 0U);
  EXPECT_EQ((*model)->report().bytes_read, 0U);
  EXPECT_EQ((*model)->Resident(TensorInfo{}).error().code, "LOADER_NOT_KEPT");
  EXPECT_EQ((*model)->Config().error().code, "CONFIG_MISSING");
}

TEST_F(Loader, NullIsToldApartByItsDigest) {
  const std::string path = directory_.Write("m.safetensors", SafetensorsModel());
  const auto null = Open("null", "");
  const auto read = Open("read", path);
  ASSERT_TRUE(null && read);
  EXPECT_NE(DigestPayload(**null, "")->payload, DigestPayload(**read, path)->payload);
}

TEST_F(Loader, AModelMayBeReadFromSeveralThreads) {
  const std::string path = directory_.Write("m.safetensors", SafetensorsModel());
  for (const std::string name :
       {"read", "mmap", "pread", "mmap-prefetch", "read-copy-f32", "stream-f32"}) {
    const auto model = Open(name, path);
    ASSERT_TRUE(model);
    std::thread other([&] { ExpectTheModel(**model); });
    ExpectTheModel(**model);
    other.join();
  }
}

TEST_F(Loader, FindsTheConfigurationBesideTheFile) {
  directory_.Write("config.json",
                   R"({"model_type":"llama","hidden_size":8,"intermediate_size":16,)"
                   R"("num_hidden_layers":1,"num_attention_heads":2,"vocab_size":10})");
  const auto model = Open("mmap", directory_.Write("m.safetensors", SafetensorsModel()));
  ASSERT_TRUE(model);
  const Result<ModelConfig> config = (*model)->Config();
  ASSERT_TRUE(config) << config.error().Line();
  EXPECT_EQ(config->head_dim, 4U);
}

TEST_F(Loader, RefusesUnknownNamesAndOptions) {
  EXPECT_EQ(Open("mmapp", "x").error().Line(),
            "loader \"mmapp\": unknown, expected one of: read, mmap, mmap-populate, mmap-prefetch, "
            "mmap-random, pread, direct, uring, read-copy-f32, stream-f32, null, sleep, liar, "
            "hoarder, corrupt, "
            "short-read, plugin, command, http [LOADER_UNKNOWN]");
  for (const LoaderEntry& loader : Loaders()) {
    if (loader.external) continue;  // its options are for its program to judge
    const auto model =
        Load("x", {.name = std::string(loader.name), .options = {{"thread", "2"}}}, 1, {});
    ASSERT_FALSE(model);
    EXPECT_THAT(model.error().Line(), HasSubstr("unknown option \"thread\", expected one of: "));
    EXPECT_EQ(model.error().code, "LOADER_OPTION");
  }
}

TEST_F(Loader, NamesTheFormatsItKnows) {
  const std::string path = directory_.Write("model.bin", std::string(100, 'x'));
  EXPECT_EQ(
      Open("read", path).error().Line(),
      path +
          ": 100 B of no known format, expected one of: safetensors, gguf, apr [FORMAT_UNKNOWN]");
}

TEST_F(Loader, LooksIntoAFileOfAKnownExtensionToSayWhatIsWrong) {
  const std::string path = directory_.Write("m.safetensors", "oops");
  EXPECT_EQ(Open("mmap", path).error().Line(),
            path + ": 4 B, expected at least 8 B; is the download complete? [ST_TOO_SMALL]");
}

TEST_F(Loader, RecognisesAFileByItsContentWhateverItsName) {
  EXPECT_TRUE(Open("mmap", directory_.Write("0a1b2c", SafetensorsModel())));
}

}  // namespace
}  // namespace falsify::loaders
