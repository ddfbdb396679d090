#include "loaders/sharded_model.h"

#include <filesystem>
#include <memory>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "loaders/digest.h"
#include "loaders/loader.h"
#include "loaders/open_model.h"
#include "loaders/sources/mmap.h"
#include "loaders/test_files.h"

namespace falsify::loaders {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

constexpr const char* kIndex = "model.safetensors.index.json";

class Shards : public testing::Test {
 protected:
  Shards() {
    directory_.Write(
        "model-00001-of-00002.safetensors",
        SafetensorsBytes(R"({"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]}})", "12"));
    directory_.Write("model-00002-of-00002.safetensors",
                     SafetensorsBytes(R"({"b":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},)"
                                      R"("c":{"dtype":"U8","shape":[1],"data_offsets":[4,5]}})",
                                      "wxyz3"));
    Index(R"({"metadata":{"total_size":7},"weight_map":{)"
          R"("a":"model-00001-of-00002.safetensors","b":"model-00002-of-00002.safetensors",)"
          R"("c":"model-00002-of-00002.safetensors"}})");
  }

  void Index(const std::string& text) { directory_.Write(kIndex, text); }

  std::string Folder() const { return std::filesystem::path(directory_ / kIndex).parent_path(); }

  std::string Refusal() {
    const auto model = OpenModel(Folder(), &OpenMmap, {}, {});
    if (model) return "opened";
    std::string line = model.error().Line();
    const std::size_t at = line.find(Folder());
    return at == std::string::npos ? line : line.replace(at, Folder().size() + 1, "");
  }

  TemporaryDirectory directory_;
};

TEST_F(Shards, AreOneModelInTheOrderOfTheirNames) {
  const auto model = OpenModel(Folder(), &OpenMmap, {}, {});
  ASSERT_TRUE(model) << model.error().Line();
  const Header& header = (*model)->header();
  ASSERT_EQ(header.tensors().size(), 3U);
  EXPECT_EQ(header.Find("d"), nullptr);
  for (const auto& [name, bytes] : {std::pair{"a", "12"}, {"b", "wxyz"}, {"c", "3"}}) {
    const TensorInfo* tensor = header.Find(name);
    ASSERT_NE(tensor, nullptr) << name;
    const auto stored = (*model)->Stored(*tensor);
    ASSERT_TRUE(stored);
    EXPECT_EQ(std::string(reinterpret_cast<const char*>(stored->data()), stored->size()), bytes);
  }
  EXPECT_THAT((*model)->files(), ElementsAre(directory_ / "model-00001-of-00002.safetensors",
                                             directory_ / "model-00002-of-00002.safetensors"));
  EXPECT_EQ((*model)->format(), "safetensors");
  EXPECT_THAT(header.findings(), Not(Contains(HasSubstr("total_size"))));
}

TEST_F(Shards, HaveTheDigestOfTheSameTensorsInOneFile) {
  const std::string single =
      directory_.Write("single.safetensors",
                       SafetensorsBytes(R"({"b":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},)"
                                        R"("c":{"dtype":"U8","shape":[1],"data_offsets":[4,5]},)"
                                        R"("a":{"dtype":"U8","shape":[2],"data_offsets":[5,7]}})",
                                        "wxyz312"));
  const auto whole = OpenModel(single, &OpenMmap, {}, {});
  const auto parts = OpenModel(directory_ / kIndex, &OpenMmap, {}, {});
  ASSERT_TRUE(whole);
  ASSERT_TRUE(parts) << parts.error().Line();
  EXPECT_EQ(DigestPayload(**whole, single)->payload, DigestPayload(**parts, Folder())->payload);
}

TEST_F(Shards, OpenThroughEveryLoaderThatCanHoldThem) {
  Index(R"({"weight_map":{"a":"model-00001-of-00002.safetensors"}})");
  for (const LoaderEntry& loader : Loaders()) {
    if (loader.name == "null" || loader.name == "sleep" || loader.external) continue;
    const auto model = Load(Folder(), {std::string(loader.name), {}}, 2, {});
    // a is U8, which has no exact F32 loader; all others take it.
    if (!model) {
      if (model.error().code == "LOADER_UNAVAILABLE") continue;
      EXPECT_EQ(model.error().code, "LOADER_DTYPE") << model.error().Line();
      continue;
    }
    EXPECT_EQ((*model)->header().tensors().size(), 1U) << loader.name;
  }
}

TEST_F(Shards, MustAgreeWithTheirIndex) {
  Index(R"({"weight_map":{"a":"model-00001-of-00002.safetensors",)"
        R"("b":"model-00002-of-00002.safetensors"}})");
  EXPECT_EQ(Refusal(),
            "model.safetensors.index.json: tensor \"c\" of model-00002-of-00002.safetensors is not "
            "in the index [ST_INDEX_TENSOR]");
  Index(R"({"weight_map":{"a":"model-00002-of-00002.safetensors",)"
        R"("z":"model-00001-of-00002.safetensors"}})");
  EXPECT_EQ(Refusal(),
            "model.safetensors.index.json: tensor \"a\" should be in "
            "model-00002-of-00002.safetensors, is in model-00001-of-00002.safetensors "
            "[ST_INDEX_TENSOR]");
  Index(R"({"weight_map":{"z":"model-00001-of-00002.safetensors"}})");
  EXPECT_EQ(Refusal(),
            "model.safetensors.index.json: tensor \"z\" is not in "
            "model-00001-of-00002.safetensors [ST_INDEX_TENSOR]");
}

TEST_F(Shards, MayNotHoldATensorTwice) {
  directory_.Write(
      "model-00002-of-00002.safetensors",
      SafetensorsBytes(R"({"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}})", "3"));
  Index(R"({"weight_map":{"a":"model-00001-of-00002.safetensors",)"
        R"("b":"model-00002-of-00002.safetensors"}})");
  EXPECT_EQ(Refusal(),
            "model-00002-of-00002.safetensors: tensor \"a\" is in an earlier file of the model as "
            "well [ST_INDEX_DUPLICATE]");
}

TEST_F(Shards, TheIndexIsReadStrictly) {
  const auto with = [&](const std::string& text) {
    Index(text);
    return Refusal();
  };
  const std::string at = "model.safetensors.index.json: ";
  EXPECT_EQ(with(R"({"weight_map":{"a":"nothere.safetensors"}})"),
            at + "shard \"nothere.safetensors\" is not in the folder; is the download complete? "
                 "[ST_INDEX_MISSING]");
  for (const std::string evil : {"../m.safetensors", "/etc/passwd", "a/b", "..", ""}) {
    EXPECT_EQ(with(R"({"weight_map":{"a":")" + evil + R"("}})"),
              at + "shard \"" + evil +
                  "\" of tensor \"a\", expected a name without folders "
                  "[ST_INDEX_FILE]");
  }
  EXPECT_EQ(with(R"({"weight_map":{"a":"x","a":"y"}})"),
            at + "weight_map names tensor \"a\" twice [ST_INDEX_DUPLICATE]");
  EXPECT_EQ(with(R"({"weight_map":[]})"), at + "has no object \"weight_map\" [ST_INDEX_MAP]");
  EXPECT_EQ(with("{}"), at + "has no object \"weight_map\" [ST_INDEX_MAP]");
  EXPECT_EQ(with(R"({"weight_map":{}})"), at + "weight_map is empty [ST_INDEX_MAP]");
  EXPECT_EQ(with(R"({"weight_map":{"a":1}})"),
            at + "weight_map: the file of \"a\" is 1, expected a name [ST_INDEX_MAP]");
  EXPECT_THAT(with("{"), HasSubstr("[ST_INDEX_JSON]"));
  EXPECT_THAT(with(std::string(1000, '[')), HasSubstr("[ST_INDEX_JSON]"));
}

TEST_F(Shards, SayWhenTheTotalIsWrong) {
  Index(R"({"metadata":{"total_size":8},"weight_map":{)"
        R"("a":"model-00001-of-00002.safetensors","b":"model-00002-of-00002.safetensors",)"
        R"("c":"model-00002-of-00002.safetensors"}})");
  const auto model = OpenModel(Folder(), &OpenMmap, {}, {});
  ASSERT_TRUE(model);
  EXPECT_THAT((*model)->header().findings(),
              Contains("the index says total_size 8 B, the shards hold 7 B"));
}

TEST_F(Shards, ASingleFileComesFirst) {
  directory_.Write(
      "model.safetensors",
      SafetensorsBytes(R"({"only":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}})", "3"));
  const auto files = FindModelFiles(Folder());
  ASSERT_TRUE(files);
  EXPECT_THAT(files->paths, ElementsAre(directory_ / "model.safetensors"));
  EXPECT_THAT(files->findings,
              ElementsAre("model.safetensors.index.json lies beside and is ignored"));
}

TEST(FindModelFiles, TakesTheOnlyModelOfAFolder) {
  const TemporaryDirectory directory;
  const std::string folder = std::filesystem::path(directory / "x").parent_path();
  EXPECT_EQ(FindModelFiles(folder).error().Line(),
            folder +
                ": no model in this folder; expected model.safetensors, its index, a .gguf or "
                "an .apr file [MODEL_MISSING]");
  directory.Write("one.apr", "");
  EXPECT_THAT(FindModelFiles(folder)->paths, ElementsAre(directory / "one.apr"));
  directory.Write("two.apr", "");
  EXPECT_EQ(FindModelFiles(folder).error().Line(),
            folder + ": holds 2 models: one.apr, two.apr; name the file [MODEL_AMBIGUOUS]");
}

}  // namespace
}  // namespace falsify::loaders
