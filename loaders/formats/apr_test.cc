#include "loaders/formats/apr.h"

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "loaders/convert.h"
#include "loaders/digest.h"
#include "loaders/formats/apr_bytes.h"
#include "loaders/loader.h"
#include "loaders/sources/mmap.h"
#include "loaders/test_blocks.h"
#include "loaders/test_files.h"

namespace falsify::loaders {
namespace {

class Apr : public testing::Test {
 protected:
  Result<std::unique_ptr<Header>> Parse(const std::string& bytes) {
    source_ = *OpenMmap(directory_.Write("m.apr", bytes), {});
    return ParseApr(*source_);
  }
  TemporaryDirectory directory_;
  std::unique_ptr<Source> source_;
};

TEST_F(Apr, TheFileTheRulesAreBrokenInIsGoodWithAndWithoutFooter) {
  for (const std::string& file : {AprBuild({}), AprWithFooter(AprBuild({}))}) {
    const auto header = Parse(file);
    ASSERT_TRUE(header) << header.error().Line();
    EXPECT_TRUE((*header)->findings().empty());
    EXPECT_EQ((*header)->Find("weights")->range, (ByteRange{320, 32}));
    EXPECT_TRUE(VerifyApr(*source_, **header));
  }
}

TEST_F(Apr, AnyByteOfTheHeaderIsUnderItsChecksum) {
  for (const std::size_t at : {5U, 8U, 20U, 41U, 63U}) {
    std::string file = AprBuild({});
    file[at] = static_cast<char>(file[at] ^ 1);
    const auto header = Parse(file);
    ASSERT_FALSE(header) << at;
    EXPECT_EQ(header.error().code, "APR_CHECKSUM") << at;
  }
}

TEST_F(Apr, CompressedFilesAreNotForMapping) {
  const auto header =
      Parse(AprPatched([](std::string& file) { AprStore(file, 6, std::uint16_t{0x0401}); }));
  ASSERT_FALSE(header);
  EXPECT_EQ(
      header.error().Line().substr(source_->path().size()),
      ": is compressed (LZ4); only a loader that holds the whole file in memory (read, pread) "
      "can unpack it: compressed weights cannot be used in place [APR_COMPRESSED]");
}

TEST_F(Apr, TheFooterIsCheckedOnRequestOnly) {
  std::string file = AprWithFooter(AprBuild({}));
  EXPECT_EQ(crc32_z(0, reinterpret_cast<const Bytef*>(file.data()), file.size()), 0x2144DF1CU);
  file[324] = static_cast<char>(file[324] ^ 1);
  const auto header = Parse(file);
  ASSERT_TRUE(header);
  const Result<void> verified = VerifyApr(*source_, **header);
  ASSERT_FALSE(verified);
  EXPECT_EQ(verified.error().code, "APR_FOOTER");
}

TEST_F(Apr, TellsDtypesApartByTheirSizeAndSaysSo) {
  const auto dtype_of = [&](std::uint8_t id, std::vector<std::uint64_t> dims, std::uint64_t size) {
    const auto header = Parse(AprWith([&](AprParts& p) {
      p.entries = {{"t", id, dims, 0, size}};
      p.count = 1;
      p.data = std::string((size + 63) / 64 * 64, '\0');
    }));
    if (!header) return header.error().code;
    const std::string name(Traits((*header)->tensors().front().dtype).name);
    return name + ((*header)->findings().empty() ? "" : "?");
  };
  EXPECT_EQ(dtype_of(2, {32}, 64), "BF16?");
  EXPECT_EQ(dtype_of(2, {32}, 18), "Q4_0?");
  EXPECT_EQ(dtype_of(3, {32}, 256), "F64");
  EXPECT_EQ(dtype_of(3, {32}, 20), "Q4_1?");
  EXPECT_EQ(dtype_of(6, {32}, 32), "I8");
  EXPECT_EQ(dtype_of(6, {32}, 22), "Q5_0?");
  EXPECT_EQ(dtype_of(8, {64}, 36), "AprQ4?");
  EXPECT_EQ(dtype_of(8, {64}, 68), "Q8_0?");
  EXPECT_EQ(dtype_of(9, {64}, 68), "AprQ8?");
  EXPECT_EQ(dtype_of(12, {2, 256}, 288), "Q4_K");
  EXPECT_EQ(dtype_of(12, {2, 128}, 288), "Q4_K?");
  EXPECT_EQ(dtype_of(30, {32}, 64), "BF16");
  EXPECT_EQ(dtype_of(128, {33}, 36), "AprQ4");
  EXPECT_EQ(dtype_of(129, {33}, 37), "AprQ8");
  EXPECT_EQ(dtype_of(12, {2, 200}, 2 * 144), "Q4_K?");
  EXPECT_EQ(dtype_of(12, {3, 100}, 2 * 144), "Q4_K?");
  EXPECT_EQ(dtype_of(12, {3, 100}, 3 * 144), "Q4_K?");
  EXPECT_EQ(dtype_of(12, {3, 100}, 4 * 144), "APR_SIZE");
  EXPECT_EQ(dtype_of(10, {256}, 84), "APR_DTYPE");
}

// 128 of 256 elements of each row count; decoded flat, the second row would be the first's padding.
TEST_F(Apr, PaddedRowsAreWidenedRowByRow) {
  const std::vector<std::byte> blocks = TameBlocks(Dtype::kQ4_K, 512, 5);
  std::string data(reinterpret_cast<const char*>(blocks.data()), blocks.size());
  data.resize(320, '\0');
  const std::string path = directory_.Write("m.apr", AprWith([&](AprParts& p) {
                                              p.entries = {{"t", 12, {2, 128}, 0, 288}};
                                              p.count = 1;
                                              p.data = data;
                                            }));
  std::vector<float> all(512);
  ToF32(Dtype::kQ4_K, blocks, all);
  for (const char* loader : {"stream-f32", "read-copy-f32"}) {
    const auto model = Load(path, {loader, {}}, 1, {});
    ASSERT_TRUE(model) << model.error().Line();
    const auto view = (*model)->Resident((*model)->header().tensors()[0]);
    ASSERT_TRUE(view);
    ASSERT_EQ(view->bytes.size(), 256 * sizeof(float));
    const auto* values = reinterpret_cast<const float*>(view->bytes.data());
    EXPECT_TRUE(std::equal(values, values + 128, all.begin())) << loader;
    EXPECT_TRUE(std::equal(values + 128, values + 256, all.begin() + 256)) << loader;
    const auto digest = DigestPayload(**model, path);
    EXPECT_TRUE(digest) << digest.error().Line();
  }
}

}  // namespace
}  // namespace falsify::loaders
