#include "loaders/formats/gguf_split.h"

#include <filesystem>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "loaders/formats/gguf_bytes.h"
#include "loaders/model_files.h"
#include "loaders/open_model.h"
#include "loaders/sources/mmap.h"
#include "loaders/test_files.h"

namespace falsify::loaders {
namespace {

using testing::ElementsAre;

TEST(GgufSplitName, IsReadStrictly) {
  const auto name = ParseGgufSplitName("qwen-q4-00002-of-00003.gguf");
  ASSERT_TRUE(name);
  EXPECT_EQ(name->prefix, "qwen-q4");
  EXPECT_EQ(name->number, 2U);
  EXPECT_EQ(name->count, 3U);
  EXPECT_EQ(name->Text(), "qwen-q4-00002-of-00003.gguf");
  for (const char* other :
       {"m.gguf", "m-00000-of-00003.gguf", "m-00004-of-00003.gguf", "m-0001-of-0003.gguf",
        "m-00001-of-00003.safetensors", "m-0000x-of-00003.gguf", "m_00001-of-00003.gguf"}) {
    EXPECT_FALSE(ParseGgufSplitName(other)) << other;
  }
}

class GgufSplits : public testing::Test {
 protected:
  struct Part {
    std::uint16_t no;
    std::uint16_t count = 2;
    std::int32_t tensors = 2;
    std::string tensor;
  };

  void Write(int number, const Part& part) {
    const auto u16 = [](GgufBytes& bytes, std::string_view key, std::uint16_t value) {
      bytes.Text(key).Add(std::uint32_t{2}).Add(value);
    };
    GgufBytes bytes = GgufBytes::Head(1, 3);
    u16(bytes, "split.no", part.no);
    u16(bytes, "split.count", part.count);
    bytes.Text("split.tensors.count").Add(std::uint32_t{5}).Add(part.tensors);
    bytes.Tensor(part.tensor, {2}, 0, 0).PadTo(32).Zeros(32);
    directory_.Write("m-0000" + std::to_string(number) + "-of-00002.gguf", bytes.text());
  }

  std::string First() const { return directory_ / "m-00001-of-00002.gguf"; }

  std::string Opened(const std::string& path) {
    const auto model = OpenModel(path, &OpenMmap, {}, {});
    if (!model) return model.error().code;
    std::string names;
    for (const TensorInfo& tensor : (*model)->header().tensors()) names += tensor.name;
    return names;
  }

  TemporaryDirectory directory_;
};

TEST_F(GgufSplits, AreOneModel) {
  Write(1, {.no = 0, .tensor = "a"});
  Write(2, {.no = 1, .tensor = "b"});
  EXPECT_EQ(Opened(First()), "ab");
  EXPECT_EQ(Opened(std::filesystem::path(First()).parent_path()), "ab");
  EXPECT_THAT(FindModelFiles(First())->paths,
              ElementsAre(First(), directory_ / "m-00002-of-00002.gguf"));
}

TEST_F(GgufSplits, MustBeOpenedAtTheFirstAndAllBeThere) {
  Write(1, {.no = 0, .tensor = "a"});
  EXPECT_EQ(FindModelFiles(First()).error().Line(),
            First() +
                ": part m-00002-of-00002.gguf is not in the folder; is the download complete? "
                "[GGUF_SPLIT_MISSING]");
  Write(2, {.no = 1, .tensor = "b"});
  EXPECT_EQ(FindModelFiles(directory_ / "m-00002-of-00002.gguf").error().Line(),
            (directory_ / "m-00002-of-00002.gguf") +
                ": part 2 of a model in 2 files; open m-00001-of-00002.gguf [GGUF_SPLIT_FIRST]");
}

TEST_F(GgufSplits, MustAgreeWithEachOther) {
  Write(1, {.no = 0, .tensor = "a"});
  Write(2, {.no = 0, .tensor = "b"});
  EXPECT_EQ(Opened(First()), "GGUF_SPLIT_NO");
  Write(2, {.no = 1, .count = 3, .tensor = "b"});
  EXPECT_EQ(Opened(First()), "GGUF_SPLIT_COUNT");
  Write(2, {.no = 1, .tensor = "a"});
  EXPECT_EQ(Opened(First()), "GGUF_SPLIT_DUPLICATE");
  Write(1, {.no = 0, .tensors = 3, .tensor = "a"});
  Write(2, {.no = 1, .tensor = "b"});
  EXPECT_EQ(Opened(First()), "GGUF_SPLIT_TENSORS");
  directory_.Write("m-00002-of-00002.gguf", GgufBytes::Head(0, 0).text());
  EXPECT_EQ(Opened(First()), "GGUF_SPLIT_META");
}

}  // namespace
}  // namespace falsify::loaders
